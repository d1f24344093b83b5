/**
 * The shape of the shared memory: where each field of the arena, a shard and a slot lies.
 *
 * A slot is 136 bytes in two arrays. A search reads a node at every step down and the record only
 * where it ends, so nodes lie close together, two to a cache line: a step costs half a line.
 *
 *   node, 32 bytes       left A, right A, left B, right B     two sets of links, one of them live
 *                        16 bytes of the key                  as big-endian words
 *   record, 104 bytes    used, at, count, period, capacity    five doubles: the bucket
 *                        tick                                 of the bucket's limit, microseconds
 *                        key length                           in bytes; 0 in a free slot
 *                        next                                 in the journal or in the free list
 *                        52 bytes of the key                  68 in all, or 36 and a SHA-256
 *
 * Every field of a slot is guarded by the lock of the shard whose tree or journal holds it, but
 * for `next` in the free list, which the arena's lock guards. Keys are written before a slot is
 * linked and never change while it is, so the rebalancer compares them without a lock.
 */

/** Slot 0: no slot. */
export const NONE = 0;

export const NODE_WORDS_LOG2 = 3;
export const LEFT = 0; // of link set A; set B lies LINK_SET_WORDS further
export const RIGHT = 1;
export const LINK_SET_WORDS = 2;
export const HEAD = 4;
export const HEAD_WORDS = 4;

export const RECORD_WORDS = 26;
export const TICK = 10;
export const KEY_LENGTH = 11;
export const NEXT = 12;
export const TAIL = 13;
export const TAIL_WORDS = 13;

export const RECORD_DOUBLES = RECORD_WORDS / 2;
export const USED = 0; // in doubles
export const AT = 1;
export const COUNT = 2;
export const PERIOD = 3;
export const CAPACITY = 4;

export const SLOT_BYTES = ((1 << NODE_WORDS_LOG2) + RECORD_WORDS) * 4;
export const KEY_WORDS = HEAD_WORDS + TAIL_WORDS;

/**
 * With more, a word's index would pass 31 bits, and indexing would leave the fast kind of integer.
 */
export const MOST_SLOTS = Math.floor(2 ** 31 / RECORD_WORDS) - 1;

/**
 * A shard's header is two cache lines: no two shards share one, nor a pair that is fetched as one.
 */
export const SHARD_WORDS_LOG2 = 5;
export const SHARD_WORDS = 1 << SHARD_WORDS_LOG2;
export const SHARD_DOUBLES_LOG2 = 4;

/** The arena's own header, one cache line for its lock and lists. */
export const ARENA_WORDS = 16;

/** The one link set's twin: 0 and LINK_SET_WORDS swap places at every swap. */
export type LinkSet = 0 | typeof LINK_SET_WORDS;

export function otherLinkSet(set: LinkSet): LinkSet {
  return set === 0 ? LINK_SET_WORDS : 0;
}

/** All slots, in two arrays over one memory. */
export interface Slots {
  /** Slot s has its node from word s x 8 on. */
  readonly nodes: Int32Array;
  /** Slot s has its record from word s x RECORD_WORDS on. */
  readonly records: Int32Array;
  /** The records again, as doubles: from s x RECORD_DOUBLES on. */
  readonly doubles: Float64Array;
}
