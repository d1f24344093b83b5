/** From one reply of the store to what each is told, and to the note that answers the next. */
import { describe, expect, test } from 'vitest';
import type { Limit } from '../../../src/bucket/limit.ts';
import { type Ask, KeyState, type Sent } from '../../../src/lease/fetcher/key-state.ts';
import {
  decisionsOf,
  heldIn,
  isRegression,
  settlementOf,
} from '../../../src/lease/fetcher/store-decisions.ts';
import type { Reply } from '../../../src/lease/terms/exchange.ts';
import { limitOf } from '../../table/tables.ts';

/** A token a millisecond, or one an hour. */
const FAST = limitOf(1_000, 1);
const SLOW = limitOf(24, 86_400);
const NOW_US = 5_000_000;
const NOW = { instances: 1, nowUs: NOW_US };

interface Scene {
  readonly limit?: Limit;
  /** That the bucket goes by. */
  readonly goesBy?: Limit;
  readonly costs: readonly number[];
  readonly strict?: readonly boolean[];
  /** Tokens that are used after all of them. */
  readonly used: number;
  readonly allowed: readonly boolean[];
  readonly held?: number;
  readonly others?: number;
  /** Tokens that were wanted as a lease, and granted; and how many instances are about it. */
  readonly want?: number;
  readonly grant?: number;
  readonly active?: number;
}

function played(scene: Scene): { readonly sent: Sent; readonly reply: Reply } {
  const { limit = FAST, costs, strict = [], used, allowed, held = 0, others = 0 } = scene;
  const { want = 0, grant = 0, active = 1 } = scene;
  const { count, period, tickUs } = scene.goesBy ?? limit;
  const answer = () => undefined;
  const asks: Ask[] = costs.map((cost, i) => {
    const asked = {
      key: 'alice',
      limit,
      cost,
      strict: strict[i] ?? false,
      holds: false,
      overdraft: false,
    };
    return { ...asked, askedUs: 0, answer, isOver: false };
  });
  const lease = {
    seq: 1,
    unanswered: 1,
    keep: 0,
    back: 0,
    owed: 0,
    vain: 0,
    want,
    least: 0,
    ttlUs: 1,
  };
  const exchange = { key: 'alice', limit, ...lease, fill: false, costs, holds: 0 };
  const state = new KeyState('alice', limit);
  const bucket = { used: used * period, sinceUs: 0, count, period, tickUs };
  const known = { active, version: 1, isKnown: true, existed: true };
  return {
    sent: { state, exchange, asks, resets: [], sentUs: NOW_US, isCounted: true, isAgain: false },
    reply: { ...bucket, held, grant, others, ...known, allowed },
  };
}

const decide = (scene: Scene) => {
  const { sent, reply } = played(scene);
  return decisionsOf(sent, reply, NOW);
};

function settle(scene: Scene, instances = 1) {
  const { sent, reply } = played(scene);
  const now = { instances, nowUs: NOW_US };
  return settlementOf(sent, reply, decisionsOf(sent, reply, now), now);
}

/** The least cost that is denied, and for how many milliseconds. */
function note(scene: Scene, instances = 1): readonly [number, number] {
  const { deniedCost, deniedUntilUs } = settle(scene, instances);
  return [deniedCost, deniedUntilUs === 0 ? 0 : (deniedUntilUs - NOW_US) / 1_000];
}

describe('decisions', () => {
  test('say how it stood after each, one after the other', () => {
    const told = decide({
      costs: [100, 500, 400, 0, -50],
      used: 950,
      allowed: [true, true, true, true, true],
    });
    expect(told.map(({ remaining }) => remaining)).toEqual([900, 400, 0, 0, 50]);
  });

  test('of a denial say what was left, and when its cost would pass', () => {
    const told = decide({ costs: [100, 950, 0], used: 100, allowed: [true, false, true] });
    expect(told[1]).toMatchObject({
      allowed: false,
      remaining: 900,
      retryAfterMs: 50,
      degraded: false,
      source: 'store',
    });
    expect(told.map(({ remaining }) => remaining)).toEqual([900, 900, 900]);
  });

  test('count what others hold as taken, and for who is denied what is held here too', () => {
    const told = decide({
      costs: [100, 900],
      used: 100,
      allowed: [true, false],
      others: 300,
      held: 200,
    });
    expect(told.map(({ remaining }) => remaining)).toEqual([600, 400]);
    expect(told[1]?.retryAfterMs).toBe(500);
  });

  test('of a cost that is denied do not wait for more than a full bucket gave back', () => {
    const told = decide({ costs: [300, -5_000, 100], used: 100, allowed: [false, true, true] });
    expect(told.map(({ remaining }) => remaining)).toEqual([0, 1_000, 900]);
    expect(told[0]?.retryAfterMs).toBe(300);
    // The store may have been told of more than the capacity.
    const [owing] = decide({ costs: [300, -100], used: 1_900, allowed: [false, true] });
    expect(owing?.retryAfterMs).toBe(1_200);
  });

  test('never send anybody back at once', () => {
    const [strict] = decide({ costs: [1], strict: [true], used: 0, allowed: [false] });
    expect(strict?.retryAfterMs).toBe(1);
    // Two leases of eight tokens each, at one a millisecond.
    const [told] = decide({ costs: [1], used: 0, allowed: [false] });
    expect(told?.retryAfterMs).toBe(16);
    const [small] = decide({ limit: SLOW, costs: [1], used: 0, allowed: [false] });
    expect(small?.retryAfterMs).toBe(1);
  });

  test('of numbers near 2^53 stay whole', () => {
    const { sent, reply } = played({ costs: [1], used: 0, allowed: [false], others: 1_000 });
    const huge = { ...reply, used: Number.MAX_SAFE_INTEGER };
    const decisions = decisionsOf(sent, huge, NOW);
    expect(decisions[0]?.remaining).toBe(0);
    const { bucket } = settlementOf(sent, huge, decisions, { instances: 1, nowUs: NOW_US });
    expect(bucket.used).toBe(Number.MAX_SAFE_INTEGER);
  });
});

//  whether each of three was allowed, of which two were to be held; the tokens that are
test.each([
  [[true, false, true], 1],
  [[false, true, true], 2],
  [[true, true, false], 3],
  [[false, false, true], 0],
])('of %j, two of them to be held: %d tokens are held', (allowed, tokens) => {
  const { sent, reply } = played({ costs: [1, 2, 3], used: 0, allowed });
  const held = { ...sent, exchange: { ...sent.exchange, holds: 2 } };
  expect(heldIn(held, decisionsOf(held, reply, NOW), NOW_US)).toMatchObject({ tokens });
});

//  microseconds that the exchange took, and that what it brought is held
test.each([
  [400, 2_000],
  [1_000, 2_000],
  [7_000, 14_000],
])('held for the oldest, for as long as two such exchanges take: %d, %d', (tookUs, heldUs) => {
  const { sent, reply } = played({ costs: [1, 2, 3], used: 0, allowed: [true, true, false] });
  const asks = sent.asks.map((ask, i) => ({ ...ask, askedUs: [30, 20, 10][i] as number }));
  const exchange = { ...sent.exchange, holds: 3 };
  const held = { ...sent, asks, exchange, sentUs: NOW_US - tookUs };
  expect(heldIn(held, decisionsOf(held, reply, NOW), NOW_US)).toEqual({
    tokens: 3,
    limit: FAST,
    askedUs: 20,
    untilUs: NOW_US + heldUs,
  });
});

describe('a settlement', () => {
  test('has the lease, from the sending on, and the bucket without what others hold', () => {
    const { sent, reply } = played({ costs: [], used: 100, allowed: [], others: 50, held: 30 });
    const late = {
      ...sent,
      sentUs: NOW_US - 7_000,
      exchange: { ...sent.exchange, ttlUs: 500_000 },
    };
    const told = { ...reply, grant: 20, sinceUs: 3 };
    const { bucket, ...rest } = settlementOf(late, told, [], { instances: 1, nowUs: NOW_US });
    expect(bucket).toMatchObject({ used: 150 * FAST.period, atUs: NOW_US - 3 });
    expect(rest).toMatchObject({ keep: 0, kept: 10, grant: 20, deniedCost: 0 });
    expect(rest.deadlineUs).toBe(NOW_US - 7_000 + 499_500);
  });

  //  version before, and now, whether it was there, tokens kept, for how long, whether forgotten
  test.each([
    [0, 1, false, 0, 1, false],
    [5, 6, true, 9, 1, false],
    [5, 5, true, 0, 1, true],
    [5, 2, true, 0, 1, true],
    [5, 900, false, 0, 1, false],
    [5, 900, false, 9, 1, true],
    [5, 900, false, 9, 0, false],
  ])(
    'shows what was forgotten: version %d, then %d',
    (before, version, existed, keep, leftUs, expected) => {
      const { sent, reply } = played({ costs: [], used: 0, allowed: [] });
      sent.state.version = before;
      sent.state.leasedUntilUs = NOW_US + leftUs;
      const after = { ...sent, exchange: { ...sent.exchange, keep } };
      expect(isRegression(after, { ...reply, version, existed }, NOW_US)).toBe(expected);
    },
  );
});

describe('a note', () => {
  //  what was asked, the least cost it denies, for how many milliseconds
  test.each([
    ['nothing denied', { costs: [1, 2], used: 3, allowed: [true, true] }, 0, 0],
    ['one that would pass soon', { costs: [1], used: 1_000, allowed: [false] }, 1, 16],
    ['one that would pass later', { costs: [30], used: 1_000, allowed: [false] }, 30, 30],
    ['one that would pass much later', { costs: [500], used: 1_000, allowed: [false] }, 500, 100],
    [
      'the least of several',
      { costs: [70, 30, 50], used: 1_000, allowed: [false, false, false] },
      30,
      30,
    ],
    ['beside one that passed', { costs: [1, 70], used: 1_000, allowed: [true, false] }, 70, 70],
    ['a strict one', { costs: [30], strict: [true], used: 1_000, allowed: [false] }, 0, 0],
    [
      'a strict one and another',
      { costs: [30, 70], strict: [true, false], used: 1_000, allowed: [false, false] },
      70,
      70,
    ],
    ['one that passes now', { costs: [30, -500], used: 500, allowed: [false, true] }, 0, 0],
    ['one that passes sooner', { costs: [70, -30], used: 960, allowed: [false, true] }, 70, 30],
    [
      'one that passes now and a dearer one',
      { costs: [30, 70, -50], used: 950, allowed: [false, false, true] },
      70,
      20,
    ],
    [
      'one that would pass later, after another',
      { costs: [30, 10], used: 1_000, allowed: [false, true] },
      30,
      20,
    ],
  ] as const)('of %s', (_, scene, cost, ms) => {
    expect(note(scene)).toEqual([cost, ms]);
  });

  //  used, wanted, granted, the least cost that will be denied, for how many milliseconds
  test.each([
    [1_000, 10, 0, 1, 32],
    [1_000, 10, 9, 1, 32],
    [1_000, 10, 10, 0, 0],
    [1_000, 0, 0, 0, 0],
    [999, 10, 0, 0, 0],
  ])('of %d used, %d wanted and %d granted', (used, want, grant, cost, ms) => {
    expect(note({ costs: [], allowed: [], used, want, grant, active: 2 })).toEqual([cost, ms]);
    // Alone there is nobody who could have taken what comes back.
    expect(note({ costs: [], allowed: [], used, want, grant, active: 1 })).toEqual([0, 0]);
  });

  test('lasts until there is something for each, and 10 ms at least', () => {
    const denied = { costs: [1], allowed: [false] };
    expect(note({ ...denied, used: 1_000, active: 4 })).toEqual([1, 64]);
    expect(note({ ...denied, used: 1_000_000, limit: limitOf(1_000_000, 1) })).toEqual([1, 10]);
  });

  test('of a small bucket holds no longer than the wait, and at most 100 ms', () => {
    const small = limitOf(4, 0.004);
    expect(note({ limit: small, costs: [3], used: 4, allowed: [false] })).toEqual([3, 3]);
    expect(note({ limit: SLOW, costs: [1], used: 24, allowed: [false] })).toEqual([1, 100]);
    // For so many instances the other is small too.
    expect(note({ costs: [3], used: 1_000, allowed: [false] }, 1_000)).toEqual([3, 3]);
  });

  //  asked, allowed, used, wanted, instances, the least cost that is denied, and for how long, ms
  test.each([
    [[1], [false], 501, 0, 1, 1, 2],
    [[1], [false], 900, 0, 1, 1, 100],
    [[], [], 501, 10, 2, 1, 2],
    [[], [], 540, 10, 2, 1, 41],
    [[], [], 499, 10, 2, 0, 0],
  ] as const)(
    'under a lowered limit holds as long as the bucket needs: %j, %j of %d',
    (costs, allowed, used, want, active, cost, ms) => {
      const lowered = { limit: limitOf(500, 1), goesBy: FAST };
      expect(note({ ...lowered, costs, allowed, used, want, active })).toEqual([cost, ms]);
    },
  );
});
