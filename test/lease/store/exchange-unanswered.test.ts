/**
 * What an exchange did that was never answered is undone by the next, whatever it was: at the same
 * moment the bucket is as if only the next had been. Nothing here is reckoned as the model does it:
 * two stores are asked, of which only one had the exchange that was lost.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Limit } from '../../../src/bucket/limit.ts';
import { type Exchange, isReply, type Reply } from '../../../src/lease/terms/exchange.ts';
import { ExchangeModel } from '../model/exchange-model.ts';
import { limitBy, SECOND, START_US } from './exchange-scene.ts';

/** The last ticks in seconds, each of which gives back three tokens and a bit. */
const LIMITS: readonly Limit[] = [
  limitBy(10, 1, 1),
  limitBy(40, 3, 7),
  limitBy(3, 1, 60),
  limitBy(100_000_007, 100_000_007, 31_000_000),
];
const [FIRST = limitBy(10, 1, 1)] = LIMITS;

interface Said {
  readonly limit: number;
  readonly costs: readonly number[];
  readonly owed: number;
  readonly want: number;
  readonly holds: number;
}

interface Before extends Said {
  readonly instance: number;
  readonly afterUs: number;
}

const said = {
  costs: fc.array(fc.oneof(fc.integer({ min: -50, max: 10 }), fc.constant(-1_000_000)), {
    maxLength: 4,
  }),
  owed: fc.oneof(fc.constant(0), fc.nat(30)),
  want: fc.oneof(fc.constant(0), fc.nat(8)),
  holds: fc.nat(2),
  limit: fc.nat(LIMITS.length - 1),
};
const befores: fc.Arbitrary<readonly Before[]> = fc.array(
  fc.record({ ...said, instance: fc.nat(2), afterUs: fc.nat(4 * SECOND) }),
  { maxLength: 6 },
);

function exchangeOf(seq: number, unanswered: number, more: Partial<Exchange>): Exchange {
  const lease = { keep: 0, back: 0, owed: 0, vain: 0, holds: 0, want: 0, least: 1 };
  const asked = { key: 'k', limit: FIRST, fill: false, costs: [], ttlUs: 60 * SECOND };
  return { seq, unanswered, ...lease, ...asked, ...more };
}

function saying({ limit, costs, owed, want, holds }: Said): Partial<Exchange> {
  const asked = LIMITS[limit] ?? FIRST;
  const within = costs.map((cost) => Math.min(cost, asked.capacity));
  return { limit: asked, costs: within, owed, want, holds: Math.min(holds, costs.length) };
}

/** Tokens in use to the microsecond, in parts too. */
function tokensOf({ used, sinceUs, count, period, tickUs }: Reply): number {
  return (used - (sinceUs * count) / tickUs) / period;
}

function reply(model: ExchangeModel, exchange: Exchange, instance: string, nowUs: number): Reply {
  const outcome = model.exchange(exchange, instance, nowUs);
  if (!isReply(outcome)) throw new Error(`the exchange is ${String(outcome)}`);
  return outcome;
}

describe('an exchange without an answer leaves nothing behind', () => {
  test('at the same moment, for the same store without it', () => {
    const property = fc.property(befores, fc.record(said), (history, lost) => {
      const [had, never] = [new ExchangeModel(), new ExchangeModel()];
      let nowUs = START_US;
      let seq = 0;
      for (const before of history) {
        nowUs += before.afterUs;
        const exchange = exchangeOf(++seq, seq, saying(before));
        for (const model of [had, never]) {
          model.exchange(exchange, `i${before.instance}`, nowUs);
        }
      }
      // Its own lease is told as before: all that it keeps it had.
      const own = reply(had, exchangeOf(++seq, seq, {}), 'x', nowUs);
      reply(never, exchangeOf(seq, seq, {}), 'x', nowUs);
      expect(own.held).toBe(0);
      reply(had, exchangeOf(++seq, seq, saying(lost)), 'x', nowUs);
      const next = exchangeOf(++seq, seq - 1, {});
      const undone = reply(had, next, 'x', nowUs);
      const clean = reply(never, { ...next, unanswered: seq }, 'x', nowUs);
      expect([undone.held, undone.others]).toEqual([clean.held, clean.others]);
      // Where it changed the limit, what it gave back is charged again in whole tokens.
      const over = tokensOf(undone) - tokensOf(clean);
      const isChanged = undone.period !== clean.period;
      // And within a tick in whole units.
      const isToTheUnit = undone.tickUs === 1 && !isChanged;
      expect(over).toBeGreaterThanOrEqual(isToTheUnit ? 0 : -1e-9);
      expect(over).toBeLessThanOrEqual(isChanged ? 1 : isToTheUnit ? 0 : 1 / undone.period + 1e-9);
    });
    fc.assert(property, { numRuns: 2_000 });
  });
});
