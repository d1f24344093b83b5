/** The limits last asked under, by what was asked: most questions ask under a few. One a thread. */
import { type Limit, limitOf } from '../../bucket/limit.ts';

interface Known {
  readonly capacity: number;
  readonly count: number;
  readonly periodUs: number;
  readonly limit: Limit;
}

/** A fixed size, so that nobody can make it grow. */
const PLACES = 1_024;

export class LimitCache {
  readonly #known: (Known | undefined)[] = new Array(PLACES).fill(undefined);

  /** As limitOf(), and REQUIRES what it requires. */
  get(capacity: number, count: number, periodUs: number): Limit | null {
    const mixed =
      Math.imul(capacity, 0x9e3779b1) ^
      Math.imul(count, 0xc2b2ae35) ^
      Math.imul(periodUs | 0, 0x85ebca6b);
    const place = (mixed ^ (mixed >>> 15)) & (PLACES - 1);
    const known = this.#known[place];
    if (known?.capacity === capacity && known.count === count && known.periodUs === periodUs) {
      return known.limit;
    }
    const limit = limitOf({ capacity, count, periodUs });
    if (limit !== null) this.#known[place] = { capacity, count, periodUs, limit };
    return limit;
  }
}
