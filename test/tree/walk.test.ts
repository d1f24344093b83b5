/** The walk lists every slot once, in order, however deep the tree. */
import { expect, test } from 'vitest';
import type { Arena } from '../../src/memory/arena.ts';
import { LEFT, LINK_SET_WORDS, NODE_WORDS_LOG2, NONE, RIGHT } from '../../src/memory/layout.ts';
import { Walk } from '../../src/tree/walk.ts';
import { arenaOf } from '../memory/slots.ts';
import { growTree, numbered, shuffled } from './trees.ts';

function listed(arena: Arena, root: number, links: 0 | typeof LINK_SET_WORDS): number[] {
  const most = arena.capacity + 1;
  const list = new Int32Array(most);
  const count = new Walk(arena, most).inOrder(root, links, list);
  return [...list.subarray(0, count)];
}

test('an empty tree lists nothing', () => {
  expect(listed(arenaOf(1), NONE, 0)).toEqual([]);
});

test.each([0, LINK_SET_WORDS] as const)(
  'a random tree is listed in order, from link set %i',
  (links) => {
    const numbers = shuffled(500);
    const arena = arenaOf(500);
    const { root, slots } = growTree(arena, links, numbers.map(numbered));
    const bySize = slots.toSorted(
      (a, b) => (numbers[a - 1] as number) - (numbers[b - 1] as number),
    );
    expect(listed(arena, root, links)).toEqual(bySize);
  },
);

test.each([
  ['ascending keys', RIGHT],
  ['descending keys', LEFT],
] as const)('a tree that %s have grown as deep as it is large is listed', (_name, side) => {
  const count = 200_000;
  const arena = arenaOf(count);
  for (let slot = 1; slot < count; slot++) {
    arena.nodes[(slot << NODE_WORDS_LOG2) + side] = slot + 1;
  }
  const expected = Array.from({ length: count }, (_, i) => (side === RIGHT ? i + 1 : count - i));
  expect(listed(arena, 1, 0)).toEqual(expected);
});

test('one Walk lists one tree after another', () => {
  const arena = arenaOf(5);
  const first = growTree(arena, 0, ['b', 'a', 'c']);
  const second = growTree(arena, 0, ['y', 'x']);
  const walk = new Walk(arena, 6);
  const list = new Int32Array(6);
  expect(walk.inOrder(first.root, 0, list)).toBe(3);
  expect(walk.inOrder(second.root, 0, list)).toBe(2);
  expect([...list.subarray(0, 2)]).toEqual([second.slots[1], second.slots[0]]);
});

test.each([LEFT, RIGHT])('a cycle on side %i ends in an error, not in an endless walk', (side) => {
  const arena = arenaOf(2);
  const { root, slots } = growTree(arena, 0, side === LEFT ? ['b', 'a'] : ['a', 'b']);
  arena.nodes[((slots[1] as number) << NODE_WORDS_LOG2) + side] = root;
  expect(() => listed(arena, root, 0)).toThrow('a tree has no more nodes than there are slots');
});
