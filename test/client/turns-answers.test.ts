/** What whoever waits makes of each answer: yes, not yet, never, and none. */
import { describe, expect, test } from 'vitest';
import { type AnyDecision, UnavailableError } from '../../src/client/client.ts';
import { Turns } from '../../src/client/turns.ts';
import { FakeTime } from '../support/fake-time.ts';

/** Answers in turn with each of these, errors too. */
function answering(answers: readonly (Partial<AnyDecision> | Error)[]) {
  const time = new FakeTime();
  const left = [...answers];
  const ask = async () => {
    const answer = left.shift();
    if (answer === undefined || answer instanceof Error) throw answer;
    return { ...DENIED, ...answer } as AnyDecision;
  };
  return { time, turns: new Turns({ ask, clock: time.clock, timers: time }), left };
}

const DENIED = { allowed: false, limit: 1, remaining: 0, retryAfterMs: 5, resetAfterMs: 5 };
const ALLOWED = { ...DENIED, allowed: true, retryAfterMs: 0 };

describe('an answer', () => {
  const question = { policy: 'p', key: 'k' } as const;

  test('that no wait helps ends the wait at once, and the next is asked for', async () => {
    const { turns, time } = answering([{ retryAfterMs: null }, ALLOWED]);
    const both = Promise.allSettled([turns.acquire(question), turns.acquire(question)]);
    await time.pass(0);
    expect(await both).toMatchObject([
      { reason: { name: 'NotAcquiredError', reason: 'never', decision: { retryAfterMs: null } } },
      { value: { allowed: true } },
    ]);
    expect(time.planned).toBe(0);
  });

  test('that did not come is not asked for again: it may have been charged', async () => {
    const error = new UnavailableError('timeout', 'x');
    const standIn = { degraded: true, error } as const;
    const { turns, time, left } = answering([
      { ...DENIED, ...standIn },
      error,
      { ...ALLOWED, ...standIn },
    ]);
    const calls = [1, 2, 3].map(() => turns.acquire(question));
    const settled = Promise.allSettled(calls);
    await time.pass(0);
    expect(await settled).toEqual([
      { status: 'rejected', reason: error },
      { status: 'rejected', reason: error },
      { status: 'fulfilled', value: { ...ALLOWED, ...standIn } },
    ]);
    expect([left, time.planned]).toEqual([[], 0]);
  });

  test('may tell a wait that Node itself would cut to a millisecond', async () => {
    const days = 30 * 86_400_000;
    const { turns, time, left } = answering([{ retryAfterMs: days }, ALLOWED]);
    const call = turns.acquire(question);
    await time.pass(days - 1);
    expect(left).toHaveLength(1);
    await time.pass(1);
    expect(await call).toMatchObject({ allowed: true });
  });
});
