/** Live trees of a few keys, and what their links say, for tests. */
import type { Arena } from '../../src/memory/arena.ts';
import { LEFT, type LinkSet, NODE_WORDS_LOG2, NONE, RIGHT } from '../../src/memory/layout.ts';
import { LiveTree } from '../../src/tree/live-tree.ts';
import { keyOf, slotWith } from '../memory/slots.ts';

export function linkOf(
  arena: Arena,
  links: LinkSet,
  slot: number,
  side: typeof LEFT | typeof RIGHT,
): number {
  return arena.nodes[(slot << NODE_WORDS_LOG2) + links + side] as number;
}

/** Hangs texts in, one after the other, as decisions do. Returns the root and the slots. */
export function growTree(
  arena: Arena,
  links: LinkSet,
  texts: readonly string[],
): { readonly root: number; readonly slots: readonly number[] } {
  const tree = new LiveTree(arena);
  let root: number = NONE;
  const slots = texts.map((text) => {
    tree.find(root, links, keyOf(text));
    const slot = slotWith(arena, text);
    root = tree.hang(root, links, slot);
    return slot;
  });
  return { root, slots };
}

/** The height of the tree and the largest difference between the heights of two siblings. */
export function shapeOf(
  arena: Arena,
  root: number,
  links: LinkSet,
): { readonly height: number; readonly unbalance: number; readonly size: number } {
  const heights = new Map<number, number>([[NONE, 0]]);
  const order: number[] = root === NONE ? [] : [root];
  for (const slot of order) {
    for (const side of [LEFT, RIGHT] as const) {
      const child = linkOf(arena, links, slot, side);
      if (child !== NONE) order.push(child);
    }
  }
  let unbalance = 0;
  for (const slot of order.toReversed()) {
    const left = heights.get(linkOf(arena, links, slot, LEFT)) ?? 0;
    const right = heights.get(linkOf(arena, links, slot, RIGHT)) ?? 0;
    heights.set(slot, 1 + Math.max(left, right));
    unbalance = Math.max(unbalance, Math.abs(left - right));
  }
  return { height: heights.get(root) ?? 0, unbalance, size: order.length };
}

/** Whole numbers below `count` in an order that looks random and is always the same. */
export function shuffled(count: number): number[] {
  const numbers = Array.from({ length: count }, (_, i) => i);
  let seed = 1;
  for (let i = count - 1; i > 0; i--) {
    seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
    const j = seed % (i + 1);
    [numbers[i], numbers[j]] = [numbers[j] as number, numbers[i] as number];
  }
  return numbers;
}

/** Keys whose order is that of their numbers. */
export function numbered(number: number): string {
  return `key ${String(number).padStart(7, '0')}`;
}
