/** How often shards are looked at and swept, whatever the engine. */

/** Every shard is looked at this often. */
export const CHECK_EVERY_MS = 500;
/** A shard's full buckets are evicted at most this often, unless the table is full. */
export const SWEEP_EVERY_US = 3_000_000;
/** A full table is swept at once, but again only after this: perhaps nothing in it is full. */
export const SWEEP_ALL_EVERY_MS = 100;
