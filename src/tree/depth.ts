/** How deep a search tree may be at best: the measure the rebalancer holds a live tree against. */

/** The sum of all nodes' depths in a perfect tree of `count` nodes; the root is at depth 1. */
export function idealDepthSum(count: number): number {
  if (count === 0) return 0;
  const height = Math.floor(Math.log2(count + 1)); // levels that are filled
  const filled = 2 ** height - 1;
  return (height - 1) * 2 ** height + 1 + (height + 1) * (count - filled);
}

/** The mean depth of a perfect tree of `count` nodes, 0 where there is none. */
export function idealMeanDepth(count: number): number {
  return count === 0 ? 0 : idealDepthSum(count) / count;
}

/**
 * Deeper than this, an insertion asks for a rebuild: 3 x log2(n), and never for a tree of a few.
 */
export function deepestInsertion(count: number): number {
  return Math.max(12, 3 * Math.log2(count));
}
