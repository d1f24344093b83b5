/** The same question over HTTP, one at a time on one connection, as cheaply as over gRPC. */
import type { Socket } from 'node:net';
import { monotonicUs } from '../../src/lib/clock.ts';
import { post } from '../../test/support/ask.ts';
import { CAPACITY, INTERVAL_S, nameOf } from './calls.ts';
import type { Durations } from './durations.ts';

const ALLOWED = Buffer.from('{"allowed":true');
const DENIED = Buffer.from('{"allowed":false');
const END = 0x7d;

export function questionsAbout(keys: number): readonly Buffer[] {
  const headers = { 'Content-Type': 'application/json' };
  return Array.from({ length: keys }, (_, key) =>
    post({ key: nameOf(key), capacity: CAPACITY, interval: INTERVAL_S }, headers),
  );
}

export class HttpCaller {
  allowed = 0;
  denied = 0;
  wrong = 0;
  isStopping = false;
  readonly done: Promise<void>;
  readonly #socket: Socket;
  readonly #questions: readonly Buffer[];
  readonly #durations: Durations;
  #next: number;
  #sentUs = 0;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, questions: readonly Buffer[], first: number, durations: Durations) {
    this.#socket = socket;
    this.#questions = questions;
    this.#next = first;
    this.#durations = durations;
    this.done = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('data', (chunk: Buffer) => this.#receive(chunk)).on('error', () => undefined);
    this.#ask();
  }

  #ask(): void {
    this.#sentUs = monotonicUs();
    this.#socket.write(this.#questions[this.#next++ % this.#questions.length] as Buffer);
  }

  /** An answer ends with its body, the only `}` that there is. */
  #receive(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = bytes;
    if (bytes.at(-1) !== END) return;
    this.#rest = Buffer.alloc(0);
    this.#durations.add(monotonicUs() - this.#sentUs);
    if (bytes.includes(ALLOWED)) this.allowed++;
    else if (bytes.includes(DENIED)) this.denied++;
    else this.wrong++;
    if (this.isStopping) this.#socket.destroy();
    else this.#ask();
  }
}
