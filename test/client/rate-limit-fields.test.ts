/** The header fields, worked out from an answer, are those that the service gives with it. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decide } from '../../src/bucket/decide.ts';
import { checked } from '../../src/bucket/decision.ts';
import { limitOf } from '../../src/bucket/limit.ts';
import { fullBucket, take } from '../../src/bucket/token-bucket.ts';
import type { Decision, Limit } from '../../src/client/client.ts';
import { policyFieldOf, rateLimitFieldOf } from '../../src/client/rate-limit-fields.ts';
import { UNITS_US, type Unit } from '../../src/contract/units.ts';
import { answerTo } from '../../src/transport/http/asking/answer.ts';

interface Fields {
  readonly policy: string;
  readonly rateLimit: string;
}

interface Step {
  readonly afterUs: number;
  readonly cost: number;
}

/** What the service sends with the answer to the last of these, and what the client makes of it. */
function fieldsOf(asked: Limit, steps: readonly Step[]): { service: Fields; client: Fields } {
  const { capacity, interval, unit = 's' } = asked;
  const limit = limitOf({ capacity, count: capacity, periodUs: interval * UNITS_US[unit] });
  if (limit === null) throw new Error('no such limit');
  const bucket = fullBucket();
  let nowUs = 0;
  let fields: { service: Fields; client: Fields } | undefined;
  for (const { afterUs, cost } of steps) {
    nowUs += afterUs;
    const allowed = take(bucket, limit, cost, nowUs);
    const decision = decide(bucket, limit, { cost, nowUs }, { allowed, degraded: false });
    const question = { key: 'any', limit, cost };
    const form = { deniedStatus: 429, asText: false };
    const { policy, rateLimit, body } = answerTo(checked(decision), question, form);
    const read = JSON.parse(body) as Decision;
    fields = {
      service: { policy, rateLimit },
      client: { policy: policyFieldOf(asked), rateLimit: rateLimitFieldOf(asked, read) },
    };
  }
  return fields as { service: Fields; client: Fields };
}

const AT_ONCE = { afterUs: 0, cost: 1 };

//  capacity, interval, unit, steps, the fields
const cases = [
  [1_000, 1, 'm', [AT_ONCE], '"default";q=1000;w=60', '"default";r=999;t=1'],
  [2, 1, 'h', [AT_ONCE], '"default";q=2;w=3600', '"default";r=1;t=1800'],
  [2, 1, 'h', [AT_ONCE, AT_ONCE], '"default";q=2;w=3600', '"default";r=0;t=1800'],
  [7, 366, 'd', [AT_ONCE], '"default";q=7;w=31622400', '"default";r=6;t=4517486'],
  [5, 1, 'm', [{ afterUs: 0, cost: 0 }], '"default";q=5;w=60', '"default";r=5'],
  [1_000_000_000_000_000, 1, 's', [AT_ONCE], '', '"default";r=999999999999999;t=1'],
  [5, 1_500, 'ms', [AT_ONCE], '"default";q=5', '"default";r=4;t=1'],
  [5, 2_000, 'ms', [AT_ONCE], '"default";q=5;w=2', '"default";r=4;t=1'],
  [5, 3_000_000, 'us', [AT_ONCE], '"default";q=5;w=3', '"default";r=4;t=1'],
  [5, 29_000_000, 'us', [AT_ONCE], '"default";q=5;w=29', '"default";r=4;t=6'],
  [5, 3_000_001, 'us', [AT_ONCE], '"default";q=5', '"default";r=4;t=1'],
  [5, 7, undefined, [AT_ONCE], '"default";q=5;w=7', '"default";r=4;t=2'],
  [1e9, 366, 'd', [AT_ONCE], '"default";q=1000000000;w=31622400', '"default";r=999999999;t=1'],
  [1e9, 1, 's', [{ afterUs: 0, cost: 1e9 }], '"default";q=1000000000;w=1', '"default";r=0;t=1'],
] as const;
test.each(cases)('of %i in %i %s', (capacity, interval, unit, steps, policy, rateLimit) => {
  const { service, client } = fieldsOf({ capacity, interval, unit }, steps);
  expect(client).toEqual(service);
  expect(client.policy).toBe(policy);
  expect(client.rateLimit).toBe(rateLimit);
});

test('a shared bucket says what is left, and not when there is more', () => {
  const decision = { allowed: true, limit: 5, remaining: 2, retryAfterMs: 0, resetAfterMs: 9_000 };
  const limit = { capacity: 5, interval: 1, unit: 'm' } as const;
  expect(rateLimitFieldOf(limit, { ...decision, degraded: true })).toBe('"default";r=2');
});

test('there is more when a denied cost would pass, whatever limit the key refills by', () => {
  // Charged under 10 in 1,000 s, asked under 10 in 10 s.
  const numbers = { limit: 10, remaining: 0, resetAfterMs: 1_000_000 };
  const denied = { allowed: false, retryAfterMs: 100_000, ...numbers };
  expect(rateLimitFieldOf({ capacity: 10, interval: 10 }, denied)).toBe('"default";r=0;t=100');
});

test('there is never more after no time at all, however little it is', () => {
  const limit = { capacity: 999_999_999, interval: 366, unit: 'd' } as const;
  const tokensAfterTheNext = 999_746_919;
  const remaining = limit.capacity - tokensAfterTheNext - 1;
  const resetAfterMs = Math.ceil((tokensAfterTheNext * 366 * 86_400_000) / limit.capacity);
  const decision = { allowed: true, limit: limit.capacity, remaining, retryAfterMs: 0 };
  expect(rateLimitFieldOf(limit, { ...decision, resetAfterMs })).toBe('"default";r=253079;t=1');
});

/** The seconds of a RateLimit field; 0 where it has none. */
function secondsOf(field: string): number {
  return Number(/;t=(\d+)$/.exec(field)?.[1] ?? 0);
}

const histories = fc.record({
  capacity: fc.oneof(fc.integer({ min: 1, max: 1_000 }), fc.integer({ min: 1, max: 10_000_000 })),
  interval: fc.integer({ min: 1, max: 400 }),
  unit: fc.constantFrom<Unit>('us', 'ms', 's', 'm', 'h'),
  steps: fc.array(
    fc.record({
      afterUs: fc.integer({ min: 0, max: 10_000_000 }),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
    { minLength: 1, maxLength: 8 },
  ),
});

test('any history: never earlier than the service says, and at most the next second', () => {
  let different = 0;
  let all = 0;
  fc.assert(
    fc.property(histories, ({ steps, ...limit }) => {
      const questions = steps.map(({ afterUs, share }) => ({
        afterUs,
        cost: Math.floor(share * limit.capacity),
      }));
      const { service, client } = fieldsOf(limit, questions);
      expect(client.policy).toBe(service.policy);
      expect(client.rateLimit.replace(/;t=.*/, '')).toBe(service.rateLimit.replace(/;t=.*/, ''));
      const later = secondsOf(client.rateLimit) - secondsOf(service.rateLimit);
      expect([0, 1]).toContain(later);
      all++;
      different += later;
    }),
    { numRuns: 5_000, seed: 1 },
  );
  expect(different / all).toBeLessThan(0.01);
});
