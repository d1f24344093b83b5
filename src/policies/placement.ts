/**
 * Where each limit of the policies is counted: the same place as long as the service runs, however
 * often the files are read, and whether or not the limit is there meanwhile.
 *
 * What has a place in memory that was reserved at the start can be too much: then it is said.
 */
import { MOST_PLACES } from '../metrics/policy-cells.ts';
import { windowKind } from './calendar.ts';
import { MOST_WINDOW_KINDS } from './open-windows.ts';
import type { Policies, Policy, PolicyLimit } from './policy.ts';

export interface PlacedPolicy {
  readonly policy: Policy;
  /** Of its limits, in their order. */
  readonly places: readonly number[];
}

export type Placing =
  | {
      readonly ok: true;
      readonly placed: readonly PlacedPolicy[];
      /** Of a name that was to be placed too. */
      readonly placeOf: (name: string) => number;
    }
  /** What is too much. */
  | { readonly ok: false; readonly words: string };

/** What else is to be counted there, and counts by windows. No name is one of a policy's limit. */
export interface OtherPlaces {
  readonly names: readonly string[];
  readonly windowKinds: readonly number[];
}

const NO_OTHERS: OtherPlaces = { names: [], windowKinds: [] };

export interface PlacementBounds {
  readonly mostLimits: number;
  readonly mostWindowKinds: number;
}

const BOUNDS: PlacementBounds = { mostLimits: MOST_PLACES, mostWindowKinds: MOST_WINDOW_KINDS };

export class Placement {
  readonly #bounds: PlacementBounds;
  #places: ReadonlyMap<string, number> = new Map();
  #windowKinds: ReadonlySet<number> = new Set();

  constructor(bounds: PlacementBounds = BOUNDS) {
    this.#bounds = bounds;
  }

  /** What has no room takes none. */
  place(policies: Policies, others: OtherPlaces = NO_OTHERS): Placing {
    const { mostLimits, mostWindowKinds } = this.#bounds;
    const places = new Map(this.#places);
    const windowKinds = new Set([...this.#windowKinds, ...others.windowKinds]);
    for (const policy of policies.values()) {
      for (const { name } of policy.limits) {
        const at = nameOf(policy, name);
        if (!places.has(at)) places.set(at, places.size);
      }
      for (const kind of kindsOf(policy)) windowKinds.add(kind);
    }
    for (const name of others.names) if (!places.has(name)) places.set(name, places.size);
    if (places.size > mostLimits) return tooMany('limits', mostLimits, places.size);
    if (windowKinds.size > mostWindowKinds) {
      return tooMany('kinds of windows', mostWindowKinds, windowKinds.size);
    }
    this.#places = places;
    this.#windowKinds = windowKinds;
    const placed = [...policies.values()].map((policy) => ({
      policy,
      places: policy.limits.map(({ name }) => places.get(nameOf(policy, name)) as number),
    }));
    return { ok: true, placed, placeOf: (name) => places.get(name) as number };
  }
}

/** No name has a NUL. */
function nameOf({ name }: Policy, limit: string): string {
  return `${name}\0${limit}`;
}

function* kindsOf({ limits, overrides }: Policy): Generator<number> {
  yield* kindsIn(limits);
  for (const { value } of overrides) if (value.kind === 'limits') yield* kindsIn(value.limits);
}

function* kindsIn(limits: readonly PolicyLimit[]): Generator<number> {
  for (const limit of limits) if (limit.kind === 'window') yield windowKind(limit.windows).kind;
}

function tooMany(what: string, most: number, count: number): Placing {
  const words = `all files together must have at most ${most} ${what}, those of all files since the start of the service among them, have ${count}`;
  return { ok: false, words };
}
