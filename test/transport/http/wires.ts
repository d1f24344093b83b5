/** Connections without a system in between, as the lane and node:http see them. */
import { Duplex } from 'node:stream';
import type { InPlace, Receiver } from '../../../src/transport/connection/read-buffer.ts';
import { lend } from '../connection/lent-bytes.ts';

/** One end of a connection whose other end, as with a kernel in between, takes all at once. */
export class Wire extends Duplex {
  other: Wire | null = null;
  /** Whether it takes no more for now. */
  isFull = false;

  override _read(): void {}

  /** As a socket's. */
  destroySoon(): void {
    this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', () => this.destroy());
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.other?.push(chunk);
    if (this.other?.isFull !== true) done();
  }

  override _final(done: () => void): void {
    this.other?.push(null);
    done();
  }

  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    this.other?.push(null);
    done(error);
  }
}

/** One that reads as a socket over the buffer of its thread does. Paused, it reads nothing. */
export class InPlaceWire extends Wire implements InPlace {
  #receiver: Receiver | null = null;
  readonly #unread: (Buffer | null)[] = [];

  receiveInPlace(receiver: Receiver | null): void {
    this.#receiver = receiver;
  }

  override push(chunk: Buffer | null): boolean {
    this.#unread.push(chunk);
    this.#readOn();
    return true;
  }

  override resume(): this {
    setImmediate(() => this.#readOn());
    return super.resume();
  }

  #readOn(): void {
    while (this.#unread.length > 0 && !(this.#receiver !== null && this.isPaused())) {
      const chunk = this.#unread.shift() ?? null;
      if (chunk === null || this.#receiver === null) super.push(chunk);
      else lend(chunk, this.#receiver);
    }
  }
}
