/** Several questions taken all or none: what is leased for them, and what is taken in the end. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Decision } from '../../../src/bucket/decision.ts';
import { AllOrNone } from '../../../src/lease/holder/all-or-none.ts';
import { Fallback } from '../../../src/lease/holder/fallback.ts';
import type { SharingSettings } from '../../../src/lease/settings.ts';
import type { Unanswered } from '../../../src/lease/unanswered.ts';
import type { Decisions } from '../../../src/limiter/limiter.ts';
import { limitOf } from '../../table/tables.ts';
import { ExchangerScene, SETTINGS } from '../fetcher/exchanger-scene.ts';

const LIMIT = limitOf(1_000, 1);

/** What was asked of the store, until the test answers. */
interface Asked<T> {
  readonly key: string;
  readonly answer: (decision: T) => void;
}

let { time, status, leases } = new ExchangerScene();
let looks: Asked<Decision>[];
let holds: Asked<Decision | Unanswered>[];
let counted: Decision[];
let told: Decisions[];
let spent: string[];
/** What another thread does as soon as a share is owed. */
let meanwhile: () => void;

beforeEach(() => {
  ({ time, status, leases } = new ExchangerScene());
  [looks, holds, counted, told, spent] = [[], [], [], [], []];
  meanwhile = () => {};
});

// Whatever a test is about: what is told is counted, each decision once.
afterEach(() => {
  expect(counted).toEqual(told.flatMap(({ each }) => each));
});

function open(more: Partial<SharingSettings> = {}): AllOrNone {
  const settings = { ...SETTINGS, ...more };
  return new AllOrNone({
    leases,
    status,
    settings,
    clock: time.clock,
    timers: time,
    fallback: new Fallback({ leases, status, settings, owed: () => meanwhile() }),
    look: ({ key }) => new Promise((answer) => looks.push({ key, answer })),
    hold: ({ key }) => new Promise((answer) => holds.push({ key, answer })),
    spent: ({ key }) => spent.push(key),
    counted: (decision) => counted[counted.push(decision) - 1] as Decision,
  });
}

/** Asks for so much of each; what it is told stands in `told` once it is. */
async function take(costs: Record<string, number>, allOrNone = open()): Promise<void> {
  const questions = Object.entries(costs).map(([key, cost]) => ({ key, limit: LIMIT, cost }));
  const taken = allOrNone.take(questions, time.nowUs);
  if (taken instanceof Promise) void taken.then((decisions) => told.push(decisions));
  else told.push(taken);
  await time.settle();
}

/** A lease of so many tokens for half a second; or, where it is of none, a note that denies. */
function lease(key: string, grant: number): void {
  const { nowUs } = time;
  const { count, period, tickUs } = LIMIT;
  const bucket = { used: 0, atUs: nowUs, count, period, tickUs };
  const deadlineUs = nowUs + 500_000;
  const note = { deniedCost: 1, deniedUntilUs: grant === 0 ? deadlineUs : 0 };
  leases.settle(key, { limit: LIMIT, keep: 0, kept: 0, grant, deadlineUs, bucket, ...note }, nowUs);
}

/** Another thread spends from a lease. */
const spend = (key: string, cost: number) => leases.take({ key, limit: LIMIT, cost }, time.nowUs);

/** What is left of each lease, less what a share owes. They are gone then: this ends a test. */
function leftOf(...keys: readonly string[]): readonly number[] {
  const collected = keys.map((key) => leases.collect(key, LIMIT, null, time.nowUs));
  return collected.map(({ back, owed }) => back - owed);
}

function byStore(more: Partial<Decision> = {}): Decision {
  const waits = { retryAfterMs: 0, resetAfterMs: 5, nextTokenMs: 5 };
  const answer = { allowed: true, degraded: false, source: 'store' } as const;
  return { ...answer, limit: 1_000, remaining: 7, ...waits, ...more };
}

const keysOf = (asked: readonly { key: string }[]) => asked.map(({ key }) => key).join(' ');

/** Answers the hold that was asked for last, after it was granted so many tokens. */
async function grant(tokens: number): Promise<void> {
  const { key, answer } = holds.at(-1) as Asked<Decision | Unanswered>;
  if (tokens > 0) lease(key, tokens);
  answer(byStore());
  await time.settle();
}

/** What was told: of all; of each where it came from, whether it is denied, what remains. */
function answers(): readonly string[] {
  const wordsOf = ({ source, allowed, remaining }: Decision) =>
    `${source}${allowed ? '' : ' denied'} ${remaining}`;
  return told.map(
    ({ allowed, each }) => `${allowed ? 'allowed' : 'denied'}: ${each.map(wordsOf).join(', ')}`,
  );
}

test('what is leased already is taken at once', () => {
  lease('alice', 10);
  lease('bob', 10);
  void take({ alice: 3, bob: 4 });
  expect(answers()).toEqual(['allowed: lease 997, lease 996']);
  expect([looks, holds, leftOf('alice', 'bob')]).toEqual([[], [], [7, 6]]);
});

test('what lacks is leased, and then all are taken', async () => {
  lease('alice', 10);
  await take({ alice: 3, bob: 4 });
  expect([keysOf(holds), looks, told]).toEqual(['bob', [], []]);
  await grant(8);
  expect(answers()).toEqual(['allowed: lease 997, lease 996']);
  expect([leftOf('alice', 'bob'), spent]).toEqual([
    [7, 4],
    ['alice', 'bob'],
  ]);
});

//  what a look finds, when it is full, what 5 of that are told, and to come again after
test.each([
  [5, 9, 'store 5', 0],
  [4, 9, 'store denied 4', 9],
  [4, 0, 'store denied 4', 1],
])('a denial leases no more: %d, %d, %s, %d', async (remaining, resetAfterMs, bob, waitMs) => {
  lease('alice', 0);
  lease('carol', 10);
  await take({ alice: 1, bob: 5, carol: 2 });
  expect([keysOf(looks), holds, told]).toEqual(['bob', [], []]);
  looks[0]?.answer(byStore({ remaining, resetAfterMs }));
  await time.settle();
  expect(answers()).toEqual([`denied: denied-until denied 1000, ${bob}, lease 1000`]);
  expect(told[0]?.each[1]?.retryAfterMs).toBe(waitMs);
  expect(leftOf('carol')).toEqual([10]);
});

test('a denial by the store takes nothing from the leases', async () => {
  lease('alice', 10);
  await take({ alice: 3, bob: 4, carol: 5 });
  await grant(8);
  holds[0]?.answer(byStore({ allowed: false, remaining: 0, retryAfterMs: 3 }));
  await time.settle();
  expect(answers()).toEqual(['denied: lease 1000, store denied 0, store 7']);
  expect(leftOf('alice', 'carol')).toEqual([10, 8]);
});

test('what the store denies a dry run stops nothing, and is asked for once', async () => {
  const bob = { key: 'bob', limit: LIMIT, cost: 4 };
  const taken = open().take([{ ...bob, key: 'alice', isDry: true }, bob], time.nowUs);
  void Promise.resolve(taken).then((decisions) => told.push(decisions));
  await time.settle();
  holds[0]?.answer(byStore({ allowed: false, remaining: 0, retryAfterMs: 3 }));
  await grant(8);
  expect(answers()).toEqual(['allowed: store denied 0, lease 996']);
  expect(keysOf(holds)).toBe('alice bob');
});

test('a look is asked once, however often the rest is tried, and denies nothing', async () => {
  await take({ alice: 0, bob: 3 });
  looks[0]?.answer(byStore({ remaining: 0 }));
  await grant(0);
  await grant(8);
  await take({ alice: 0 });
  looks[1]?.answer(byStore());
  await time.settle();
  expect([keysOf(looks), keysOf(holds)]).toEqual(['alice alice', 'bob bob']);
  expect(answers()).toEqual(['allowed: store 0, lease 997', 'allowed: store 7']);
});

test('a lease that another spends meanwhile is had again', async () => {
  lease('alice', 10);
  await take({ alice: 3, bob: 4 });
  spend('alice', 10);
  await grant(8);
  expect([keysOf(holds), told]).toEqual(['bob alice', []]);
  await grant(8);
  expect(answers()).toEqual(['allowed: lease 997, lease 996']);
  expect(leftOf('alice', 'bob')).toEqual([5, 4]);
});

test('a lease that others spend each time is had again until the time is over', async () => {
  lease('alice', 10);
  await take({ alice: 3, bob: 4 });
  for (let round = 1; round <= 9; round++) {
    expect([holds.length, told]).toEqual([round, []]);
    await grant(0);
    await time.pass(10);
  }
  await time.pass(10);
  expect([holds.length, answers()]).toEqual([10, ['denied: lease 1000, overloaded denied 0']]);
  expect(leftOf('alice')).toEqual([10]);
});

//  policy, what is told, what is left
test.each([
  ['open', 'allowed: lease 997, overloaded 996', 7],
  ['closed', 'denied: lease 1000, overloaded denied 0', 10],
  ['local', 'denied: lease 1000, overloaded denied 0', 10],
] as const)('after the time that all have together, %s decides', async (onStoreDown, all, left) => {
  lease('alice', 10);
  await take({ alice: 3, bob: 4 }, open({ onStoreDown }));
  await time.pass(15);
  await grant(0);
  await time.pass(84.9);
  expect([keysOf(holds), told]).toEqual(['bob bob', []]);
  await time.pass(0.2);
  expect([answers(), leftOf('alice')]).toEqual([[all], [left]]);
});

test('what has come without a word when the time is over is spent once', async () => {
  lease('alice', 10);
  await take({ alice: 3, bob: 4 });
  lease('bob', 10);
  await time.pass(100.1);
  expect(answers()).toEqual(['allowed: lease 997, lease 996']);
  expect(leftOf('alice', 'bob')).toEqual([7, 6]);
});

test('without the store nobody waits for the rest of the time', async () => {
  await take({ alice: 3, bob: 4 });
  holds[0]?.answer(byStore());
  holds[1]?.answer({ why: 'late', sinceUs: 0 });
  await time.settle();
  // Shares that begin now: what was leased or answered meanwhile does not come twice.
  expect(answers()).toEqual(['denied: late denied 0, late denied 0']);
});

describe('while the store is away', () => {
  /** Half of a share is there then. */
  beforeEach(async () => {
    status.goAway(time.nowUs);
    await time.pass(500);
  });

  test('leases and shares are taken together, at once', () => {
    lease('alice', 10);
    void take({ alice: 3, bob: 4, carol: 0 });
    expect(answers()).toEqual(['allowed: lease 997, fallback 496, fallback 500']);
    expect([looks, holds, leftOf('alice', 'bob')]).toEqual([[], [], [7, -4]]);
  });

  //  what denies bob: a note, or his share
  test.each([
    [true, 1, 'denied-until denied 1000'],
    [false, 501, 'fallback denied 500'],
  ])('a denial undoes what shares gave: %j, %d, %s', (hasNote, cost, bob) => {
    if (hasNote) lease('bob', 0);
    lease('carol', 10);
    void take({ alice: 400, bob: cost, carol: 5 });
    void take({ alice: 500 });
    expect(answers()).toEqual([`denied: fallback 500, ${bob}, lease 1000`, 'allowed: fallback 0']);
    expect(leftOf('alice', 'carol')).toEqual([-500, 10]);
  });

  test('a denial begins no share, and puts none back', () => {
    let debts = 0;
    meanwhile = () => {
      debts += 1;
    };
    void take({ alice: 400, bob: 501 });
    lease('carol', 0);
    void take({ alice: 400, carol: 1 });
    expect(answers()).toEqual([
      'denied: fallback 500, fallback denied 500',
      'denied: fallback 500, denied-until denied 1000',
    ]);
    expect([debts, leftOf('alice', 'bob')]).toEqual([0, [0, 0]]);
  });

  test('a denial that another has noted meanwhile puts back what shares gave', () => {
    lease('alice', 10);
    meanwhile = () => {
      spend('alice', 10);
      lease('alice', 0);
    };
    void take({ alice: 3, bob: 4 });
    expect(answers()).toEqual(['denied: denied-until denied 1000, fallback 500']);
    expect(leftOf('bob')).toEqual([0]);
  });

  test('a lease that another spends before it is taken is not told to be there', () => {
    lease('alice', 10);
    meanwhile = () => spend('alice', 8);
    void take({ alice: 3, bob: 4 });
    // Her share is empty as long as her lease goes on.
    expect(answers()).toEqual(['denied: fallback denied 0, fallback 500']);
    expect(leftOf('bob')).toEqual([0]);
  });
});
