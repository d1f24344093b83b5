/** The live tree against a sorted array. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Arena } from '../../src/memory/arena.ts';
import { LEFT, LINK_SET_WORDS, type LinkSet, NONE, RIGHT } from '../../src/memory/layout.ts';
import { LiveTree } from '../../src/tree/live-tree.ts';
import { arenaOf, compareBytes, keyOf, slotWith } from '../memory/slots.ts';
import { checkTree } from './tree-check.ts';
import { growTree, linkOf } from './trees.ts';

/** Nodes from the root down to `slot`, both counted, along the links and the order of `texts`. */
function depthOf(
  arena: Arena,
  links: LinkSet,
  path: { root: number; slot: number; text: string },
  texts: Map<number, string>,
): number {
  let node = path.root;
  for (let depth = 1; node !== NONE; depth++) {
    if (node === path.slot) return depth;
    const side = compareBytes(path.text, texts.get(node) ?? '') < 0 ? LEFT : RIGHT;
    node = linkOf(arena, links, node, side);
  }
  return 0;
}

test('a search in an empty tree finds nothing, and its key becomes the root', () => {
  const arena = arenaOf(1);
  const tree = new LiveTree(arena);
  expect(tree.find(NONE, 0, keyOf('a'))).toBe(NONE);
  expect(tree.depth).toBe(0);
  expect(tree.hang(NONE, 0, slotWith(arena, 'a'))).toBe(1);
});

test('a tree of seven, by hand', () => {
  const arena = arenaOf(7);
  const { root, slots } = growTree(arena, 0, ['d', 'b', 'f', 'a', 'c', 'e', 'g']);
  const [d, b, f, a, c, e, g] = slots as [number, number, number, number, number, number, number];
  expect(root).toBe(d);
  const children = (slot: number) => [linkOf(arena, 0, slot, LEFT), linkOf(arena, 0, slot, RIGHT)];
  expect(children(d)).toEqual([b, f]);
  expect(children(b)).toEqual([a, c]);
  expect(children(f)).toEqual([e, g]);
  expect(children(g)).toEqual([NONE, NONE]);
  const tree = new LiveTree(arena);
  expect([tree.find(root, 0, keyOf('d')), tree.depth]).toEqual([d, 1]);
  expect([tree.find(root, 0, keyOf('g')), tree.depth]).toEqual([g, 3]);
  expect([tree.find(root, 0, keyOf('cc')), tree.depth]).toEqual([NONE, 3]);
  expect([tree.parent, tree.side]).toEqual([c, RIGHT]);
});

describe.each<LinkSet>([0, LINK_SET_WORDS])('in link set %i', (links) => {
  test('any keys in any order are found again, in order, and no others', () => {
    const texts = fc.uniqueArray(fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }), {
      minLength: 1,
      maxLength: 60,
    });
    const property = fc.property(texts, texts, (present, others) => {
      const arena = arenaOf(present.length);
      const { root, slots } = growTree(arena, links, present);
      const tree = new LiveTree(arena);
      const text = new Map(slots.map((slot, i) => [slot, present[i] as string]));

      const inOrder = checkTree(arena, root, links).slots.map((slot) => text.get(slot));
      expect(inOrder).toEqual(present.toSorted(compareBytes));
      present.forEach((one, i) => {
        const slot = slots[i] as number;
        expect(tree.find(root, links, keyOf(one))).toBe(slot);
        expect(tree.depth).toBe(depthOf(arena, links, { root, slot, text: one }, text));
      });
      for (const one of others) {
        const at = present.indexOf(one);
        expect(tree.find(root, links, keyOf(one))).toBe(at < 0 ? NONE : slots[at]);
      }
    });
    fc.assert(property, { numRuns: 100 });
  });

  test('the other link set is not written', () => {
    const arena = arenaOf(3);
    const { slots } = growTree(arena, links, ['b', 'a', 'c']);
    const other: LinkSet = links === 0 ? LINK_SET_WORDS : 0;
    for (const slot of slots) {
      expect(linkOf(arena, other, slot, LEFT)).toBe(NONE);
      expect(linkOf(arena, other, slot, RIGHT)).toBe(NONE);
    }
  });
});

describe('hangSlot()', () => {
  test('hangs a slot in where a search for its key would end', () => {
    const texts = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 5 }), { minLength: 1 });
    const property = fc.property(texts, (present) => {
      const arena = arenaOf(present.length);
      const tree = new LiveTree(arena);
      let root: number = NONE;
      for (const text of present) {
        const slot = slotWith(arena, text);
        root = tree.hangSlot(root, 0, slot);
        const passed = tree.depth;
        expect(tree.find(root, 0, keyOf(text))).toBe(slot);
        expect(tree.depth).toBe(passed + 1);
      }
      expect(checkTree(arena, root, 0).slots.length).toBe(present.length);
    });
    fc.assert(property, { numRuns: 100 });
  });

  test('refuses a key that is there already', () => {
    const arena = arenaOf(2);
    const { root } = growTree(arena, 0, ['a']);
    const twin = slotWith(arena, 'a');
    expect(() => new LiveTree(arena).hangSlot(root, 0, twin)).toThrow('a key is in a tree once');
  });
});

test('hang() refuses to hang a leaf where one hangs', () => {
  const arena = arenaOf(4);
  const { root } = growTree(arena, 0, ['b', 'a']);
  const tree = new LiveTree(arena);
  tree.find(root, 0, keyOf('c'));
  tree.hang(root, 0, slotWith(arena, 'c'));
  expect(() => tree.hang(root, 0, slotWith(arena, 'd'))).toThrow('where nothing hangs');
});
