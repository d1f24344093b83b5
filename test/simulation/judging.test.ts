/** The judges themselves: what is no fault, and what is one. */
import { expect, test } from 'vitest';
import { type Limit, limitOf } from '../../src/bucket/limit.ts';
import type { Exchange, Reply } from '../../src/lease/terms/exchange.ts';
import { balanceOf } from './balance.ts';
import { Books } from './books.ts';
import { Chance } from './chance.ts';
import { KeyJudge, type KeyJudgeParts } from './key-judge.ts';
import { LeaseBooks } from './lease-books.ts';
import { CALM } from './plan.ts';
import { type Execution, SharedStore } from './shared-store.ts';
import { Timeline } from './timeline.ts';
import { Wire } from './wire.ts';

/** A token a second, or seven. */
const SLOW = limitOf({ capacity: 10, count: 1, periodUs: 1_000_000 }) as Limit;
const FAST = limitOf({ capacity: 9, count: 7, periodUs: 1_000_000 }) as Limit;

/** A store, and what it did with each exchange. */
class Scene {
  readonly timeline = new Timeline();
  readonly executions: Execution[] = [];
  readonly store = new SharedStore(this.timeline, {
    executed: (execution) => this.executions.push(execution),
    expired: () => undefined,
    forgot: () => undefined,
    stepped: () => undefined,
  });

  exchange(instance: string, more: Partial<Exchange>): Execution {
    this.store.exchange(exchangeOf(this.executions.length + 1, more), instance);
    return this.executions.at(-1) as Execution;
  }
}

function exchangeOf(seq: number, more: Partial<Exchange>): Exchange {
  const nothing = { unanswered: seq, keep: 0, back: 0, owed: 0, vain: 0, costs: [], holds: 0 };
  const asked = { fill: false, want: 0, least: 0, ttlUs: 500_000 };
  return { key: 'key', limit: FAST, seq, ...nothing, ...asked, ...more };
}

test('what was charged in vain is given back to the unit, whatever limit comes after it', async () => {
  const { exchange, timeline } = bound(new Scene());
  exchange('a', { costs: [6] });
  exchange('b', { costs: [1] });
  await timeline.runUntil(1_000);
  // Of seven tokens 0.007 are refilled: each may undo an even part of the rest.
  exchange('c', { owed: 1 });
  const { vain } = balanceOf(exchange('a', { limit: SLOW, vain: 5, costs: [1] }));
  expect(vain).toBe(6.993 / 2);
});

test('what an exchange leases that is obeyed again nobody knows of, and nobody can spend', () => {
  for (const [again, charged, isFault] of [
    [1, 5, false],
    [1, 6, true],
    [2, 5, true],
  ] as const) {
    const books = new LeaseBooks();
    books.obey('a', 1, 3);
    books.spend('a', 3);
    books.charge('a', 3);
    books.obey('a', again, 5);
    books.charge('a', charged);
    expect(books.faultAtEnd('a', 0, true) !== null, `${again}, ${charged}`).toBe(isFault);
  }
});

test('what was leased before a refund was undone may be spent, and no more', () => {
  for (const [spent, faults] of [
    [4, 0],
    [5, 1],
  ] as const) {
    const { exchange, store } = bound(new Scene());
    const said: string[] = [];
    const judge = keyJudge(store, said);
    exchange('a', { limit: SLOW, costs: [8] });
    judge.booked(8, 0);
    exchange('a', { limit: SLOW, costs: [-8] });
    judge.booked(-8, 0);
    exchange('b', { limit: SLOW, want: 4, least: 4 });
    judge.executed(exchange('a', { limit: SLOW, unanswered: 2 }), 0);
    judge.undone(-8, 0);
    judge.lease('b', spent);
    expect(said.filter((words) => words.endsWith('in a window'))).toHaveLength(faults);
  }
});

//  spent of a lease before all are cut off, and after that, of shares, faults
test.each([
  [0, 6, 10, 0],
  [0, 6, 11, 1],
  [6, 0, 5, 1],
  [6, 4, 4, 0],
])(
  'of a lease %d, cut off %d; beside it %d of shares: %d faults',
  (before, after, spent, faults) => {
    const said: string[] = [];
    const fault = (words: string) => said.push(words);
    const { store } = new Scene();
    const judge = new KeyJudge({ key: 'key', limits: [SLOW], store, ...NOBODY, fault });
    judge.outageBegins();
    judge.lease('a', before);
    judge.allCutOff(0);
    judge.lease('a', after);
    judge.share(spent, true);
    expect(said.filter((words) => words.includes('in an outage'))).toHaveLength(faults);
  },
);

//  asked of the store and given back to it while some are cut off, whether undone, shares, faults
test.each([
  [0, 8, false, 10, 0],
  [0, 8, false, 11, 1],
  [0, 8, true, 2, 0],
  [0, 8, true, 3, 1],
  // Whoever asked may have given up: he has it from his share.
  [2, 0, false, 2, 0],
  [2, 0, true, 3, 1],
])(
  '%d and -%d booked before all are cut off, undone: %s; then %d of shares: %d faults',
  (...row) => {
    const [asked, returned, isUndone, spent, faults] = row;
    const said: string[] = [];
    const fault = (words: string) => said.push(words);
    const { store } = new Scene();
    const judge = new KeyJudge({ key: 'key', limits: [SLOW], store, ...NOBODY, fault });
    judge.booked(8, 0);
    judge.outageBegins();
    judge.booked(asked - returned, 0, returned);
    if (isUndone) judge.undone(asked - returned, 0);
    judge.allCutOff(0);
    judge.share(spent, true);
    expect(said.filter((words) => words.includes('in an outage'))).toHaveLength(faults);
  },
);

test('that an exchange was obeyed before is no answer to it', async () => {
  const { timeline, store } = new Scene();
  const answered: number[] = [];
  const nothing = () => undefined;
  const wire = new Wire({
    instance: 'a',
    timeline,
    chance: new Chance(1),
    store,
    plan: { ...CALM, doubled: 1, late: 0.5, lateUs: [0, 50_000] },
    sent: nothing,
    answered: ({ seq }) => answered.push(seq),
    ended: nothing,
    count: nothing,
    lost: nothing,
  });
  const obeyed: number[] = [];
  for (let seq = 1; seq <= 100; seq++) {
    void wire.exchange([exchangeOf(seq, { costs: [1] })]).then(([outcome]) => {
      if (outcome !== 'stale') obeyed.push(seq);
    });
    await timeline.runUntil(timeline.nowUs + 200_000);
  }
  expect(obeyed.length).toBeGreaterThan(50);
  expect(obeyed.length).toBeLessThan(100);
  expect(answered).toEqual(obeyed);
});

test('of what came twice that may be given back which the answer says was taken', async () => {
  for (const [answer, vain, isFault] of [
    ['first', 0, false],
    ['first', 5, true],
    ['second', 5, false],
    ['second', 6, true],
    [null, 5, true],
  ] as const) {
    const { exchange, timeline } = bound(new Scene());
    const books = new Books();
    const booking = { returned: 0, vain: 0, undone: 0 };
    exchange('b', { costs: [9] });
    const first = exchange('a', { costs: [5] });
    books.sent(first.exchange);
    books.book({ ...booking, asked: 0 }, first.exchange);
    // By then there is room, and its record has gone: whoever comes meets it as something new.
    await timeline.runUntil(1_000_000);
    exchange('b', {});
    const second = exchange('a', { seq: first.exchange.seq, costs: [5] });
    books.book({ ...booking, asked: 5 }, second.exchange);
    const told = { first, second };
    if (answer !== null) books.answered(first.exchange, told[answer].outcome as Reply);
    const next = exchangeOf(9, { vain, unanswered: answer === null ? first.exchange.seq : 9 });
    books.sent(next);
    expect(books.faultNow() !== null, `${answer}, ${vain}`).toBe(isFault);
  }
});

test('what is given back while leases have ended too early is to be had once more', async () => {
  // The clock goes 0.15 s too far: so much of a token is on top, and what was given back of the
  // lease.
  for (const { renews = false, left, heardSeq, cost, most } of [
    { left: 8, heardSeq: 1, cost: 0, most: 10.15 },
    { left: 8, heardSeq: 1, cost: -2, most: 12.15 },
    { left: 8, heardSeq: 1, cost: -1_000, most: 18 },
    // The store has ended it, and the instance has not heard of that, or has.
    { renews: true, left: 8, heardSeq: 1, cost: -1_000, most: 18 },
    { renews: true, left: 1, heardSeq: 2, cost: -1_000, most: 10.15 },
  ]) {
    for (const [spent, faults] of [
      [most, 0],
      [most + 0.001, 1],
    ] as const) {
      const { exchange, store, timeline } = bound(new Scene());
      const said: string[] = [];
      const parts = { left: () => [{ instance: 'a', tokens: left }], heardSeq: () => heardSeq };
      const judge = keyJudge(store, said, parts);
      judge.executed(exchange('a', { limit: SLOW, want: 8, least: 8 }), 0);
      await timeline.runUntil(400_000);
      store.step(150_000);
      judge.setForward(150_000);
      if (renews) judge.executed(exchange('a', { limit: SLOW, keep: 8, want: 1, least: 1 }), 0);
      const refund = exchange('b', { limit: SLOW, costs: [cost] });
      judge.executed(refund, 0);
      judge.givenBack(refund, -cost);
      judge.booked(cost, 0);
      expect(said).toEqual([]);
      judge.lease('a', spent);
      expect(said.filter((words) => words.endsWith('in a window'))).toHaveLength(faults);
    }
  }
});

const NOBODY: Pick<KeyJudgeParts, 'left' | 'heardSeq'> = { left: () => [], heardSeq: () => 0 };

function keyJudge(store: SharedStore, said: string[], known = NOBODY): KeyJudge {
  const fault = (words: string) => said.push(words);
  return new KeyJudge({ key: 'key', limits: [SLOW], store, ...known, fault });
}

function bound(scene: Scene) {
  const { timeline, store } = scene;
  return { timeline, store, exchange: scene.exchange.bind(scene) };
}
