/** The limit that the table's benches ask under. */
import { type Limit, limitOf } from '../../src/bucket/limit.ts';
import { assert } from '../../src/lib/assert.ts';

const DAY_US = 24 * 3_600 * 1_000_000;
const made = limitOf({ capacity: 1_000, count: 1_000, periodUs: 30 * DAY_US });
assert(made !== null, 'the limit of the benches can be counted');

/**
 * A token comes back in 43 minutes, so that no bucket is full again, and evicted, within a bench.
 */
export const LIMIT: Limit = made;

/** What a default configuration reserves. */
export const DEFAULT_MAX_KEYS = 1_000_000;
