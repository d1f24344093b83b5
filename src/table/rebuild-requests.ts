/**
 * How deciders tell the rebalancer that a shard wants its turn: one bit a shard, and a bell.
 *
 * Thread safety: all by Atomics; any number of threads ask, one waits and takes.
 */

const BELL = 0; // Counts rings. Atomics only.
const SWEEP_ALL = 1; // 1 when the table is full. Atomics only.
const ANY = 2; // 1 when a bit may be set that takeEach() has not seen. Atomics only.
const BITS = 3; // 32 shards a word. Atomics only.

export class RebuildRequests {
  readonly #words: Int32Array;
  #heard: number;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
    this.#heard = Atomics.load(this.#words, BELL);
  }

  static reserve(shards: number): SharedArrayBuffer {
    return new SharedArrayBuffer((BITS + Math.ceil(shards / 32)) * 4);
  }

  /** Asks for a turn of this shard. */
  ask(shard: number): void {
    const bit = 1 << (shard & 31);
    const before = Atomics.or(this.#words, BITS + (shard >>> 5), bit);
    if ((before & bit) !== 0) return;
    Atomics.store(this.#words, ANY, 1); // after the bit: whoever takes this sees that
    this.ring();
  }

  /** Forgets that this shard was asked for: its turn has come. */
  forget(shard: number): void {
    Atomics.and(this.#words, BITS + (shard >>> 5), ~(1 << (shard & 31)));
  }

  /**
   * Asks for a turn of every shard that has a full bucket: there is no slot left. Cheap to repeat.
   */
  askAll(): void {
    if (Atomics.load(this.#words, SWEEP_ALL) === 1) return;
    if (Atomics.exchange(this.#words, SWEEP_ALL, 1) === 0) this.ring();
  }

  /** Wakes the rebalancer, to look at requests or at whether it should stop. */
  ring(): void {
    Atomics.add(this.#words, BELL, 1);
    Atomics.notify(this.#words, BELL);
  }

  /** Sleeps until the bell rings or `timeoutMs` have passed; not at all if it rang meanwhile. */
  sleepUntilRung(timeoutMs: number): void {
    Atomics.wait(this.#words, BELL, this.#heard, timeoutMs);
    this.#heard = Atomics.load(this.#words, BELL);
  }

  /** Whether all shards were asked for; asks no more. */
  takeAll(): boolean {
    return Atomics.exchange(this.#words, SWEEP_ALL, 0) === 1;
  }

  /** Calls `visit` with each shard that was asked for, which is no longer asked for by then. */
  takeEach(visit: (shard: number) => void): void {
    if (Atomics.exchange(this.#words, ANY, 0) === 0) return;
    for (let word = BITS; word < this.#words.length; word++) {
      if (Atomics.load(this.#words, word) === 0) continue;
      const bits = Atomics.exchange(this.#words, word, 0);
      for (let bit = 0; bit < 32; bit++) {
        if ((bits & (1 << bit)) !== 0) visit((word - BITS) * 32 + bit);
      }
    }
  }
}
