/**
 * Copies of some records, in memory of one thread: what a walk takes out of a shard under its lock,
 * to be read once that is let go.
 */
import type { Bucket } from '../bucket/token-bucket.ts';
import type { Lease } from '../lease/terms/lease-state.ts';
import { type Key, wordsOf } from '../memory/key.ts';
import {
  AT,
  CAPACITY,
  COUNT,
  KEY_LENGTH,
  KEY_WORDS,
  PERIOD,
  RECORD_DOUBLES,
  RECORD_WORDS,
  type Slots,
  TICK,
  USED,
} from '../memory/layout.ts';
import { type LeaseRecords, leaseCopies, leaseIn } from './lease-records.ts';

/** Those of a bucket are the first of a record. */
const DOUBLES: number = CAPACITY + 1;

export class RecordPage {
  /** How many there are: the first. */
  count = 0;
  /** The words of their keys: those of the n-th from n x KEY_WORDS on. */
  readonly words: Int32Array;
  readonly #lengths: Int32Array;
  readonly #ticks: Int32Array;
  readonly #doubles: Float64Array;
  readonly #leases: LeaseRecords | null;
  readonly #leaseCopies: Float64Array;

  /** `leases`: where the leases of the slots are, if they are to be copied too. */
  constructor(most: number, leases: LeaseRecords | null = null) {
    this.#leases = leases;
    this.#leaseCopies = leaseCopies(leases === null ? 0 : most);
    this.words = new Int32Array(most * KEY_WORDS);
    this.#lengths = new Int32Array(most);
    this.#ticks = new Int32Array(most);
    this.#doubles = new Float64Array(most * DOUBLES);
  }

  /**
   * Copies the bucket of a slot, and the length of its key. Returns how many words that has, which
   * are still to be copied. REQUIRES: the shard of the slot is locked.
   */
  copy({ doubles, records }: Slots, slot: number, n: number): number {
    const from = slot * RECORD_DOUBLES;
    const to = n * DOUBLES;
    const copies = this.#doubles;
    copies[to] = doubles[from + USED] as number;
    copies[to + 1] = doubles[from + AT] as number;
    copies[to + 2] = doubles[from + COUNT] as number;
    copies[to + 3] = doubles[from + PERIOD] as number;
    copies[to + 4] = doubles[from + CAPACITY] as number;
    const length = records[slot * RECORD_WORDS + KEY_LENGTH] as number;
    this.#ticks[n] = records[slot * RECORD_WORDS + TICK] as number;
    this.#lengths[n] = length;
    this.#leases?.copyLease(slot, this.#leaseCopies, n);
    return wordsOf(length);
  }

  /** The bucket of the n-th record, from 0 on. */
  bucket(n: number, into: Bucket): void {
    const from = n * DOUBLES;
    const copies = this.#doubles;
    into.used = copies[from] as number;
    into.atUs = copies[from + 1] as number;
    into.count = copies[from + 2] as number;
    into.period = copies[from + 3] as number;
    into.capacity = copies[from + 4] as number;
    into.tickUs = this.#ticks[n] as number;
  }

  /** What stands beside it. False where no leases were copied. */
  lease(n: number, into: Lease): boolean {
    if (this.#leases === null) return false;
    leaseIn(this.#leaseCopies, n, into);
    return true;
  }

  /** How long its key is, namespace and all. */
  lengthOf(n: number): number {
    return this.#lengths[n] as number;
  }

  /** Its key, without its hash. */
  key(n: number, into: Key): void {
    into.length = this.#lengths[n] as number;
    into.wordCount = wordsOf(into.length);
    const from = n * KEY_WORDS;
    for (let i = 0; i < into.wordCount; i++) into.words[i] = this.words[from + i] as number;
  }
}
