/** Which decisions have a span, and what it says. */
import { beforeEach, expect, test } from 'vitest';
import type { Question } from '../../src/limiter/limiter.ts';
import { Caller, type TraceContext } from '../../src/tracing/caller.ts';
import type { AskedSpan, DecidedSpan, DecisionSpans } from '../../src/tracing/decision-spans.ts';
import { TracedLimiter } from '../../src/tracing/traced-limiter.ts';
import { LateLimiter, localLimiter } from '../limiter/limiters.ts';
import { limitOf } from '../table/tables.ts';

const NOW_US = 1_000_000;
const PARENT = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' };

class NotedSpans implements DecisionSpans {
  readonly caller = new Caller();
  readonly begun: (AskedSpan & { readonly context: TraceContext | null })[] = [];
  readonly ended: DecidedSpan[] = [];

  begin(asked: AskedSpan): (decided: DecidedSpan) => void {
    this.begun.push({ ...asked, context: this.caller.context });
    return ({ allowed, degraded, source }) => this.ended.push({ allowed, degraded, source });
  }

  async close(): Promise<void> {}
}

let spans: NotedSpans;
beforeEach(() => {
  spans = new NotedSpans();
});

const of = (key: string, cost: number): Question => ({ key, cost, limit: limitOf(2, 86_400) });

test('what is decided at once has no span', async () => {
  const limiter = new TracedLimiter(localLimiter(), spans);
  expect(limiter.take(of('a', 1), NOW_US)).toMatchObject({ allowed: true });
  expect(limiter.takeAll([of('b', 1)], NOW_US)).toMatchObject({ allowed: true });
  expect(limiter.reset('a', NOW_US)).toBe(true);
  expect([spans.begun, spans.ended]).toEqual([[], []]);
});

test('what needs the store has one, from the question to the decision', async () => {
  const limiter = new TracedLimiter(new LateLimiter(localLimiter()), spans);
  const context = { ...PARENT, tracestate: undefined };
  const coming = spans.caller.during(context, () => limiter.take(of('b', 2), NOW_US));
  const strict = limiter.take({ ...of('b', 1), strict: true }, NOW_US);
  expect(spans.ended).toEqual([]);
  expect(await coming).toMatchObject({ allowed: true });
  expect(await strict).toMatchObject({ allowed: false });
  expect(spans.begun).toEqual([
    { questions: 1, cost: 2, isStrict: false, context },
    // Whose question it was is not taken for whose the next one is.
    { questions: 1, cost: 1, isStrict: true, context: null },
  ]);
  expect(spans.ended).toEqual([
    { allowed: true, degraded: false, source: undefined },
    { allowed: false, degraded: false, source: undefined },
  ]);
});

test('what is taken all or none has one span', async () => {
  const limiter = new TracedLimiter(new LateLimiter(localLimiter()), spans);
  const decisions = await limiter.takeAll([of('a', 2), of('b', 1)], NOW_US);
  expect(decisions).toMatchObject({ allowed: true, each: [{ remaining: 0 }, { remaining: 1 }] });
  expect(spans.begun).toEqual([{ questions: 2, cost: 3, isStrict: false, context: null }]);
  expect(spans.ended).toEqual([{ allowed: true, degraded: false, source: undefined }]);
});
