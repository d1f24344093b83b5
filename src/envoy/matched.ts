/** What limits a descriptor: the rule that it leads to, or a limit that it brings along. */
import { type Limit, limitOf } from '../bucket/limit.ts';
import { bucketName } from './bucket-name.ts';
import type { LiveDomain, LiveRule } from './live-domain.ts';
import { LiveEnvoyLimit, type LiveEnvoyParts } from './live-limit.ts';
import type { Descriptor, LimitOverride } from './request.ts';
import type { Algorithm } from './rule.ts';
import { type Unit, unitOf } from './unit.ts';

export interface Matched {
  readonly domain: LiveDomain;
  readonly descriptor: Descriptor;
  /** Null where the limit is the descriptor's own. */
  readonly live: LiveRule | null;
  /** Null where nothing is limited. */
  readonly limit: LiveEnvoyLimit | null;
  /** What names its bucket besides the descriptor, see bucket-name.ts. */
  readonly shared: readonly (string | null)[] | null;
  readonly unit: number;
}

/** Limits that descriptors have brought along, most of them again and again. */
const MOST_OVERRIDES = 1_024;

export class Matcher {
  readonly #algorithm: Algorithm;
  readonly #parts: LiveEnvoyParts;
  readonly #overrides = new Map<string, LiveEnvoyLimit>();

  /** `algorithm`: of limits that descriptors bring along, where no rule has another. */
  constructor(algorithm: Algorithm, parts: LiveEnvoyParts) {
    this.#algorithm = algorithm;
    this.#parts = parts;
  }

  /** Null where no rule is for the descriptor, and it brings no limit along. */
  match(domain: LiveDomain, descriptor: Descriptor): Matched | null {
    const live = domain.match(descriptor.entries);
    const { limit: override } = descriptor;
    const unit = override === null ? undefined : unitOf(override.unit);
    if (override !== null && unit !== undefined) {
      return this.#overridden({ domain, descriptor, override, unit, live });
    }
    if (live === null) return null;
    return { domain, descriptor, live, limit: live.limit, shared: live.shared, unit: 0 };
  }

  /** It has the bucket of the rule, unless it counts by another unit. */
  #overridden(by: {
    readonly domain: LiveDomain;
    readonly descriptor: Descriptor;
    readonly override: LimitOverride;
    readonly unit: Unit;
    readonly live: LiveRule | null;
  }): Matched {
    const { domain, descriptor, override, unit, live } = by;
    const rule = live?.limit ?? null;
    const algorithm = rule === null ? this.#algorithm : rule.algorithm;
    return {
      domain,
      descriptor,
      live: null,
      limit: this.#limitOf(override, unit, algorithm),
      shared: live?.shared ?? null,
      unit: rule?.current.unit === unit.number ? 0 : unit.number,
    };
  }

  #limitOf({ requests }: LimitOverride, unit: Unit, algorithm: Algorithm): LiveEnvoyLimit {
    const name = `${requests} ${unit.name} ${algorithm}`;
    const known = this.#overrides.get(name);
    if (known !== undefined) return known;
    if (this.#overrides.size >= MOST_OVERRIDES) this.#overrides.clear();
    const rate = algorithm === 'token_bucket' ? rateOf(requests, unit) : null;
    const terms = { requests, unit: unit.number, rate, name: '' };
    const limit = new LiveEnvoyLimit(terms, this.#parts);
    this.#overrides.set(name, limit);
    return limit;
  }
}

/** Null where it cannot be counted exactly, and for none: then it counts by windows. */
function rateOf(requests: number, { lengthUs }: Unit): Limit | null {
  if (requests === 0) return null;
  return limitOf({ capacity: requests, count: requests, periodUs: lengthUs });
}

export function bucketOf({ domain, descriptor, shared, unit }: Matched): string {
  return bucketName({ domain: domain.bytes, entries: descriptor.entries, shared, unit });
}

/** Without those that the limit of another one replaces. */
export function unreplaced(all: readonly (Matched | null)[]): readonly (Matched | null)[] {
  let replaced: Set<string> | null = null;
  for (const one of all) {
    for (const name of one?.live?.rule.limit?.replaces ?? []) {
      replaced ??= new Set();
      replaced.add(name);
    }
  }
  if (replaced === null) return all;
  const names = replaced;
  return all.map((one) => {
    const name = one?.live?.rule.limit?.name ?? '';
    return name !== '' && names.has(name) ? null : one;
  });
}
