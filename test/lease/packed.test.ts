/** What deciders and the exchanger say arrives as it was said, packed as rows of numbers. */
import { expect, test } from 'vitest';
import type { Decision } from '../../src/bucket/decision.ts';
import { type Limit, limitOf } from '../../src/bucket/limit.ts';
import { SOURCES } from '../../src/contract/sources.ts';
import type { FromExchanger, ToExchanger } from '../../src/lease/ask-messages.ts';
import { packAnswers, packAsks, unpackAnswers, unpackAsks } from '../../src/lease/packed.ts';
import { keptBy, type SharedLimit } from '../../src/lease/terms/shared-limit.ts';
import { windowAt } from '../support/calendars.ts';

const TOP = Number.MAX_SAFE_INTEGER;
const MINUTE = limitOf({ capacity: 10, count: 10, periodUs: 60_000_000 }) as Limit;

/** As it comes out at the other end of a port. */
function asked(messages: readonly ToExchanger[]): readonly ToExchanger[] {
  return unpackAsks(structuredClone(packAsks(messages)));
}

function answered(messages: readonly FromExchanger[]): readonly FromExchanger[] {
  return unpackAnswers(structuredClone(packAnswers(messages)));
}

test('what a decider says arrives as it was said, whatever its kind', () => {
  const ask = { kind: 'ask', id: 7, key: 'ключ', limit: MINUTE, cost: 3, askedUs: TOP } as const;
  const messages: ToExchanger[] = [
    { ...ask, strict: true, holds: false, overdraft: false },
    { ...ask, strict: false, holds: true, overdraft: false, cost: -TOP },
    { ...ask, strict: true, holds: true, overdraft: true, askedUs: 0 },
    { kind: 'due', key: '', limit: MINUTE },
    { kind: 'refund', key: 'a', cost: TOP, seq: 12 },
    { kind: 'owed', key: 'b', limit: MINUTE },
    { kind: 'reset', id: TOP, key: 'c' },
    { ...ask, strict: false, holds: false, overdraft: true },
    { kind: 'owed', key: 'd', limit: { ...MINUTE, isKept: true } },
    { ...ask, strict: false, holds: false, overdraft: false, limit: { ...MINUTE, isKept: true } },
    { kind: 'due', key: 'e', limit: MINUTE },
  ];
  expect(asked(messages)).toEqual(messages);
});

test('limits arrive with the window that was open, which those of one window share', () => {
  const [first, second] = [0, 60e6].map((us) => keptBy(MINUTE, windowAt(60_000_000, us)));
  const limits = [first, first, second, keptBy(MINUTE), first] as SharedLimit[];
  const messages = limits.map((limit) => ({ kind: 'due', key: 'a', limit }) as const);
  const arrived = asked(messages) as typeof messages;
  expect(arrived).toEqual(messages);
  expect(arrived[1]?.limit).toBe(arrived[0]?.limit);
  expect(arrived[4]?.limit.window).toBe(arrived[0]?.limit.window);
});

test.each(Object.keys(MINUTE) as (keyof Limit)[])('limits with another %s differ', (member) => {
  const limits = [MINUTE, { ...MINUTE, [member]: 0.5 }, MINUTE, MINUTE];
  const messages = limits.map((limit) => ({ kind: 'due', key: 'a', limit }) as const);
  const arrived = asked(messages) as typeof messages;
  expect(arrived).toEqual(messages);
  expect(arrived[3]?.limit).toBe(arrived[2]?.limit);
});

test.each([...SOURCES, undefined])('a decision of %s arrives as it was made', (source) => {
  const numbers = { limit: 5, remaining: 4, retryAfterMs: TOP, resetAfterMs: 2, nextTokenMs: 1 };
  const decisions: Decision[] = [true, false].flatMap((allowed) =>
    [true, false].map((degraded) => ({ allowed, ...numbers, degraded, source })),
  );
  const messages = decisions.map(
    (decision, id) => ({ kind: 'decided', id, decision, seq: 9 }) as const,
  );
  expect(answered(messages)).toEqual(messages);
});

test('why there is no decision arrives, and what became of a reset', () => {
  const messages: FromExchanger[] = [
    ...(['fallback', 'late', 'overloaded'] as const).map(
      (why, id) => ({ kind: 'decided', id, decision: { why, sinceUs: TOP - id }, seq: 0 }) as const,
    ),
    ...[true, false, null].map((existed, id) => ({ kind: 'reset', id, existed }) as const),
  ];
  expect(answered(messages)).toEqual(messages);
});
