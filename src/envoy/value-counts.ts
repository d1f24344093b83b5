/**
 * What rules came to for single values, where a file asks for that: labels that come from requests,
 * at most so many of them, in memory that all threads of an instance share.
 *
 * A label has its place until the service ends. Once all are taken, what is new is not told apart.
 *
 * Locking: one lock, taken when a thread meets a label for the first time. A thread writes its own
 * row of counts only.
 */
import { lock, unlock } from '../memory/mutex.ts';
import { POLICY_OUTCOMES, type PolicyOutcome } from '../metrics/policy-cells.ts';

const LOCK = 0; // in words
const TAKEN = 1; // Places; Atomics.
const HEAD_BYTES = 64;
/** Of a label: its length in two bytes, and its bytes. */
const LABEL_BYTES = 512;
const OUTCOMES = POLICY_OUTCOMES.length;

export interface ValueMemory {
  readonly memory: SharedArrayBuffer;
  /** Labels that there is room for. */
  readonly most: number;
}

export interface ValueLabel {
  readonly domain: string;
  readonly rule: string;
}

export class ValueCounts {
  readonly #most: number;
  readonly #words: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #row: Float64Array;
  /** Places of the labels that this thread has met, and of those before them. */
  readonly #places = new Map<string, number>();

  /** REQUIRES: no other thread writes to this row. */
  constructor({ memory, most }: ValueMemory, row: number) {
    this.#most = most;
    this.#words = new Int32Array(memory, 0, 2);
    this.#bytes = new Uint8Array(memory, HEAD_BYTES, most * LABEL_BYTES);
    const doubles = most * OUTCOMES;
    this.#row = new Float64Array(memory, countsFrom(most) + row * doubles * 8, doubles);
  }

  static reserve(rows: number, most: number): ValueMemory {
    const memory = new SharedArrayBuffer(countsFrom(most) + rows * most * OUTCOMES * 8);
    return { memory, most };
  }

  /** False where there is no room for the label. No domain has a NUL. */
  add({ domain, rule }: ValueLabel, outcome: PolicyOutcome): boolean {
    const label = `${domain}\0${rule}`;
    const place = this.#places.get(label) ?? this.#meet(label);
    if (place === null) return false;
    const cell = place * OUTCOMES + POLICY_OUTCOMES.indexOf(outcome);
    this.#row[cell] = (this.#row[cell] as number) + 1;
    return true;
  }

  /** Its place, which it takes where it has none and there is one. */
  #meet(label: string): number | null {
    if (this.#places.size === this.#most) return null;
    const bytes = Buffer.from(label, 'utf8');
    if (bytes.length > LABEL_BYTES - 2) return null;
    lock(this.#words, LOCK);
    const taken = Atomics.load(this.#words, TAKEN);
    for (let i = this.#places.size; i < taken; i++) this.#places.set(labelAt(this.#bytes, i), i);
    const known = this.#places.get(label);
    if (known === undefined && taken < this.#most) {
      const from = taken * LABEL_BYTES;
      this.#bytes[from] = bytes.length & 0xff;
      this.#bytes[from + 1] = bytes.length >> 8;
      this.#bytes.set(bytes, from + 2);
      this.#places.set(label, taken);
      Atomics.store(this.#words, TAKEN, taken + 1);
    }
    unlock(this.#words, LOCK);
    return this.#places.get(label) ?? null;
  }
}

/** All labels, each with what all threads have counted by outcome. */
export function* valueCounts({
  memory,
  most,
}: ValueMemory): Generator<ValueLabel & { readonly counts: readonly number[] }> {
  const taken = Atomics.load(new Int32Array(memory, 0, 2), TAKEN);
  const bytes = new Uint8Array(memory, HEAD_BYTES, most * LABEL_BYTES);
  const all = new Float64Array(memory, countsFrom(most));
  for (let place = 0; place < taken; place++) {
    const label = labelAt(bytes, place);
    const end = label.indexOf('\0');
    const [domain, rule] = [label.slice(0, end), label.slice(end + 1)];
    const counts = POLICY_OUTCOMES.map((_, outcome) => {
      let sum = 0;
      const cell = place * OUTCOMES + outcome;
      for (let at = cell; at < all.length; at += most * OUTCOMES) sum += all[at] as number;
      return sum;
    });
    yield { domain, rule, counts };
  }
}

function labelAt(bytes: Uint8Array, place: number): string {
  const from = place * LABEL_BYTES;
  const length = (bytes[from] as number) | ((bytes[from + 1] as number) << 8);
  return Buffer.from(bytes.slice(from + 2, from + 2 + length)).toString('utf8');
}

function countsFrom(most: number): number {
  return HEAD_BYTES + most * LABEL_BYTES;
}
