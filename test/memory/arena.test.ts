/** Slots: each handed out once, taken back clean, and no memory touched before it is needed. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Arena } from '../../src/memory/arena.ts';
import { HEAD, KEY_LENGTH, NODE_WORDS_LOG2, NONE, RECORD_WORDS } from '../../src/memory/layout.ts';
import { arenaOf, slotWith } from './slots.ts';

function allOf(arena: Arena): number[] {
  const slots: number[] = [];
  for (let slot = arena.allocate(); slot !== NONE; slot = arena.allocate()) slots.push(slot);
  return slots;
}

function linksOf(arena: Arena, slot: number): Int32Array {
  const node = slot << NODE_WORDS_LOG2;
  return arena.nodes.subarray(node, node + HEAD);
}

function release(arena: Arena, ...slots: number[]): void {
  arena.release(Int32Array.from(slots), slots.length);
}

describe('allocate()', () => {
  test('hands out each slot once, from 1 on, then NONE', () => {
    const arena = arenaOf(5);
    expect(arena.isFull).toBe(false);
    expect(allOf(arena)).toEqual([1, 2, 3, 4, 5]);
    expect(arena.isFull).toBe(true);
    expect([arena.allocate(), arena.allocate()]).toEqual([NONE, NONE]);
    expect(arena.inspect()).toEqual({ free: [], touched: 5 });
  });

  test('touches no slot before there is need of it', () => {
    const arena = arenaOf(5);
    expect(arena.inspect().touched).toBe(0);
    const first = slotWith(arena, 'first');
    slotWith(arena, 'second');
    release(arena, first);
    expect(arena.allocate()).toBe(first);
    expect(arena.inspect()).toEqual({ free: [], touched: 2 });
    expect(arena.nodes.subarray(3 << NODE_WORDS_LOG2).every((word) => word === 0)).toBe(true);
    expect(arena.records.subarray(3 * RECORD_WORDS).every((word) => word === 0)).toBe(true);
  });

  test('finds the slots that another view of the same memory released', () => {
    const memory = Arena.reserve(2);
    const [arena, other] = [new Arena(memory), new Arena(memory)];
    const one = slotWith(arena, 'a');
    slotWith(arena, 'b');
    release(other, one);
    expect(arena.isFull).toBe(false);
    expect(arena.allocate()).toBe(one);
  });
});

test('what is handed out and not taken back is counted', () => {
  const arena = arenaOf(3);
  expect(arena.used).toBe(0);
  const slots = ['a', 'b', 'c'].map((text) => slotWith(arena, text));
  expect([arena.used, arena.allocate(), arena.used]).toEqual([3, NONE, 3]);
  release(arena, slots[0] as number, slots[2] as number);
  expect(arena.used).toBe(1);
  arena.allocate();
  expect(arena.used).toBe(2);
});

describe('release()', () => {
  test('takes slots back without their keys, and leaves all else as it is', () => {
    const arena = arenaOf(3);
    const slots = ['a', 'b', 'c'].map((text) => slotWith(arena, text));
    for (const slot of slots) linksOf(arena, slot).fill(7);
    release(arena, ...slots);
    expect(arena.inspect()).toEqual({ free: slots, touched: 3 });
    expect(new Set(allOf(arena))).toEqual(new Set(slots));
    for (const slot of slots) {
      expect([...linksOf(arena, slot)]).toEqual([7, 7, 7, 7]);
      expect(arena.records[slot * RECORD_WORDS + KEY_LENGTH]).toBe(0);
    }
    expect(arena.isFull).toBe(true);
  });

  test('of nothing changes nothing', () => {
    const arena = arenaOf(1);
    arena.release(new Int32Array(4), 0);
    expect(arena.inspect()).toEqual({ free: [], touched: 0 });
  });

  test.each([
    ['a slot twice, at once', (arena: Arena, slot: number) => release(arena, slot, slot)],
    [
      'a slot twice, one after the other',
      (arena: Arena, slot: number) => {
        release(arena, slot);
        release(arena, slot);
      },
    ],
    ['a slot that was never given a key', (arena: Arena) => release(arena, arena.allocate())],
  ])('refuses %s', (_name, act) => {
    const arena = arenaOf(3);
    const slot = slotWith(arena, 'a');
    expect(() => act(arena, slot)).toThrow('a slot is released once');
  });

  test.each([0, -1, 4])('refuses %i, which is no slot of three', (slot) => {
    const arena = arenaOf(3);
    expect(() => release(arena, slot)).toThrow('a released slot is one of the arena');
  });
});

test('whatever is taken and given back, no slot has two owners and none is lost', () => {
  const acts = fc.array(fc.oneof(fc.constant('take' as const), fc.nat(20)), { maxLength: 200 });
  const property = fc.property(acts, (history) => {
    const arena = arenaOf(16);
    const held: number[] = [];
    for (const act of history) {
      if (act === 'take') {
        const isFull = held.length === 16;
        expect(arena.isFull).toBe(isFull);
        if (isFull) expect(arena.allocate()).toBe(NONE);
        else held.push(slotWith(arena, `key ${held.length}`));
      } else {
        release(arena, ...held.splice(0, act));
      }
      const { free, touched } = arena.inspect();
      expect(new Set([...free, ...held]).size).toBe(free.length + held.length);
      expect(free.length + held.length).toBe(touched);
    }
  });
  fc.assert(property, { numRuns: 200 });
});
