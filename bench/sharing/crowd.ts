/**
 * A crowd, in a process of its own: asks for keys that nobody has asked for, many at a time, and
 * counts what it is told. Who asks for a single one is a crowd of one.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { LIMIT_PATH, LIMITS_PATH } from '../../src/contract/paths.ts';
import { monotonicUs } from '../../src/lib/clock.ts';
import { frames } from '../../test/support/resp-frames.ts';
import { answerWith } from '../support/child.ts';
import { range } from '../support/statistics.ts';

export interface CrowdQuestion {
  /**
   * A batch over HTTP, a pipeline of the Redis protocol, or a question over each of many
   * connections.
   */
  readonly by: 'batch' | 'pipeline' | 'connections';
  readonly port: number;
  /** Keys that are asked for at a time. */
  readonly size: number;
  readonly times: number;
  /** From one time to the next, where it has been answered by then; 0 for as soon as it is. */
  readonly everyMs: number;
  /** What the names of its keys begin with. */
  readonly name: string;
}

export interface CrowdAnswer {
  readonly asked: number;
  readonly allowed: number;
  /** Of a batch or a pipeline as a whole, of a question over a connection each. */
  readonly tookMs: readonly number[];
}

/** Of each key: none is asked for twice. */
const LIMIT = { capacity: 10, interval: 1, unit: 'h' } as const;
const THROTTLE = `${LIMIT.capacity - 1} ${LIMIT.capacity} 3600`;
/** Lines of a reply to CL.THROTTLE. */
const REPLY_LINES = 6;

answerWith(async (question: CrowdQuestion): Promise<CrowdAnswer> => {
  const { by, port, size, times, everyMs, name } = question;
  const isWhole = by === 'pipeline' ? (text: string) => isReplied(text, size) : isAnswered;
  const peers = range(by === 'connections' ? size : 1).map(() => new Peer(port, isWhole));
  await Promise.all(peers.map((peer) => peer.open()));
  const tookMs: number[] = [];
  let allowed = 0;
  let next = 0;
  const startMs = monotonicUs() / 1_000;
  for (const time of range(times)) {
    const waitMs = startMs + time * everyMs - monotonicUs() / 1_000;
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    const keys = range(size).map(() => `${name}-${next++}`);
    const requests =
      by === 'connections' ? keys.map((key) => asking([key], by)) : [asking(keys, by)];
    const sentUs = monotonicUs();
    const asked = requests.map(async (request, i) => {
      const text = await (peers[i] as Peer).ask(request);
      tookMs.push((monotonicUs() - sentUs) / 1_000);
      return text;
    });
    for (const text of await Promise.all(asked)) allowed += allowedIn(text, by);
  }
  for (const peer of peers) peer.close();
  return { asked: size * times, allowed, tookMs };
});

function asking(keys: readonly string[], by: CrowdQuestion['by']): Buffer {
  if (by === 'pipeline') return frames(...keys.map((key) => `CL.THROTTLE ${key} ${THROTTLE}`));
  const questions = keys.map((key) => ({ key, ...LIMIT }));
  const body = JSON.stringify(by === 'batch' ? questions : questions[0]);
  const path = by === 'batch' ? LIMITS_PATH : LIMIT_PATH;
  const head = `POST ${path} HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\n`;
  return Buffer.from(`${head}Content-Length: ${body.length}\r\n\r\n${body}`);
}

function allowedIn(text: string, by: CrowdQuestion['by']): number {
  const allowed = by === 'pipeline' ? /^\*5\r\n:0\r/gm : /"allowed":true/g;
  return text.match(allowed)?.length ?? 0;
}

/** Whether it is an answer of HTTP with its whole body. */
function isAnswered(text: string): boolean {
  const headEnd = text.indexOf('\r\n\r\n');
  const length = /content-length: (\d+)/i.exec(text.slice(0, Math.max(0, headEnd)))?.[1];
  return length !== undefined && text.length >= headEnd + 4 + Number(length);
}

function isReplied(text: string, replies: number): boolean {
  return text.split('\n').length > replies * REPLY_LINES;
}

/** A connection that asks one thing after the other. */
class Peer {
  readonly #socket: Socket;
  #text = '';
  #answered: ((text: string) => void) | null = null;

  constructor(port: number, isWhole: (text: string) => boolean) {
    this.#socket = connect({ host: '127.0.0.1', port, noDelay: true });
    this.#socket.setEncoding('latin1').on('data', (text: string) => {
      this.#text += text;
      if (!isWhole(this.#text)) return;
      const whole = this.#text;
      this.#text = '';
      this.#answered?.(whole);
    });
  }

  async open(): Promise<void> {
    await once(this.#socket, 'connect');
  }

  /** Rejects where the connection ends before the answer: the bench ends with that. */
  ask(request: Buffer): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const end = () => reject(new Error('the connection ended before its answer'));
    this.#socket.once('close', end);
    this.#answered = (text) => {
      this.#socket.off('close', end);
      resolve(text);
    };
    this.#socket.write(request);
    return promise;
  }

  close(): void {
    this.#socket.destroy();
  }
}
