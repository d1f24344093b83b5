/**
 * A policy as a thread asks by it: with the names of its buckets, the windows that are open, and
 * where its decisions are counted, all worked out once.
 *
 * Overrides are kept as text until they are first met: most of ten thousand never are, and a
 * collection of garbage has to copy all objects that are new.
 */
import type { KeptLimit } from '../bucket/kept-limit.ts';
import type { Limit } from '../bucket/limit.ts';
import { limitOf, MOST_COUNT } from '../bucket/limit.ts';
import type { Window, Windows } from '../bucket/window.ts';
import type { WallClock } from '../lib/clock.ts';
import { inNamespace } from '../lib/namespace.ts';
import { windowKind, windowSeconds } from './calendar.ts';
import type { ForwardRule } from './forward-rule.ts';
import type { OpenWindows } from './open-windows.ts';
import { type Keyed, Overrides } from './overrides.ts';
import type { Exception, Policy, PolicyLimit } from './policy.ts';
import { WindowClock } from './window-clock.ts';

const SECOND_US = 1_000_000;

/** What holds for a key. */
export type Holding =
  | { readonly kind: 'limits'; readonly limits: readonly LiveLimit[] }
  | { readonly kind: 'always'; readonly allowed: boolean };

/** An override of which the value is JSON. */
export type PackedOverride = Keyed<string>;

export function packed({ keys, value }: Keyed<Exception>): PackedOverride {
  return { keys, value: JSON.stringify(value) };
}

/** Where an override stands; and whether it is a part of the one before. */
export interface OverridePlace {
  readonly line: number;
  readonly isMore: boolean;
}

const NOWHERE: OverridePlace = { line: 0, isMore: false };

export interface HoldingOverride {
  /** The key or pattern that led to it. */
  readonly by: string;
  readonly line: number;
  readonly exception: Exception;
}

export interface LiveParts {
  readonly windows: OpenWindows;
  readonly wall: WallClock;
  /** Where the decisions of each limit are counted, by its place in the policy. */
  readonly places: readonly number[];
}

export class LivePolicy {
  readonly name: string;
  readonly isDry: boolean;
  readonly forward: ForwardRule | null;
  /** Where the decisions of each limit are counted, by its place in the policy. */
  readonly places: readonly number[];
  /** As it was read, without its overrides. */
  readonly definition: Policy;
  /** How many overrides there are. */
  overrideCount = 0;
  readonly #parts: LiveParts;
  readonly #own: Holding & { readonly kind: 'limits' };
  /** Each an Exception as JSON. */
  readonly #overrides = new Overrides<string>();
  /** The lines where they stand, by their places. */
  readonly #lines: number[] = [];
  /** Those of overrides that were met, by their places. */
  readonly #met = new Map<number, Holding>();

  constructor(policy: Policy, parts: LiveParts) {
    this.name = policy.name;
    this.isDry = policy.dryRun;
    this.forward = policy.forward;
    this.definition = { ...policy, overrides: [] };
    this.places = parts.places;
    this.#parts = parts;
    this.#own = { kind: 'limits', limits: this.#liveOf(policy.limits) };
    for (const [i, override] of policy.overrides.entries()) {
      const line = policy.where?.overrides[i] ?? 0;
      this.addOverride(packed(override), { line, isMore: false });
    }
  }

  /** Behind the others. REQUIRES: nobody asks by this policy yet. */
  addOverride(override: PackedOverride, { line, isMore }: OverridePlace = NOWHERE): void {
    this.#overrides.add(override);
    this.#lines.push(line);
    if (!isMore) this.overrideCount++;
  }

  /** The override that holds for a key; null where the limits of the policy do. */
  overrideFor(key: string): HoldingOverride | null {
    const found = this.#overrides.find(key);
    if (found === null) return null;
    const { by, place, value } = found;
    return { by, line: this.#lines[place] as number, exception: JSON.parse(value) as Exception };
  }

  /** The limits of the policy itself: 1 to 8. */
  get limits(): readonly LiveLimit[] {
    return this.#own.limits;
  }

  /** What holds for a key. */
  for(key: string): Holding {
    if (this.#overrides.isEmpty) return this.#own;
    const found = this.#overrides.find(key);
    if (found === null) return this.#own;
    const met = this.#met.get(found.place);
    if (met !== undefined) return met;
    const holding = this.#holdingOf(JSON.parse(found.value) as Exception);
    this.#met.set(found.place, holding);
    return holding;
  }

  #holdingOf(exception: Exception): Holding {
    if (exception.kind === 'always') return exception;
    return { kind: 'limits', limits: this.#liveOf(exception.limits) };
  }

  #liveOf(limits: readonly PolicyLimit[]): readonly LiveLimit[] {
    const { windows, wall, places } = this.#parts;
    return limits.map((limit, i) => {
      const place = places[i] as number;
      return new LiveLimit(this.name, limit, { windows, wall, place });
    });
  }
}

export class LiveLimit {
  readonly name: string;
  readonly capacity: number;
  /** What comes before a key in the names of its buckets. */
  readonly bucketsOf: string;
  /** Where its decisions are counted. */
  readonly place: number;
  /** What comes back how fast, as the field RateLimit-Policy says it; null where it cannot. */
  readonly windowSeconds: number | null;
  readonly #cost: number | null;
  readonly #clock: WindowClock | null;
  #kept: KeptLimit;
  readonly #renewed = (nowUs: number) => this.at(nowUs);

  constructor(
    policy: string,
    limit: PolicyLimit,
    parts: Omit<LiveParts, 'places'> & { readonly place: number },
  ) {
    this.name = limit.name;
    this.capacity = limit.capacity;
    this.bucketsOf = inNamespace('policy', `${limit.name}\0${policy}\0`);
    this.place = parts.place;
    this.#cost = limit.cost;
    if (limit.kind === 'bucket') {
      const { intervalUs } = limit.rate;
      this.windowSeconds = intervalUs % SECOND_US === 0 ? intervalUs / SECOND_US : null;
      this.#clock = null;
      this.#kept = this.#keptIn(limit.rate, null);
      return;
    }
    this.windowSeconds = windowSeconds(limit.windows);
    this.#clock = new WindowClock(windowKind(limit.windows), parts.windows, parts.wall);
    this.#kept = this.#keptIn(slowestOf(limit.capacity, limit.windows), null);
  }

  /** The limit as it holds at `nowUs`: the same object as long as the same window is open. */
  at(nowUs: number): KeptLimit {
    if (this.#clock === null) return this.#kept;
    const window: Window = this.#clock.at(nowUs);
    if (window !== this.#kept.window) this.#kept = this.#keptIn(this.#kept.rate, window);
    return this.#kept;
  }

  /** Of one shape for all limits: decisions read it. */
  #keptIn(rate: Limit, window: Window | null): KeptLimit {
    return { rate, window, isAskers: false, renewed: this.#renewed };
  }

  /** What a question of this cost takes. */
  takes(cost: number, overdraft: boolean): number {
    if (this.#cost === null) return cost;
    return cost > 0 && !overdraft ? this.#cost : 0;
  }
}

/** A rate at which no more comes back in any window than its capacity. */
function slowestOf(capacity: number, windows: Windows): Limit {
  const { longestUs } = windowKind(windows);
  const exact = limitOf({ capacity, count: capacity, periodUs: longestUs });
  if (exact !== null) return exact;
  const seconds = longestUs / SECOND_US;
  const count = Math.min(MOST_COUNT, Math.floor(capacity / seconds));
  return { capacity, count, period: 1, tickUs: SECOND_US, intervalUs: longestUs };
}
