/** The same question over the Redis protocol, one at a time on one connection. */
import type { Socket } from 'node:net';
import { monotonicUs } from '../../src/lib/clock.ts';
import { frame } from '../../test/support/resp-frames.ts';
import { CAPACITY, INTERVAL_S, nameOf } from './calls.ts';
import type { Durations } from './durations.ts';

const ALLOWED = Buffer.from('*5\r\n:0\r\n');
const DENIED = Buffer.from('*5\r\n:1\r\n');
/** Each of its five numbers ends a line, and so does their count. */
const LINES = 6;
const LINE_END = 0x0a;

export function commandsAbout(keys: number): readonly Buffer[] {
  const limit = [String(CAPACITY - 1), String(CAPACITY), String(INTERVAL_S)];
  return Array.from({ length: keys }, (_, key) => frame('CL.THROTTLE', nameOf(key), ...limit));
}

export class RespCaller {
  allowed = 0;
  denied = 0;
  wrong = 0;
  isStopping = false;
  readonly done: Promise<void>;
  readonly #socket: Socket;
  readonly #commands: readonly Buffer[];
  readonly #durations: Durations;
  #next: number;
  #sentUs = 0;
  #rest: Buffer = Buffer.alloc(0);

  constructor(socket: Socket, commands: readonly Buffer[], first: number, durations: Durations) {
    this.#socket = socket;
    this.#commands = commands;
    this.#next = first;
    this.#durations = durations;
    this.done = new Promise((resolve) => socket.once('close', () => resolve()));
    socket.on('data', (chunk: Buffer) => this.#receive(chunk)).on('error', () => undefined);
    this.#ask();
  }

  #ask(): void {
    this.#sentUs = monotonicUs();
    this.#socket.write(this.#commands[this.#next++ % this.#commands.length] as Buffer);
  }

  #receive(chunk: Buffer): void {
    const bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    this.#rest = bytes;
    if (bytes.filter((byte) => byte === LINE_END).length < LINES) return;
    this.#rest = Buffer.alloc(0);
    this.#durations.add(monotonicUs() - this.#sentUs);
    if (bytes.includes(ALLOWED)) this.allowed++;
    else if (bytes.includes(DENIED)) this.denied++;
    else this.wrong++;
    if (this.isStopping) this.#socket.destroy();
    else this.#ask();
  }
}
