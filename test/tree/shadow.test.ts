/** The shadow: balanced whatever it is fed, and written just as the AVL tree has it. */
import { describe, expect, test } from 'vitest';
import { LEFT, LINK_SET_WORDS, NONE, RIGHT } from '../../src/memory/layout.ts';
import { idealDepthSum } from '../../src/tree/depth.ts';
import { ShadowTree } from '../../src/tree/shadow.ts';
import { arenaOf, slotWith } from '../memory/slots.ts';
import { checkTree } from './tree-check.ts';
import { growTree, linkOf, numbered, shapeOf, shuffled } from './trees.ts';

const SIZES = [0, 1, 2, 3, 4, 7, 8, 100, 1_023, 1_024, 3_000] as const;

/** An arena whose slot s + 1 holds the s-th key in order. */
function arenaInOrder(count: number) {
  const arena = arenaOf(Math.max(1, count));
  const ordered = Int32Array.from({ length: count }, (_, i) => slotWith(arena, numbered(i)));
  return { arena, ordered };
}

/** Adel'son-Vel'skii and Landis, 1962: no AVL tree of n nodes is higher. */
function highest(count: number): number {
  return 1.440_5 * Math.log2(count + 2) - 0.327_7;
}

describe('load()', () => {
  test.each(SIZES)('%i slots in order make a perfect tree', (count) => {
    const { arena, ordered } = arenaInOrder(count);
    const shadow = new ShadowTree(arena);
    shadow.load(ordered, count);
    const root = shadow.writeLinks(0);
    expect(shadow.size).toBe(count);
    expect(shadow.depthSum).toBe(idealDepthSum(count));
    expect(checkTree(arena, root, 0)).toEqual({
      slots: [...ordered],
      depthSum: idealDepthSum(count),
    });
    expect(shapeOf(arena, root, 0).unbalance).toBeLessThanOrEqual(1);
  });

  test('starts anew, and looks at no more than it is told', () => {
    const { arena, ordered } = arenaInOrder(20);
    const shadow = new ShadowTree(arena);
    shadow.load(ordered, 20);
    shadow.load(ordered, 5);
    expect(checkTree(arena, shadow.writeLinks(0), 0).slots).toEqual([1, 2, 3, 4, 5]);
    shadow.load(ordered, 0);
    expect([shadow.writeLinks(0), shadow.size, shadow.depthSum]).toEqual([NONE, 0, 0]);
  });
});

describe('insert()', () => {
  test.each([
    ['ascending', (count: number) => Array.from({ length: count }, (_, i) => i)],
    ['descending', (count: number) => Array.from({ length: count }, (_, i) => count - 1 - i)],
    ['shuffled', shuffled],
  ])('%s keys keep it within the bound of an AVL tree', (_name, orderOf) => {
    const count = 2_000;
    const { arena, ordered } = arenaInOrder(count);
    const shadow = new ShadowTree(arena);
    shadow.load(ordered, 0);
    for (const number of orderOf(count)) shadow.insert(ordered[number] as number);
    const root = shadow.writeLinks(LINK_SET_WORDS);
    const shape = shapeOf(arena, root, LINK_SET_WORDS);
    expect(shape.unbalance).toBeLessThanOrEqual(1);
    expect(shape.height).toBeLessThanOrEqual(highest(count));
    expect(shape.size).toBe(count);
    const report = checkTree(arena, root, LINK_SET_WORDS);
    expect(report.slots).toEqual([...ordered]);
    expect(shadow.depthSum).toBe(report.depthSum);
  });

  test('adds to what was loaded', () => {
    const { arena, ordered } = arenaInOrder(1_000);
    const even = ordered.filter((_, i) => i % 2 === 0);
    const shadow = new ShadowTree(arena);
    shadow.load(even, even.length);
    for (const slot of ordered.filter((_, i) => i % 2 === 1)) shadow.insert(slot);
    const root = shadow.writeLinks(0);
    expect(checkTree(arena, root, 0).slots).toEqual([...ordered]);
    expect(shapeOf(arena, root, 0).unbalance).toBeLessThanOrEqual(1);
    expect(shadow.size).toBe(1_000);
  });

  test('refuses a key that is there already', () => {
    const { arena, ordered } = arenaInOrder(3);
    const shadow = new ShadowTree(arena);
    shadow.load(ordered, 3);
    expect(() => shadow.insert(2)).toThrow('a key is in a shadow once');
  });
});

describe('writeLinks()', () => {
  test('leaves the live links as they are', () => {
    const arena = arenaOf(100);
    const { root } = growTree(arena, 0, shuffled(100).map(numbered));
    const before = checkTree(arena, root, 0);
    const shadow = new ShadowTree(arena);
    shadow.load(Int32Array.from(before.slots), 100);
    const shadowRoot = shadow.writeLinks(LINK_SET_WORDS);
    expect(checkTree(arena, root, 0)).toEqual(before);
    expect(checkTree(arena, shadowRoot, LINK_SET_WORDS).slots).toEqual(before.slots);
  });

  test('overwrites links of an earlier swap, those of leaves too', () => {
    const { arena, ordered } = arenaInOrder(7);
    const shadow = new ShadowTree(arena);
    shadow.load(ordered, 7);
    shadow.writeLinks(0);
    shadow.load(ordered.subarray(3), 1);
    expect(shadow.writeLinks(0)).toBe(4);
    expect([linkOf(arena, 0, 4, LEFT), linkOf(arena, 0, 4, RIGHT)]).toEqual([NONE, NONE]);
  });
});
