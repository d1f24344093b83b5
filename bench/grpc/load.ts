/**
 * The load, in a process of its own: a few connections, each with so many calls in flight. It looks
 * into every answer: whether it is allowed, denied, or neither.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { monotonicUs } from '../../src/lib/clock.ts';
import { answerWith } from '../support/child.ts';
import { callAbout, numbered, OPENING } from './calls.ts';

export interface GrpcQuestion {
  readonly port: number;
  readonly connections: number;
  readonly inFlight: number;
  readonly keys: number;
  readonly seconds: number;
}

export interface GrpcAnswer {
  readonly allowed: number;
  readonly denied: number;
  /** Answers that are neither, and calls that were reset. */
  readonly wrong: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

const DATA = 0;
const HEADERS = 1;
const RST_STREAM = 3;
const GOAWAY = 7;
const END_STREAM = 1;
const HEAD_BYTES = 9;
const PREFIX_BYTES = 5;
const OK = 1;
const OVER_LIMIT = 2;
/** Of durations: from a microsecond to a second. */
const MOST_US = 1_000_000;

/** Made once: as many as there are keys. */
let calls: readonly Buffer[] = [];

class Caller {
  allowed = 0;
  denied = 0;
  wrong = 0;
  isStopping = false;
  readonly #socket: Socket;
  readonly #durations: Uint32Array;
  readonly #inFlight: number;
  readonly #out: Buffer;
  /** When each call in flight was sent, by its number. */
  readonly #sentUs = new Map<number, number>();
  #rest: Buffer = Buffer.alloc(0);
  #nextId = 1;
  #nextKey: number;
  readonly done: Promise<void>;
  #resolve: () => void = () => undefined;

  constructor(socket: Socket, inFlight: number, firstKey: number, durations: Uint32Array) {
    this.#socket = socket;
    this.#inFlight = inFlight;
    this.#nextKey = firstKey;
    this.#durations = durations;
    this.#out = Buffer.alloc(inFlight * ((calls[0] as Buffer).length + 64));
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
    socket
      .on('data', (chunk: Buffer) => this.#receive(chunk))
      .on('error', () => undefined)
      .on('close', () => this.#resolve());
    socket.write(OPENING);
    this.#send();
  }

  /** As many as may be in flight, in one piece. */
  #send(): void {
    const nowUs = monotonicUs();
    let at = 0;
    while (!this.isStopping && this.#sentUs.size < this.#inFlight) {
      const call = calls[this.#nextKey++ % calls.length] as Buffer;
      at = numbered(call, this.#nextId, this.#out, at);
      this.#sentUs.set(this.#nextId, nowUs);
      this.#nextId += 2;
    }
    if (at > 0) this.#socket.write(Buffer.from(this.#out.subarray(0, at)));
    if (this.isStopping && this.#sentUs.size === 0) this.#socket.destroy();
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    const nowUs = monotonicUs();
    let at = 0;
    while (at + HEAD_BYTES <= bytes.length) {
      const end = at + HEAD_BYTES + bytes.readUIntBE(at, 3);
      if (end > bytes.length) break;
      this.#frame(bytes, at, nowUs);
      at = end;
    }
    this.#rest = bytes.subarray(at);
    this.#send();
  }

  #frame(bytes: Buffer, at: number, nowUs: number): void {
    const type = bytes[at + 3];
    const id = bytes.readUInt32BE(at + 5);
    const isEnd = ((bytes[at + 4] as number) & END_STREAM) !== 0;
    if (type === DATA) {
      const code = bytes[at + HEAD_BYTES + PREFIX_BYTES + 1];
      if (code === OK) this.allowed++;
      else if (code === OVER_LIMIT) this.denied++;
      else this.wrong++;
    }
    if (type === RST_STREAM || type === GOAWAY) this.wrong++;
    const isOver = (type === HEADERS && isEnd) || type === RST_STREAM;
    const sentUs = this.#sentUs.get(id);
    if (!isOver || sentUs === undefined) return;
    this.#sentUs.delete(id);
    const us = Math.min(MOST_US - 1, nowUs - sentUs);
    this.#durations[us] = (this.#durations[us] as number) + 1;
  }
}

answerWith(async (question: GrpcQuestion): Promise<GrpcAnswer> => {
  const { port, connections, inFlight, keys, seconds } = question;
  if (calls.length !== keys) calls = Array.from({ length: keys }, (_, key) => callAbout(key));
  const durations = new Uint32Array(MOST_US);
  const fromUs = monotonicUs();
  const callers: Caller[] = [];
  for (let i = 0; i < connections; i++) {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    await once(socket, 'connect');
    callers.push(new Caller(socket, inFlight, Math.floor((i * keys) / connections), durations));
  }
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  for (const caller of callers) caller.isStopping = true;
  await Promise.all(callers.map(({ done }) => done));
  const sum = (of: (caller: Caller) => number) =>
    callers.reduce((total, caller) => total + of(caller), 0);
  return {
    allowed: sum(({ allowed }) => allowed),
    denied: sum(({ denied }) => denied),
    wrong: sum(({ wrong }) => wrong),
    seconds: (monotonicUs() - fromUs) / 1_000_000,
    p50Ms: quantile(durations, 0.5) / 1_000,
    p99Ms: quantile(durations, 0.99) / 1_000,
  };
});

function quantile(durations: Uint32Array, part: number): number {
  let left = durations.reduce((sum, count) => sum + count, 0) * part;
  return durations.findIndex((count) => {
    left -= count;
    return left <= 0;
  });
}
