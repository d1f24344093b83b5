/**
 * A limit of Envoy's as a thread asks by it: the window that is open, and what answers say of it.
 */
import type { KeptLimit } from '../bucket/kept-limit.ts';
import type { Limit } from '../bucket/limit.ts';
import type { WallClock } from '../lib/clock.ts';
import { LiveLimit } from '../policies/live-policy.ts';
import type { OpenWindows } from '../policies/open-windows.ts';
import type { CurrentLimit } from './response.ts';
import type { Algorithm } from './rule.ts';
import { unitOf } from './unit.ts';
import { currentLimit } from './wire/response-encoder.ts';

export interface LiveEnvoyParts {
  readonly windows: OpenWindows;
  readonly wall: WallClock;
}

export interface EnvoyLimitTerms {
  readonly requests: number;
  readonly unit: number;
  /** The token bucket; null where it counts by windows. */
  readonly rate: Limit | null;
  readonly name: string;
}

export class LiveEnvoyLimit {
  readonly current: CurrentLimit;
  /** Requests; 0 where all are denied. */
  readonly capacity: number;
  readonly algorithm: Algorithm;
  readonly #live: LiveLimit;

  /** REQUIRES: the unit is one. */
  constructor({ requests, unit, rate, name }: EnvoyLimitTerms, parts: LiveEnvoyParts) {
    this.current = currentLimit({ requests, unit, name });
    this.capacity = requests;
    this.algorithm = rate === null ? 'fixed_window' : 'token_bucket';
    const terms = { name: '', capacity: Math.max(1, requests), cost: null };
    const lengthUs = unitOf(unit)?.lengthUs ?? 0;
    const limit =
      rate === null
        ? { ...terms, kind: 'window' as const, windows: { by: 'length' as const, lengthUs } }
        : { ...terms, kind: 'bucket' as const, rate };
    this.#live = new LiveLimit('', limit, { ...parts, place: 0 });
  }

  /** The same object as long as the same window is open. */
  at(nowUs: number): KeptLimit {
    return this.#live.at(nowUs);
  }
}
