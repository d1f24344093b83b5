/** The limit that the table's benches ask under. */
import { type Limit, makeLimit } from '../../src/bucket/limit.ts';
import { assert } from '../../src/lib/assert.ts';

const made = makeLimit(1_000, 3_600_000_000);
assert(made !== null, 'the limit of the benches can be counted');

/** A token comes back in 3.6 s, so that no bucket is full again, and evicted, within a bench. */
export const LIMIT: Limit = made;

/** What a default configuration reserves. */
export const DEFAULT_MAX_KEYS = 1_000_000;
