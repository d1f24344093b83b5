/**
 * The shape of the hash index: for each shard a row of words, one for each key, with free ones
 * between.
 *
 *   a word          5 bits       how far the key lies from its home, from 1 on; 0 in a free word
 *   from the top    the rest     more bits of the key's hash, so that few other keys are compared
 *                   slot bits    its slot
 *
 * A key's home is one of the first `homes` words of its shard's row; it lies there or a few words
 * further. Nothing ever grows: a shard has room for more keys than it gets (see homesFor).
 */
import { assert } from '../../lib/assert.ts';

const DISTANCE_BITS = 5;
/** No key lies further from its home than so: as many words a search looks at, at most. */
export const MOST_DISTANCE: number = 2 ** DISTANCE_BITS - 1;

/** Of the homes this part is taken, at most, and even so few keys come to lie far from theirs. */
const MOST_LOAD = 0.8;

export interface HashLayout {
  readonly homesLog2: number;
  /** Words of a shard's row. The last is never used: it ends whatever goes through the row. */
  readonly rowWords: number;
  readonly slotBits: number;
  /** Where the distance begins. */
  readonly distanceShift: number;
}

/** For slots 1 to `slots`, of which as many as `keys` are spread over `shards` shards by a hash. */
export function hashLayout(keys: number, slots: number, shards: number): HashLayout {
  const homesLog2 = Math.ceil(Math.log2(homesFor(keys / shards)));
  const slotBits = 32 - Math.clz32(slots);
  const distanceShift = 32 - DISTANCE_BITS;
  assert(slotBits < distanceShift, 'a word has room for any slot');
  return { homesLog2, rowWords: 2 ** homesLog2 + MOST_DISTANCE + 1, slotBits, distanceShift };
}

/** Where in its row a key of this hash would lie; the lowest bits of it have picked the shard. */
export function homeOf(hash: number, shardBits: number, { homesLog2 }: HashLayout): number {
  return (hash >>> shardBits) & ((1 << homesLog2) - 1);
}

/**
 * Homes for a shard that gets `mean` keys where all are in the table. How many it really gets is
 * spread as Poisson has it: more than eight times its root above the mean are as good as never.
 */
function homesFor(mean: number): number {
  return (mean + 8 * Math.sqrt(mean) + 16) / MOST_LOAD;
}
