/**
 * Asks a service for random keys, in batches over a few connections, as fast as it answers. It
 * parses no answer but for its length: it shares a core with all that is not a decider.
 */
import { connect, type Socket } from 'node:net';
import { answerWith } from '../support/child.ts';
import { randomIndexes } from '../support/keys.ts';
import { quantile } from '../support/statistics.ts';
import { CAPACITY, keyOf } from './keys.ts';

export interface LoadQuestion {
  readonly port: number;
  readonly keys: number;
  /** Asks for each key once, in order; else at random for so long. */
  readonly seconds: number | 'once';
}

export interface LoadAnswer {
  readonly decisions: number;
  readonly seconds: number;
  /** From a batch sent to its last byte, in milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly longest: number;
  /** Answers that were no 200. */
  readonly wrong: number;
}

const BATCH = 100;
const CONNECTIONS = 4;
/** Batches that are made before, and sent in turn. */
const BATCHES = 2_000;

answerWith(async ({ port, keys, seconds }: LoadQuestion): Promise<LoadAnswer> => {
  const indexes = randomIndexes(port, keys);
  const count = seconds === 'once' ? Math.ceil(keys / BATCH) : BATCHES;
  const indexOf = (i: number) => (seconds === 'once' ? Math.min(i, keys - 1) : indexes());
  const batches = Array.from({ length: count }, (_, batch) =>
    requestOf(Array.from({ length: BATCH }, (_, i) => keyOf(indexOf(batch * BATCH + i)))),
  );
  const began = performance.now();
  const until = seconds === 'once' ? Number.POSITIVE_INFINITY : began + seconds * 1_000;
  let next = 0;
  const take = () => {
    if (performance.now() > until || (seconds === 'once' && next >= count)) return undefined;
    return batches[next++ % count];
  };
  const runs = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => new Asking(connect(port, '127.0.0.1')).run(take)),
  );
  const waits = runs.flatMap((run) => run.waits);
  return {
    decisions: waits.length * BATCH,
    seconds: (performance.now() - began) / 1_000,
    p50: quantile(waits, 0.5),
    p99: quantile(waits, 0.99),
    longest: quantile(waits, 1),
    wrong: runs.reduce((sum, { wrong }) => sum + wrong, 0),
  };
});

function requestOf(keys: readonly string[]): Buffer {
  const questions = keys.map((key) => ({ key, capacity: CAPACITY, interval: 1, unit: 'd' }));
  const body = JSON.stringify(questions);
  const head = `POST /api/v1/limits HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.from(head + body);
}

/** One connection: a batch after the other. */
class Asking {
  readonly waits: number[] = [];
  wrong = 0;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket.setNoDelay(true);
  }

  async run(take: () => Buffer | undefined): Promise<this> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    let left = 0;
    let sentAt = 0;
    const send = () => {
      const batch = take();
      sentAt = performance.now();
      if (batch === undefined) this.#socket.end(resolve);
      else this.#socket.write(batch);
    };
    this.#socket.on('error', reject).on('data', (chunk: Buffer) => {
      if (left === 0) left = this.#lengthOf(chunk);
      left -= chunk.length;
      if (left > 0) return;
      this.waits.push(performance.now() - sentAt);
      send();
    });
    send();
    await promise;
    return this;
  }

  /** Bytes of the answer that begins with this chunk. */
  #lengthOf(chunk: Buffer): number {
    const text = chunk.toString('latin1', 0, 1_024);
    if (!text.startsWith('HTTP/1.1 200')) this.wrong++;
    const length = /content-length: (\d+)/i.exec(text)?.[1];
    return text.indexOf('\r\n\r\n') + 4 + Number(length);
  }
}
