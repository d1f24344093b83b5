/** A share under limits that change: no more than each allows of the time and of what was spent. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from '../../../src/bucket/decide.ts';
import type { Limit } from '../../../src/bucket/limit.ts';
import { fullBucket, take } from '../../../src/bucket/token-bucket.ts';
import {
  decideByShare,
  follow,
  overdraw,
  type Share,
  takeOfShare,
} from '../../../src/lease/terms/share.ts';
import { keptBy } from '../../../src/lease/terms/shared-limit.ts';
import { limitOf, SECOND } from '../../table/tables.ts';

const HOUR = 3_600;
const THOUSAND = limitOf(1_000, HOUR);
const HOURLY = limitOf(1, HOUR);
const SLOW = limitOf(100_000, 30 * 86_400);
/** Counted in ticks of a millisecond. */
const DAILY = limitOf(999_979, 86_400);
const LIMITS = [THOUSAND, HOURLY, limitOf(10, 1), limitOf(7, 10), limitOf(3, 1), SLOW, DAILY];
const YEAR = 365 * 86_400;
/** Counted in ticks of a second. */
const COARSE = limitOf(300_007, YEAR);
const LARGE = limitOf(1e9, 366 * 86_400);

const question = fc.record({
  limit: fc.constantFrom(...LIMITS),
  part: fc.double({ min: 0, max: 1, noNaN: true }),
  waitUs: fc.oneof(
    fc.nat({ max: 2 * SECOND }),
    fc.nat({ max: 100 * SECOND }),
    fc.nat({ max: 2 * HOUR * SECOND }),
  ),
});
const history = fc.array(question, { minLength: 1, maxLength: 40 });

type Asked = {
  readonly limit: Limit;
  readonly cost: number;
  readonly nowUs: number;
};

/** Small costs more often than large ones. */
function asked(each: readonly { limit: Limit; part: number; waitUs: number }[]): Asked[] {
  let nowUs = SECOND;
  return each.map(({ limit, part, waitUs }) => {
    nowUs += waitUs;
    return { limit, cost: Math.floor(limit.capacity * part ** 3), nowUs };
  });
}

function begun(): Share {
  return { sinceUs: SECOND, bucket: fullBucket() };
}

function ask(share: Share, { limit, cost, nowUs }: Asked) {
  const allowed = takeOfShare(share, limit, cost, nowUs);
  return decideByShare(share, limit, { cost, nowUs }, { allowed, source: 'fallback' });
}

function copy(share: Share): Share {
  return { sinceUs: share.sinceUs, bucket: { ...share.bucket } };
}

/** Whether `tokens` in so much time are no more than the limit gives back. Exact. */
function isEarned({ count, period, tickUs }: Limit, tokens: number, us: number): boolean {
  return BigInt(tokens) * BigInt(period) * BigInt(tickUs) <= BigInt(us) * BigInt(count);
}

function fullUs({ capacity, count, period, tickUs }: Limit): number {
  return Number((BigInt(capacity) * BigInt(period) * BigInt(tickUs)) / BigInt(count));
}

describe('a share', () => {
  test('of one limit is a bucket that was empty when it began', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...LIMITS.filter((limit) => limit.tickUs === 1)),
        history,
        (limit, all) => {
          const share = begun();
          const { count, period, tickUs } = limit;
          const bucket = { used: limit.capacity * period, atUs: SECOND, count, period, tickUs };
          for (const one of asked(all.map((other) => ({ ...other, limit })))) {
            const allowed = take(bucket, limit, one.cost, one.nowUs);
            const answer = { allowed, degraded: true, source: 'fallback' } as const;
            expect(ask(share, one)).toEqual(decide(bucket, limit, one, answer));
          }
        },
      ),
    );
  });

  test('gives what a limit earned since it began less what was spent, until one is full', () => {
    fc.assert(
      fc.property(history, (all) => {
        const share = begun();
        let spent = 0;
        let firstUs = Number.POSITIVE_INFINITY;
        for (const one of asked(all)) {
          const { limit, cost, nowUs } = one;
          const us = nowUs - SECOND;
          if (us > firstUs) return;
          const { allowed } = ask(share, one);
          const isThere = spent + cost <= limit.capacity && isEarned(limit, spent + cost, us);
          expect(allowed).toBe(cost === 0 || isThere);
          if (!allowed || cost === 0) continue;
          spent += cost;
          firstUs = Math.min(firstUs, fullUs(limit));
        }
      }),
    );
  });

  test('never gives more than its limits, whatever they are', () => {
    fc.assert(
      fc.property(history, (all) => {
        const share = begun();
        const charged: Limit[] = [];
        let spent = 0;
        for (const one of asked(all)) {
          if (!ask(share, one).allowed || one.cost === 0) continue;
          charged.push(one.limit);
          spent += one.cost;
          const us = one.nowUs - SECOND;
          expect(charged.some((limit) => isEarned(limit, spent, us))).toBe(true);
        }
      }),
    );
  });

  test('is changed by no look and no denial', () => {
    fc.assert(
      fc.property(history, (all) => {
        const [share, other] = [begun(), begun()];
        for (const one of asked(all)) {
          const decision = ask(share, one);
          if (decision.allowed && one.cost > 0) expect(ask(other, one)).toEqual(decision);
          expect(ask(copy(other), { ...one, cost: 0 })).toEqual(
            ask(copy(share), { ...one, cost: 0 }),
          );
        }
      }),
    );
  });

  test('tells a wait after which it allows, and before which it does not', () => {
    fc.assert(
      fc.property(history, (all) => {
        const share = begun();
        for (const one of asked(all)) {
          const { allowed, remaining, retryAfterMs, resetAfterMs, nextTokenMs } = ask(share, one);
          const passes = (ms: number, cost: number) =>
            takeOfShare(copy(share), one.limit, cost, one.nowUs + ms * 1_000);
          const waits = [
            [allowed ? 0 : retryAfterMs, allowed ? 0 : one.cost],
            [resetAfterMs, one.limit.capacity],
            [nextTokenMs, Math.min(remaining + 1, one.limit.capacity)],
          ] as const;
          for (const [ms, cost] of waits) {
            expect(passes(ms, cost)).toBe(true);
            if (ms > 0) expect(passes(ms - 1, cost)).toBe(false);
          }
        }
      }),
    );
  });

  //  seconds since it began, under which limit, cost, allowed, what remains, wait in s
  test.each([
    [
      [600, THOUSAND, 100, true, 66, 0],
      // What was spent comes back from 3,600 s on, and until then it fills.
      [1_800, SLOW, 1, false, 0, 817.92],
      // All of it was back at 3,960 s: by so much later it has begun.
      [5_000, SLOW, 0, true, 179, 0],
    ],
    [
      [1_000, COARSE, 5, true, 4, 0],
      // Nothing has come back in less than a tick, nor has it filled meanwhile.
      [YEAR + 0.9, LARGE, 0, true, 997_267_754, 0],
      // Charged under another limit, the part of a tick has given back, and nothing has filled in
      // it.
      [YEAR + 0.9, LARGE, 1, true, 997_267_753, 0],
    ],
  ] as const)('fills, or what was spent comes back, and never both: case %#', (...rows) => {
    const share = begun();
    for (const [atS, limit, cost, allowed, remaining, waitS] of rows) {
      const nowUs = SECOND + atS * SECOND;
      expect(ask(share, { limit, cost, nowUs })).toMatchObject({
        ...{ allowed, remaining, retryAfterMs: Math.ceil(waitS * 1_000) },
      });
    }
  });

  //  first asked a minute after the store went, then at the same time, allowed, wait in s
  test.each([
    [HOURLY, THOUSAND, 17, false, 1.2],
    [THOUSAND, HOURLY, 1, false, HOUR - 60],
  ] as const)(
    'asked under one limit and then under another: case %#',
    (first, then, cost, is, waitS) => {
      const share = begun();
      const nowUs = 61 * SECOND;
      expect(ask(share, { limit: first, cost: first === THOUSAND ? 17 : 1, nowUs }).allowed).toBe(
        false,
      );
      const decision = ask(share, { limit: then, cost, nowUs });
      expect([decision.allowed, decision.retryAfterMs]).toEqual([is, Math.ceil(waitS * 1_000)]);
    },
  );
});

describe('under a limit that the service keeps', () => {
  const SLOWER = keptBy(limitOf(10, 100));
  const FASTER = keptBy(limitOf(10, 10));

  /** Ten tokens were spent when all of them were there. */
  function spentShare(): Share {
    const share = begun();
    expect(ask(share, { limit: SLOWER, cost: 10, nowUs: 101 * SECOND }).allowed).toBe(true);
    return share;
  }

  test('what was spent comes back by it at once, where it is faster', () => {
    const share = spentShare();
    expect(follow(share, FASTER, 111 * SECOND)).toBe(true);
    expect(follow(share, FASTER, 111 * SECOND)).toBe(false);
    expect(ask(share, { limit: FASTER, cost: 0, nowUs: 113 * SECOND }).remaining).toBe(3);
  });

  test('a slower one changes nothing, nor does one that whoever asks has chosen', () => {
    for (const limit of [keptBy(limitOf(10, 1_000)), limitOf(10, 10)]) {
      const share = spentShare();
      expect(follow(share, limit, 111 * SECOND)).toBe(false);
      expect(ask(share, { limit: SLOWER, cost: 0, nowUs: 121 * SECOND }).remaining).toBe(2);
    }
  });

  test('no more is ever spent than the fastest of them earned', () => {
    fc.assert(
      fc.property(history, (all) => {
        const share = begun();
        const met: Limit[] = [];
        let spent = 0;
        for (const one of asked(all)) {
          const limit = keptBy(one.limit);
          met.push(limit);
          follow(share, limit, one.nowUs);
          const before = share.bucket.used / share.bucket.period;
          if (!ask(share, { ...one, limit }).allowed) continue;
          spent += one.cost;
          expect(before).toBeLessThanOrEqual(spent);
          expect(met.some((other) => isEarned(other, spent, one.nowUs - SECOND))).toBe(true);
        }
      }),
    );
  });
});

test('what is taken in any case comes back before anything is held, and is at most so much', () => {
  const limit = limitOf(10, 10);
  const share = begun();
  const nowUs = 6 * SECOND;
  expect(ask(share, { limit, cost: 6, nowUs }).allowed).toBe(false);
  overdraw(share, limit, { cost: 7, most: 20 }, nowUs);
  expect(ask(share, { limit, cost: 1, nowUs })).toMatchObject({
    ...{ allowed: false, remaining: 0, retryAfterMs: 3_000, resetAfterMs: 12_000 },
  });
  overdraw(share, limit, { cost: 90, most: 20 }, nowUs);
  expect(share.bucket.used / share.bucket.period).toBe(20);
  overdraw(share, limit, { cost: 1, most: 15 }, nowUs);
  expect(ask(share, { limit, cost: 1, nowUs }).retryAfterMs).toBe(16_000);
});
