/** What is known of one key: whom to serve together, and how much is asked for. */
import { beforeEach, describe, expect, test } from 'vitest';
import { type Ask, KeyState } from '../../../src/lease/fetcher/key-state.ts';
import { CHECK_EVERY_US } from '../../../src/lease/settings.ts';
import { limitOf } from '../../table/tables.ts';

const [ONE, TWO] = [limitOf(10, 60), limitOf(20, 60)];

let state: KeyState;

beforeEach(() => {
  state = new KeyState('alice', ONE);
});

const ask = (cost: number, limit = ONE, holds = false): Ask => ({
  key: 'alice',
  limit,
  cost,
  strict: false,
  holds,
  overdraft: false,
  askedUs: 20,
  answer: () => undefined,
  isOver: false,
});

const costs = (asks: readonly Ask[]) => asks.map(({ cost }) => cost);

describe('takeAsks()', () => {
  test('takes the first and all others under its limit, by value', () => {
    state.waiting.push(ask(1), ask(2), ask(3, { ...ONE }), ask(4, TWO), ask(5));
    expect(costs(state.takeAsks())).toEqual([1, 2, 3, 5]);
    expect(costs(state.takeAsks())).toEqual([4]);
    expect(state.takeAsks()).toEqual([]);
  });

  test('takes those first that want to hold tokens, else in their order', () => {
    state.waiting.push(ask(1), ask(2, ONE, true), ask(3), ask(4, ONE, true));
    expect(costs(state.takeAsks())).toEqual([2, 4, 1, 3]);
  });

  test('leaves out those who were answered, and goes by the first who was not', () => {
    state.waiting.push(
      { ...ask(1, TWO), isOver: true },
      ask(2),
      { ...ask(3), isOver: true },
      ask(4),
    );
    expect([costs(state.takeAsks()), state.waiting]).toEqual([[2, 4], []]);
  });

  test('whoever asks once more keeps his place: behind all who asked before, and as long ago', () => {
    for (const [cost, askedUs] of [
      [1, 20],
      [2, 30],
      [3, 40],
      [4, 30],
      [5, 10],
    ] as const) {
      state.ask({ ...ask(cost, TWO), askedUs });
    }
    expect(costs(state.takeAsks())).toEqual([5, 1, 2, 4, 3]);
  });

  test('takes no more than 1,000', () => {
    for (let i = 0; i < 1_500; i++) state.waiting.push(ask(i));
    expect([state.takeAsks().length, state.waiting.length]).toEqual([1_000, 500]);
  });
});

describe('demand', () => {
  test('adds up, and fades to a third in half a lease', () => {
    state.demand(10, 2, 0);
    state.demand(20, 5, 0);
    expect([state.expected(0), state.cost]).toEqual([30, 5]);
    expect(state.expected(CHECK_EVERY_US)).toBeCloseTo(30 / Math.E);
    state.demand(1, 0, CHECK_EVERY_US);
    expect(state.expected(CHECK_EVERY_US)).toBeCloseTo(30 / Math.E + 1);
    expect(state.cost).toBe(5);
    expect(state.expected(100 * CHECK_EVERY_US)).toBeLessThan(1e-9);
  });
});

//  what is known, whether somebody waits, whether the store is to be told of something
test.each([
  [{}, false, false],
  [{ waiting: [ask(1)] }, true, false],
  [{ waiting: [{ ...ask(1), isOver: true }] }, false, false],
  [{ resets: [() => undefined] }, true, false],
  [{ owed: 1 }, false, true],
  [{ vain: 1 }, false, true],
  [{ isOwing: true }, false, true],
  [{ unanswered: 4 }, false, true],
  [{ hasLease: true }, false, false],
])('%o: somebody waits is %s, something is to be told %s', (known, isUrgent, isUnsettled) => {
  Object.assign(state, known);
  expect([state.isUrgent, state.isUnsettled]).toEqual([isUrgent, isUnsettled]);
});
