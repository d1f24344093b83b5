/**
 * What all threads know of the store: whether it is away, since when, and how many instances share
 * it.
 *
 * Thread safety: the exchanger alone writes; all by Atomics. A time is written before the number of
 * the outage that began at it.
 */
import type { Outage } from './terms/lease-state.ts';

const OUTAGE = 0;
const IS_AWAY = 1;
const INSTANCES = 2;
const USABLE = 3;
const SINCE_US = 2; // of 64 bits: words 4 and 5
const BYTES = 24;
/** Which part of the store is usable is told in ten-thousandths. */
const PARTS = 10_000;

export class StoreStatus {
  readonly #words: Int32Array;
  readonly #times: BigInt64Array;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
    this.#times = new BigInt64Array(memory);
  }

  /** A store begins away: nobody has seen it yet. */
  static reserve(instances: number, nowUs: number): SharedArrayBuffer {
    const memory = new SharedArrayBuffer(BYTES);
    const status = new StoreStatus(memory);
    status.instances = instances;
    status.usable = 1;
    status.goAway(nowUs);
    return memory;
  }

  get isAway(): boolean {
    return Atomics.load(this.#words, IS_AWAY) === 1;
  }

  /** The outage that goes on, or the last one. */
  get outage(): Outage {
    const number = Atomics.load(this.#words, OUTAGE);
    return { number, sinceUs: Number(Atomics.load(this.#times, SINCE_US)) };
  }

  goAway(nowUs: number): void {
    Atomics.store(this.#times, SINCE_US, BigInt(nowUs));
    Atomics.add(this.#words, OUTAGE, 1);
    Atomics.store(this.#words, IS_AWAY, 1);
  }

  comeBack(): void {
    Atomics.store(this.#words, IS_AWAY, 0);
  }

  /** The part of all keys for which the store, when it is not away, does what is needed. */
  get usable(): number {
    return Atomics.load(this.#words, USABLE) / PARTS;
  }

  /** Rounded down: all of it is all of it. */
  set usable(part: number) {
    Atomics.store(this.#words, USABLE, Math.floor(part * PARTS));
  }

  /** Instances that share the store, as last counted. */
  get instances(): number {
    return Atomics.load(this.#words, INSTANCES);
  }

  set instances(count: number) {
    Atomics.store(this.#words, INSTANCES, count);
  }
}
