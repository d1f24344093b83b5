/**
 * What a decider of the stress writes down: each admission of a judged key, and what was given
 * back. Shared memory.
 */
import { assert } from '../../src/lib/assert.ts';

export interface Admission {
  /** Its index in JUDGED. */
  readonly key: number;
  /** Below 0: so many tokens were given back, or fewer. */
  readonly cost: number;
  /** Read before the call, and given to it. */
  readonly beforeUs: number;
  /** Read after the call: what it decided at lies between the two. */
  readonly afterUs: number;
}

const MOST_ADMISSIONS = 1 << 18;
const FIELDS = 4;

/** Entry 0 holds how many follow. */
export class AdmissionLog {
  readonly #cells: Float64Array;

  constructor(memory: SharedArrayBuffer) {
    this.#cells = new Float64Array(memory);
  }

  static reserve(): SharedArrayBuffer {
    return new SharedArrayBuffer((MOST_ADMISSIONS + 1) * FIELDS * 8);
  }

  add(key: number, cost: number, beforeUs: number, afterUs: number): void {
    const count = this.count + 1;
    assert(count <= MOST_ADMISSIONS, 'the log has room');
    const at = count * FIELDS;
    this.#cells[at] = key;
    this.#cells[at + 1] = cost;
    this.#cells[at + 2] = beforeUs;
    this.#cells[at + 3] = afterUs;
    this.#cells[0] = count;
  }

  /** May be a moment old. */
  get count(): number {
    return this.#cells[0] as number;
  }

  /** REQUIRES: the thread that writes has ended. */
  list(): Admission[] {
    return Array.from({ length: this.count }, (_, i) => {
      const at = (i + 1) * FIELDS;
      return {
        key: this.#cells[at] as number,
        cost: this.#cells[at + 1] as number,
        beforeUs: this.#cells[at + 2] as number,
        afterUs: this.#cells[at + 3] as number,
      };
    });
  }
}
