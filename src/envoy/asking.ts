/**
 * Asks by the rules of Envoy: finds what limits each descriptor, has all of them taken or none, and
 * says what became of each.
 *
 * A look asks whether anything is left, and is denied where nothing is: proxies ask so before they
 * know what a request will cost.
 *
 * Used by all transports, one a thread.
 */
import type { Decision } from '../bucket/decision.ts';
import { impossible } from '../limiter/impossible.ts';
import type { Decisions, KeptQuestion, Limiter } from '../limiter/limiter.ts';
import {
  type Cells,
  ENVOY_BEYOND_BOUNDS,
  ENVOY_UNKNOWN_DOMAIN,
  ENVOY_UNMATCHED,
} from '../metrics/cells.ts';
import { NO_BUCKET } from './bucket-name.ts';
import type { EnvoyBook } from './envoy-book.ts';
import type { EnvoyCounts } from './envoy-counts.ts';
import { type Matched, type Matcher, unreplaced } from './matched.ts';
import { MOST_DESCRIPTORS, type RateLimitRequest } from './request.ts';
import {
  type DescriptorStatus,
  MOST_REMAINING,
  type RateLimitResponse,
  UNLIMITED,
  UNRULED,
} from './response.ts';
import {
  type Gathered,
  gathered,
  isAlwaysOver,
  isOver,
  questionOf,
  resetSOf,
  stopsOthers,
  type Taking,
  waitMsOf,
} from './taking.ts';

export interface EnvoyAskerParts {
  readonly limiter: Limiter;
  readonly book: EnvoyBook;
  readonly matcher: Matcher;
  readonly counts: EnvoyCounts;
  readonly cells: Cells;
  /** Whether nobody is denied, whatever the rules say. */
  readonly isShadow: boolean;
}

/** In the order of the takings; undefined where no bucket was asked. */
type Decided = readonly (Decision | undefined)[];

export class EnvoyAsker {
  readonly #parts: EnvoyAskerParts;

  constructor(parts: EnvoyAskerParts) {
    this.#parts = parts;
  }

  ask(request: RateLimitRequest, nowUs: number): RateLimitResponse | Promise<RateLimitResponse> {
    const { book, matcher, cells, isShadow } = this.#parts;
    const { descriptors, hits } = request;
    if (descriptors.length > MOST_DESCRIPTORS) {
      cells.add(ENVOY_BEYOND_BOUNDS, 1);
      return { isOver: !isShadow, statuses: [], retryAfterS: null };
    }
    const domain = book.find(request.domain);
    if (domain === undefined) {
      cells.add(ENVOY_UNKNOWN_DOMAIN, 1);
      return { isOver: false, statuses: descriptors.map(() => UNRULED), retryAfterS: null };
    }
    const matched = unreplaced(
      descriptors.map((descriptor) => {
        const found = matcher.match(domain, descriptor);
        if (found === null) cells.add(ENVOY_UNMATCHED, 1);
        return found;
      }),
    );
    const all = gathered(matched, { hits, isShadow });
    return after(this.#decide(all.takings, nowUs), (decided) =>
      this.#answer(matched, all, decided, nowUs),
    );
  }

  /** Takes all or none. */
  #decide(takings: readonly Taking[], nowUs: number): Decided | Promise<Decided> {
    if (takings.length === 0) return [];
    if (!takings.every(isPlain)) return this.#decideInTurn(takings, nowUs);
    const asked = takings.map((taking) => questionOf(taking, nowUs));
    return after(this.#parts.limiter.takeAll(asked, nowUs), ({ each }) => each);
  }

  /**
   * Looks, then takes where no look has found nothing, then gives back where all was taken: the
   * limiter takes or gives back, never both, and has no look that can fail.
   */
  #decideInTurn(takings: readonly Taking[], nowUs: number): Decided | Promise<Decided> {
    const decided = new Map<Taking, Decision>();
    const isStopped = () => takings.some((one) => stopsOthers(one, decided.get(one)));
    const ask = (some: readonly Taking[], more: readonly KeptQuestion[], cost?: number) => {
      if (some.length === 0) return;
      const asked = some.map((taking) => questionOf(taking, nowUs, cost));
      const keep = ({ each }: Decisions) => {
        for (const [i, one] of some.entries()) decided.set(one, each[i] as Decision);
      };
      return after(this.#parts.limiter.takeAll([...asked, ...more], nowUs), keep);
    };
    const some = (is: (cost: number) => boolean) =>
      takings.filter((one) => is(one.cost) && !isAlwaysOver(one));
    const take = () => {
      const more = isStopped() ? [impossible(NO_BUCKET)] : [];
      return ask(
        some((cost) => cost > 0),
        more,
      );
    };
    const looked = ask(
      some((cost) => cost === 0),
      [],
    );
    const giveBack = () =>
      ask(
        some((cost) => cost < 0),
        [],
        isStopped() ? 0 : undefined,
      );
    return after(after(after(looked, take), giveBack), () =>
      takings.map((one) => decided.get(one)),
    );
  }

  #answer(
    matched: readonly (Matched | null)[],
    { takings, places }: Gathered,
    decided: Decided,
    nowUs: number,
  ): RateLimitResponse {
    const isDenied = takings.some((one, i) => !one.isDry && isOver(one, decided[i]));
    this.#count(matched, takings, decided);
    const statuses = matched.map((one, i) => {
      const place = places[i] as number;
      if (one === null) return UNRULED;
      if (place === -1) return one.live?.rule.limit?.isUnlimited === true ? UNLIMITED : UNRULED;
      return statusOf(one, takings[place] as Taking, decided[place], nowUs);
    });
    return { isOver: isDenied, statuses, retryAfterS: isDenied ? waitS(takings, decided) : null };
  }

  #count(matched: readonly (Matched | null)[], takings: readonly Taking[], decided: Decided): void {
    const { counts } = this.#parts;
    for (const one of matched) if (one !== null && one.limit === null) counts.add(one, 'exempt');
    // What another descriptor has stopped is counted there alone.
    const stands = !takings.some((one, i) => stopsOthers(one, decided[i]));
    for (const [i, taking] of takings.entries()) {
      if (isOver(taking, decided[i])) {
        counts.add(taking.matched, taking.isDry ? 'would_deny' : 'denied');
      } else if (stands) counts.add(taking.matched, 'allowed');
    }
  }
}

/** Nothing but a cost, of a limit that has anything. */
function isPlain(taking: Taking): boolean {
  return taking.cost > 0 && !isAlwaysOver(taking);
}

function statusOf(
  { limit, live }: Matched,
  taking: Taking,
  decision: Decision | undefined,
  nowUs: number,
): DescriptorStatus {
  const over = isOver(taking, decision);
  const isPassed = live?.rule.isShadow === true;
  const remaining = over && isPassed ? 0 : (decision?.remaining ?? 0);
  return {
    isOver: over && !isPassed,
    limit: limit?.current ?? null,
    remaining: Math.min(remaining, MOST_REMAINING),
    resetS: resetSOf(taking, decision, nowUs),
  };
}

/** The longest wait of those that are denied, rounded up; null where no wait helps. */
function waitS(takings: readonly Taking[], decided: Decided): number | null {
  let mostMs = 0;
  for (const [i, taking] of takings.entries()) {
    if (taking.isDry || !isOver(taking, decided[i])) continue;
    mostMs = Math.max(mostMs, waitMsOf(taking, decided[i]));
  }
  return mostMs === Number.POSITIVE_INFINITY ? null : Math.max(1, Math.ceil(mostMs / 1_000));
}

/** At once where the value is there, so that what needs no store needs no promise. */
function after<T, R>(value: T | Promise<T>, then: (value: T) => R | Promise<R>): R | Promise<R> {
  return value instanceof Promise ? value.then(then) : then(value);
}
