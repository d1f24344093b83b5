/** The checker finds each kind of fault: a stress that it watches is only worth what it sees. */
import { expect, test } from 'vitest';
import { AssertionError } from '../../src/lib/assert.ts';
import type { Arena } from '../../src/memory/arena.ts';
import {
  HEAD,
  KEY_LENGTH,
  LEFT,
  LINK_SET_WORDS,
  NODE_WORDS_LOG2,
  NONE,
  RECORD_WORDS,
  RIGHT,
} from '../../src/memory/layout.ts';
import { arenaOf, slotWith } from '../memory/slots.ts';
import { checkTree } from './tree-check.ts';
import { growTree, numbered, shuffled } from './trees.ts';

/** d, with b (a, c) to the left and f (e, g) to the right, in slots 1 to 7; slot 8 is loose. */
const [D, B, F, A, C, E, G] = [1, 2, 3, 4, 5, 6, 7] as const;

function sound(): Arena {
  const arena = arenaOf(9);
  growTree(arena, 0, ['d', 'b', 'f', 'a', 'c', 'e', 'g']);
  return arena;
}

function link(arena: Arena, slot: number, side: number, to: number): void {
  arena.nodes[(slot << NODE_WORDS_LOG2) + side] = to;
}

test('a sound tree is reported in order, with its depths added up', () => {
  expect(checkTree(sound(), D, 0)).toEqual({ slots: [A, B, C, D, E, F, G], depthSum: 17 });
  expect(checkTree(sound(), NONE, 0)).toEqual({ slots: [], depthSum: 0 });
  expect(checkTree(sound(), D, LINK_SET_WORDS)).toEqual({ slots: [D], depthSum: 1 });
});

test('a deep tree is no matter', () => {
  const arena = arenaOf(2_000);
  const { root } = growTree(
    arena,
    0,
    Array.from({ length: 2_000 }, (_, i) => numbered(i)),
  );
  expect(checkTree(arena, root, 0).depthSum).toBe((2_000 * 2_001) / 2);
  const other = arenaOf(2_000);
  expect(
    checkTree(other, growTree(other, 0, shuffled(2_000).map(numbered)).root, 0).slots,
  ).toHaveLength(2_000);
});

test.each<[string, (arena: Arena) => void, string]>([
  ['a link below 0', (arena) => link(arena, A, LEFT, -1), 'a link leads to a slot'],
  ['a link beyond the arena', (arena) => link(arena, G, RIGHT, 10), 'a link leads to a slot'],
  ['a cycle to the left', (arena) => link(arena, A, LEFT, D), 'a tree has no cycle'],
  ['a node that is its own child', (arena) => link(arena, A, LEFT, A), 'a tree has no cycle'],
  ['a cycle to the right', (arena) => link(arena, G, RIGHT, D), 'keys ascend'],
  ['a slot in two places', (arena) => link(arena, A, RIGHT, G), 'keys ascend'],
  [
    'two children that changed places',
    (arena) => {
      link(arena, B, LEFT, C);
      link(arena, B, RIGHT, A);
    },
    'keys ascend',
  ],
  [
    'a key that is right for its parent and wrong for those above',
    (arena) => link(arena, C, RIGHT, slotWith(arena, 'z')),
    'keys ascend',
  ],
  ['the same key twice', (arena) => link(arena, A, RIGHT, slotWith(arena, 'a')), 'keys ascend'],
  [
    'a key that changed',
    (arena) => {
      arena.nodes[(E << NODE_WORDS_LOG2) + HEAD] = 'z'.charCodeAt(0) << 24;
    },
    'keys ascend',
  ],
  [
    'a free slot',
    (arena) => {
      arena.records[G * RECORD_WORDS + KEY_LENGTH] = 0;
    },
    'a linked slot has a key',
  ],
])('finds %s', (_name, corrupt, fault) => {
  const arena = sound();
  corrupt(arena);
  expect(() => checkTree(arena, D, 0)).toThrow(AssertionError);
  expect(() => checkTree(arena, D, 0)).toThrow(fault);
});
