/**
 * Forgets what can be forgotten in one shard after the other: buckets that are full again, which
 * changes no answer, or leases that have ended.
 *
 * It goes through a shard's row in steps, and lets the lock go between two. Whoever puts a key in
 * meanwhile moves others to the end of the row, where they are still to be looked at, or are again;
 * only the sweep moves keys the other way.
 *
 * Thread safety: one thread of the process, and it holds no lock when it calls this.
 */
import type { Clock } from '../../lib/clock.ts';
import type { Arena } from '../../memory/arena.ts';
import { type Cells, EVICTIONS, SWAP_HOLD } from '../../metrics/cells.ts';
import type { Forgettable } from '../records.ts';
import type { Shard } from '../shard.ts';
import type { HashRows } from './hash-rows.ts';
import type { HashView } from './hash-view.ts';

/** Words that are looked at under one lock, those included that move to where it looks. */
const WORDS_A_STEP = 64;

/** Words of a row to look at, and the time to do it at. */
interface Step {
  readonly at: number;
  readonly end: number;
  readonly nowUs: number;
}

export class Sweep {
  readonly #arena: Arena;
  readonly #rows: HashRows;
  readonly #records: Forgettable;
  readonly #clock: Clock;
  readonly #cells: Cells;
  /** The slots that were forgotten in this step: the first `#count`. */
  readonly #forgotten: Int32Array = new Int32Array(WORDS_A_STEP);
  #count = 0;

  constructor({ arena, rows, records }: HashView, clock: Clock, cells: Cells) {
    this.#arena = arena;
    this.#rows = rows;
    this.#records = records;
    this.#clock = clock;
    this.#cells = cells;
  }

  run(shard: Shard): void {
    const { rowWords } = this.#rows.layout;
    const row = shard.index * rowWords;
    for (let at = row; at < row + rowWords; ) {
      shard.lock();
      const lockedUs = this.#clock();
      // From here on it is the earliest of those that have been looked at, or were used since.
      if (at === row) shard.fullFromUs = Number.POSITIVE_INFINITY;
      at = this.#step(shard, { at, end: row + rowWords, nowUs: shard.advance(lockedUs) });
      shard.unlock();
      this.#cells.observe(SWAP_HOLD, (this.#clock() - lockedUs) / 1_000_000);
      // Nobody can reach them any more.
      this.#arena.release(this.#forgotten, this.#count);
      this.#cells.add(EVICTIONS, this.#count);
    }
  }

  /** Returns where the next step begins. REQUIRES: the shard is locked. */
  #step(shard: Shard, { at: from, end, nowUs }: Step): number {
    const { words } = this.#rows;
    let at = from;
    this.#count = 0;
    for (let looked = 0; at < end && looked < WORDS_A_STEP; looked++) {
      const word = words[at] as number;
      const slot = this.#rows.slotOf(word);
      const fullUs = word === 0 ? Number.POSITIVE_INFINITY : this.#records.forgettableFromUs(slot);
      if (fullUs <= nowUs) {
        // What follows may have moved here.
        this.#rows.remove(at);
        this.#forgotten[this.#count++] = slot;
      } else {
        shard.expectFull(fullUs);
        at++;
      }
    }
    shard.size -= this.#count;
    return at;
  }
}
