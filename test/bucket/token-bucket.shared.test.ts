/** takeShared(): a bucket that keys with limits of their own draw on when no slot is left. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decide } from '../../src/bucket/decide.ts';
import type { Decision } from '../../src/bucket/decision.ts';
import type { Limit } from '../../src/bucket/limit.ts';
import { type Bucket, fullBucket, takeShared } from '../../src/bucket/token-bucket.ts';
import { type AskedLimit, ExactBucket } from './exact-bucket.ts';
import { acceptedLimit, EDGES, histories, type Step } from './histories.ts';
import { excessIn } from './windows.ts';

const MS = 1_000;
const SECOND = 1_000_000;

function ask(bucket: Bucket, limit: Limit, cost: number, nowUs: number): Decision {
  const allowed = takeShared(bucket, limit, cost, nowUs);
  return decide(bucket, limit, { cost, nowUs }, { allowed, degraded: true });
}

function limitOf(capacity: number, intervalUs: number): Limit {
  return acceptedLimit({ capacity, intervalUs });
}

const slow = limitOf(10, 10 * SECOND); // a token a second
const fast = limitOf(100, 10 * SECOND); // ten a second

describe('the shared bucket refills at the slowest rate that was taken under', () => {
  test.each<[string, readonly (readonly [Limit, number, number, boolean, number])[]]>([
    // limit, at us, cost, then allowed, remaining
    [
      'the fast limit gives the slow one nothing back',
      [
        [slow, 0, 10, true, 0],
        [fast, 0, 50, true, 40],
        [fast, SECOND, 0, true, 41],
        [slow, 50 * SECOND, 1, false, 0],
        [slow, 51 * SECOND, 1, true, 0],
      ],
    ],
    [
      'a slow limit that takes slows it down',
      [
        [fast, 0, 50, true, 50],
        [fast, SECOND, 1, true, 59],
        [slow, SECOND + 100 * MS, 0, true, 0],
        [slow, 4_200 * MS, 1, true, 0],
        [fast, 5_200 * MS, 0, true, 91],
      ],
    ],
    [
      'a denial does not',
      [
        [fast, 0, 50, true, 50],
        [slow, 0, 1, false, 0],
        [fast, SECOND, 0, true, 60],
      ],
    ],
    [
      'once it is full it has forgotten them',
      [
        [slow, 0, 1, true, 9],
        [fast, SECOND, 100, true, 0],
        [fast, 1_100 * MS, 1, true, 0],
      ],
    ],
  ])('%s', (_name, rows) => {
    const bucket = fullBucket();
    const answers = rows.map(([limit, atUs, cost]) => {
      const { allowed, remaining } = ask(bucket, limit, cost, atUs);
      return [limit, atUs, cost, allowed, remaining];
    });
    expect(answers).toEqual(rows);
  });
});

/** Stops at the first denial whose retry is not exact, if nobody else takes meanwhile. */
function expectExactRetries(history: readonly Step[]): void {
  const bucket = fullBucket();
  for (const { limit, cost, nowUs } of history) {
    const { allowed, retryAfterMs, remaining } = ask(bucket, limit, cost, nowUs);
    expect(Number.isSafeInteger(bucket.used) && bucket.used >= 0).toBe(true);
    expect(remaining >= 0 && remaining <= limit.capacity).toBe(true);
    if (allowed || !Number.isSafeInteger(nowUs + retryAfterMs * 1_000)) continue;
    expect(retryAfterMs).toBeGreaterThan(0);
    const retry = (ms: number) => takeShared({ ...bucket }, limit, cost, nowUs + ms * 1_000);
    expect([retry(retryAfterMs - 1), retry(retryAfterMs)]).toEqual([false, true]);
  }
}

describe('a denial says exactly when to come back', () => {
  test('for random histories', () => {
    fc.assert(fc.property(histories(25), expectExactRetries), { numRuns: 1_000 });
  });

  test('for every edge after every other', () => {
    for (const first of EDGES.map(acceptedLimit)) {
      for (const second of EDGES.map(acceptedLimit)) {
        const step = (limit: Limit, cost: number, nowUs: number): Step => {
          return { limit, asked: limit, cost: Math.max(1, Math.floor(cost)), nowUs };
        };
        expectExactRetries([
          step(first, first.capacity, 0),
          step(second, 1, 700),
          step(second, second.capacity / 2, 400_001),
          step(second, second.capacity, 1_000_002),
        ]);
      }
    }
  });
});

test('what one key alone takes from it is what it would take from its own', () => {
  const property = fc.property(histories(15), ([first, ...rest]) => {
    const { asked, limit } = first as Step;
    const bucket = fullBucket();
    const exact = new ExactBucket();
    for (const { cost, nowUs } of [first as Step, ...rest]) {
      const part = Math.min(cost, asked.capacity);
      const answer = exact.ask(asked, part, BigInt(nowUs));
      expect(takeShared(bucket, limit, part, nowUs)).toBe(answer.allowed);
    }
  });
  fc.assert(property, { numRuns: 300 });
});

test('no key that shares it is admitted more than its own limit allows', () => {
  const property = fc.property(histories(30), (history) => {
    const bucket = fullBucket();
    const keys = new Map<AskedLimit, { nowUs: number; asked: AskedLimit; admitted: number }[]>();
    for (const { asked, limit, cost, nowUs } of history) {
      const admitted = takeShared(bucket, limit, cost, nowUs) ? cost : 0;
      keys.set(asked, [...(keys.get(asked) ?? []), { nowUs, asked, admitted }]);
    }
    for (const own of keys.values()) expect(excessIn(own)).toBeNull();
  });
  fc.assert(property, { numRuns: 500 });
});
