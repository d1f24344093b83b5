/**
 * The judge of what an instance admits by itself while it takes the store to be away: at most its
 * share of the limit, beginning with nothing when its last lease ends, C/N and r/N with N as the
 * instance last counted.
 */
import type { Limit } from '../../src/bucket/limit.ts';
import { Allowance, EPSILON } from './allowance.ts';

export interface ShareSpending {
  readonly limits: readonly Limit[];
  readonly tokens: number;
  readonly instances: number;
  /** By the instance's own clock. */
  readonly nowUs: number;
}

export class ShareJudge {
  #outage = 0;
  #sinceUs = 0;
  #instances = 0;
  #spent: { readonly tokens: number; readonly atUs: number }[] = [];
  #allowance = new Allowance(0, 0, 0, 0);
  /** Spent, not told the store of, and not refilled since. */
  #due = 0;
  #dueAtUs = 0;
  #perUs = 0;

  /**
   * In the n-th outage, or since the last answer after it, it fills from then on; with a later time
   * it has begun again.
   */
  begin(outage: number, sinceUs: number): void {
    if (outage !== this.#outage || sinceUs > this.#sinceUs) this.#spent = [];
    this.#outage = outage;
    this.#sinceUs = sinceUs;
    this.#instances = 0;
  }

  /** What was spent of it beyond what there was. */
  excess(spending: ShareSpending): number {
    const { tokens, instances, nowUs } = spending;
    const before = this.#perUs;
    if (this.#instances === 0 || instances < this.#instances) this.#divide(spending);
    this.#spent.push({ tokens, atUs: nowUs });
    // What an earlier outage left came back at the pace of then, in which fewer may have shared it.
    const due = this.#settleAt(nowUs, Math.max(before, this.#perUs));
    this.#due = Math.max(0, due + tokens);
    const left = this.#allowance.take(tokens, nowUs);
    return left < -EPSILON ? -left : 0;
  }

  /** What the store has to be told of now, at least; from then on it is told. */
  settle(nowUs: number): number {
    return this.#settleAt(nowUs, this.#perUs);
  }

  #settleAt(nowUs: number, perUs: number): number {
    const due = Math.max(0, this.#due - (nowUs - this.#dueAtUs) * perUs);
    this.#due = 0;
    this.#dueAtUs = nowUs;
    return due;
  }

  /** Counted anew in the middle of it: where there are fewer each has more. */
  #divide({ limits, instances }: ShareSpending): void {
    this.#instances = instances;
    const capacity = Math.max(...limits.map((limit) => Math.floor(limit.capacity / instances)));
    this.#perUs = Math.max(...limits.map(rateOf)) / instances;
    this.#allowance = new Allowance(capacity, this.#perUs, 0, this.#sinceUs);
    for (const { tokens, atUs } of this.#spent) this.#allowance.take(tokens, atUs);
  }
}

/** Tokens a microsecond. */
export function rateOf({ count, period, tickUs }: Limit): number {
  return count / period / tickUs;
}
