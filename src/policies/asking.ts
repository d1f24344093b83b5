/**
 * Asks by a policy: finds what holds for the key, has all limits taken or none, and says which one
 * decided.
 *
 * Used by all transports, one a thread.
 */
import type { Decision } from '../bucket/decision.ts';
import { impossible } from '../limiter/impossible.ts';
import type { Asked, Decisions, KeptQuestion, Limiter, Question } from '../limiter/limiter.ts';
import type { PolicyCounts } from '../metrics/policy-cells.ts';
import type { Holding, LiveLimit, LivePolicy } from './live-policy.ts';
import type { PolicyBook } from './policy-book.ts';

export interface PolicyQuestion {
  readonly policy: LivePolicy;
  /** Well formed, 1 to 256 bytes of UTF-8. */
  readonly key: string;
  /** What overrides are looked for by, where that is not the key itself. */
  readonly subject?: string;
  /** Whole tokens; 0 only looks, below 0 gives back what was taken. */
  readonly cost: number;
  /** Takes them in any case. */
  readonly overdraft: boolean;
  readonly strict?: boolean;
}

/** What a decider's protocols ask policies by. */
export interface PolicyParts {
  readonly book: PolicyBook;
  readonly asker: PolicyAsker;
}

/** What one limit says. */
export interface LimitDecision {
  readonly limit: LiveLimit;
  readonly decision: Decision;
  /** Whether the cost is above its capacity: no wait helps. */
  readonly isNever: boolean;
}

export interface PolicyDecision {
  readonly policy: LivePolicy;
  /** What the caller is to do: in a dry run always to go on. */
  readonly allowed: boolean;
  /** The limit that decided; null where an override did. */
  readonly by: LimitDecision | null;
  /** In the order of the policy; none where an override decided. */
  readonly limits: readonly LimitDecision[];
}

/** What one of several questions came to. */
export type Decided = Decision | PolicyDecision;

export interface DecidedAll {
  readonly allowed: boolean;
  /** In the order of the questions; each says whether it alone would have been allowed. */
  readonly each: readonly Decided[];
}

/** What there is to ask of the limiter for one question, and what becomes of its answers. */
interface Spread<T extends Decided> {
  readonly asked: readonly Asked[];
  /** Counts them too. `stands`: whether what was asked together was allowed. */
  readonly answer: (each: readonly Decision[], stands: boolean) => T;
}

export interface PolicyAskerParts {
  readonly limiter: Limiter;
  readonly counts: PolicyCounts;
}

export class PolicyAsker {
  readonly #limiter: Limiter;
  readonly #counts: PolicyCounts;

  constructor({ limiter, counts }: PolicyAskerParts) {
    this.#limiter = limiter;
    this.#counts = counts;
  }

  ask(question: PolicyQuestion, nowUs: number): PolicyDecision | Promise<PolicyDecision> {
    const holding = holdingOf(question);
    if (holding.kind === 'always') return this.#always(question.policy, holding.allowed);
    const { asked, answer } = this.#spreadLimits(question, holding.limits, nowUs);
    const decisions = this.#limiter.takeAll(asked, nowUs);
    if (decisions instanceof Promise) return decisions.then(({ each }) => answer(each, true));
    return answer(decisions.each, true);
  }

  /** Takes all or none. REQUIRES: of the questions what Limiter.takeAll() does. */
  askAll(
    questions: readonly (Question | PolicyQuestion)[],
    nowUs: number,
  ): DecidedAll | Promise<DecidedAll> {
    const spreads = questions.map((question) => this.#spread(question, nowUs));
    const gathered = ({ allowed, each }: Decisions): DecidedAll => {
      let from = 0;
      const decided = spreads.map(({ asked, answer }) => {
        const to = from + asked.length;
        const mine = each.slice(from, to);
        from = to;
        return answer(mine, allowed);
      });
      return { allowed, each: decided };
    };
    const asked = spreads.flatMap((spread) => spread.asked);
    if (asked.length === 0) return gathered({ allowed: true, each: [] });
    const decisions = this.#limiter.takeAll(asked, nowUs);
    return decisions instanceof Promise ? decisions.then(gathered) : gathered(decisions);
  }

  #spread(question: Question | PolicyQuestion, nowUs: number): Spread<Decided> {
    if (!('policy' in question)) {
      return { asked: [question], answer: ([decision]) => decision as Decision };
    }
    const { policy, key } = question;
    const holding = holdingOf(question);
    if (holding.kind === 'limits') return this.#spreadLimits(question, holding.limits, nowUs);
    const answer = () => this.#always(policy, holding.allowed);
    // What is always denied stops all others.
    const stops = !holding.allowed && !policy.isDry;
    return {
      asked: stops ? [impossible(`${policy.limits[0]?.bucketsOf ?? ''}${key}`)] : [],
      answer,
    };
  }

  #spreadLimits(
    question: PolicyQuestion,
    limits: readonly LiveLimit[],
    nowUs: number,
  ): Spread<PolicyDecision> & { readonly asked: readonly KeptQuestion[] } {
    const { policy, key, cost, overdraft, strict = false } = question;
    const asked = limits.map((limit) => ({
      key: limit.bucketsOf + key,
      kept: limit.at(nowUs),
      cost: limit.takes(cost, overdraft),
      overdraft,
      strict,
      isDry: policy.isDry,
    }));
    const answer = (each: readonly Decision[], stands: boolean) => {
      const decided = limits.map((limit, i) => {
        const isNever = !overdraft && (asked[i] as KeptQuestion).cost > limit.capacity;
        return { limit, decision: each[i] as Decision, isNever };
      });
      return this.#decided(policy, decided, stands);
    };
    return { asked, answer };
  }

  #decided(policy: LivePolicy, limits: readonly LimitDecision[], stands: boolean): PolicyDecision {
    const { isDry } = policy;
    let isThere = true;
    let by = limits[0] as LimitDecision;
    for (const one of limits) {
      isThere &&= one.decision.allowed;
      if (isTighter(one, by)) by = one;
    }
    // What another limit or question has refused is counted there alone.
    const isTaken = stands && (isThere || isDry);
    for (const { limit, decision } of limits) {
      if (!decision.allowed) this.#counts.add(limit.place, isDry ? 'would_deny' : 'denied');
      else if (isTaken) this.#counts.add(limit.place, 'allowed');
    }
    return { policy, allowed: isThere || isDry, by, limits };
  }

  #always(policy: LivePolicy, allowed: boolean): PolicyDecision {
    for (const place of policy.places) this.#counts.add(place, 'exempt');
    return { policy, allowed: allowed || policy.isDry, by: null, limits: [] };
  }
}

/** What holds for the key that it asks about. */
function holdingOf({ policy, key, subject = key }: PolicyQuestion): Holding {
  return policy.for(subject);
}

/** On a denial the one that is longest waited for, else the one with the least share left. */
function isTighter(one: LimitDecision, other: LimitDecision): boolean {
  const { allowed } = one.decision;
  if (allowed !== other.decision.allowed) return !allowed;
  if (!allowed) return waitOf(one) > waitOf(other);
  return (
    one.decision.remaining * other.decision.limit < other.decision.remaining * one.decision.limit
  );
}

function waitOf({ isNever, decision }: LimitDecision): number {
  return isNever ? Number.POSITIVE_INFINITY : decision.retryAfterMs;
}
