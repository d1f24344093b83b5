/**
 * The oracle: a token bucket in exact rationals, as src/bucket/ promises to count.
 *
 * Shares no code with src/bucket, and works another way on purpose: it never brings a bucket up to
 * date, but holds all that is owed since the bucket was last full or changed its limit against all
 * that has come back since; and it knows no waits, only how to ask a copy at another time.
 */
import {
  atMost,
  ceil,
  type Fraction,
  floor,
  fraction,
  larger,
  minus,
  plus,
  ZERO,
} from './fraction.ts';

/** A limit as a client asks for it: `count` tokens come back in `intervalUs`. */
export interface AskedLimit {
  readonly capacity: number;
  /** If it is left out, the capacity: then an empty bucket refills in `intervalUs`. */
  readonly count?: number;
  readonly intervalUs: number;
}

export interface ExactAnswer {
  readonly allowed: boolean;
  readonly remaining: bigint;
  readonly full: boolean;
}

interface Rule {
  readonly capacity: bigint;
  readonly count: bigint;
  readonly intervalUs: bigint;
  readonly tickUs: bigint;
  /** A bucket counts in whole units: this many make a token. */
  readonly unitsAToken: bigint;
}

const LARGEST = 2n ** 53n - 1n;
const MOST_UNITS_A_TICK = 1_000_000_000n;

export class ExactBucket {
  /** Null while the bucket is full: then it goes by no limit. */
  #rule: Rule | null = null;
  /** Tokens: used at #fromUs, and all that were taken since. */
  #owed: Fraction = ZERO;
  /** When the bucket left full or last changed its limit: its ticks are counted from here. */
  #fromUs = 0n;

  ask(limit: AskedLimit, cost: number, nowUs: bigint): ExactAnswer {
    if (this.#isFull(nowUs)) this.#rule = null;
    const rule = ruleOf(limit);
    const tokens = fraction(BigInt(cost));
    const allowed =
      cost <= 0 || atMost(plus(this.#seenBy(rule, nowUs), tokens), fraction(rule.capacity));
    if (allowed && cost > 0) this.#goBy(rule, nowUs);
    if (allowed) this.#owed = plus(this.#owed, tokens);
    // Giving back more than is owed leaves nothing owed.
    if (cost < 0 && this.#isFull(nowUs)) this.#rule = null;
    const used = this.#seenBy(rule, nowUs);
    const remaining = floor(minus(fraction(rule.capacity), used));
    return { allowed, remaining: remaining < 0n ? 0n : remaining, full: used.top === 0n };
  }

  copy(): ExactBucket {
    const copy = new ExactBucket();
    copy.#rule = this.#rule;
    copy.#owed = this.#owed;
    copy.#fromUs = this.#fromUs;
    return copy;
  }

  /** What is charged is charged under this limit. */
  #goBy(rule: Rule, nowUs: bigint): void {
    if (this.#rule === null || !isSameRate(this.#rule, rule)) {
      const used = this.#seenBy(rule, nowUs);
      this.#owed = fraction(
        ceil(fraction(used.top * rule.unitsAToken, used.bottom)),
        rule.unitsAToken,
      );
      this.#fromUs = nowUs;
    }
    this.#rule = rule;
  }

  /** Tokens in use as a question under this limit finds them. */
  #seenBy(rule: Rule, nowUs: bigint): Fraction {
    if (this.#rule === null) return ZERO;
    const elapsedUs = nowUs - this.#fromUs;
    // Under another limit to the microsecond: the part of a tick counts too.
    const tickUs = isSameRate(this.#rule, rule) ? this.#rule.tickUs : 1n;
    const inTicks = elapsedUs - (elapsedUs % tickUs);
    return larger(ZERO, minus(this.#owed, cameBack(this.#rule, inTicks)));
  }

  /** To the microsecond, as if it were refilled all the time. */
  #isFull(nowUs: bigint): boolean {
    if (this.#rule === null) return true;
    return atMost(this.#owed, cameBack(this.#rule, nowUs - this.#fromUs));
  }
}

/** Null where the design refuses the limit. */
export function exactTickUs(limit: AskedLimit): bigint | null {
  const intervalUs = BigInt(limit.intervalUs);
  for (const tickUs of [1n, 1_000n, 1_000_000n]) {
    if (intervalUs % tickUs !== 0n) return null;
    const aToken = unitsAToken(limit, tickUs);
    if (BigInt(limit.capacity) * aToken > LARGEST) continue;
    const aTick = (countOf(limit) * aToken * tickUs) / intervalUs;
    return aTick <= MOST_UNITS_A_TICK ? tickUs : null;
  }
  return null;
}

function ruleOf(limit: AskedLimit): Rule {
  const tickUs = exactTickUs(limit);
  if (tickUs === null) throw new Error('the oracle was asked a limit that is refused');
  return {
    capacity: BigInt(limit.capacity),
    count: countOf(limit),
    intervalUs: BigInt(limit.intervalUs),
    tickUs,
    unitsAToken: unitsAToken(limit, tickUs),
  };
}

export function countOf({ capacity, count = capacity }: AskedLimit): bigint {
  return BigInt(count);
}

/** As few as make whole numbers of what a token is and of what each tick gives back. */
function unitsAToken(limit: AskedLimit, tickUs: bigint): bigint {
  const count = countOf(limit);
  return leastCommonMultiple(count, BigInt(limit.intervalUs) / tickUs) / count;
}

function cameBack(rule: Rule, elapsedUs: bigint): Fraction {
  return fraction(rule.count * elapsedUs, rule.intervalUs);
}

function isSameRate(one: Rule, other: Rule): boolean {
  return (
    one.tickUs === other.tickUs && one.count * other.intervalUs === other.count * one.intervalUs
  );
}

function leastCommonMultiple(one: bigint, other: bigint): bigint {
  let [a, b] = [one, other];
  while (b !== 0n) [a, b] = [b, a % b];
  return (one / a) * other;
}
