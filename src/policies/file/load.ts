/** From the text of files to policies that can be put in force, or all that is wrong with them. */
import { namesToPlace, type PlacedDomain, placedDomains } from '../../envoy/placing.ts';
import type { Algorithm, EnvoyDomains } from '../../envoy/rule.ts';
import { UNITS } from '../../envoy/unit.ts';
import type { PlacedPolicy, Placement } from '../placement.ts';
import type { Policies, PolicyLimit } from '../policy.ts';
import type { Fault } from './fault.ts';
import { readRules } from './read.ts';
import type { FilesReading } from './sources.ts';

export type Loading =
  | {
      readonly ok: true;
      readonly placed: readonly PlacedPolicy[];
      readonly domains: readonly PlacedDomain[];
      readonly rules: number;
    }
  | { readonly ok: false; readonly faults: readonly Fault[] };

export interface LoadingOptions {
  /** Whether instances share the limits. */
  readonly isSharing: boolean;
  /** Of rules of Envoy that name none. */
  readonly algorithm: Algorithm;
}

export function loadRules(
  found: FilesReading,
  placement: Placement,
  { isSharing, algorithm }: LoadingOptions,
): Loading {
  if (!found.ok) return found;
  const reading = readRules(found.files, { algorithm });
  if (!reading.ok) return reading;
  const refused = (words: string): Loading => {
    const file = found.files.at(-1)?.file ?? '';
    return { ok: false, faults: [{ file, line: 0, column: 0, words }] };
  };
  const { policies, domains } = reading;
  const window = isSharing ? windowIn(policies) : null;
  if (window !== null) return refused(`${window} ${NOT_SHARED}`);
  const ofEnvoy = isSharing ? windowInDomains(domains) : null;
  if (ofEnvoy !== null) return refused(`${ofEnvoy} ${NOT_SHARED_BY_ENVOY}`);
  const units = domains.size > 0 ? UNITS.map(({ lengthUs }) => lengthUs) : [];
  const names = namesToPlace(domains);
  const placing = placement.place(policies, { names, windowKinds: units });
  if (!placing.ok) return refused(placing.words);
  const { placed, placeOf } = placing;
  const placedByEnvoy = placedDomains(domains, placeOf);
  const rules = rulesIn(placed) + rulesInDomains(domains);
  return { ok: true, placed, domains: placedByEnvoy, rules };
}

/** The first rule of Envoy that counts by windows; null where none does. */
function windowInDomains(domains: EnvoyDomains): string | null {
  for (const { name, rules } of domains.values()) {
    const hasWindow = rules.some(
      ({ limit }) => limit?.isUnlimited === false && limit.rate === null,
    );
    if (hasWindow) return `a rate_limit of the domain ${name}`;
  }
  return null;
}

const NOT_SHARED =
  'must have an interval, has calendar or window: those cannot yet be shared through Redis';
const NOT_SHARED_BY_ENVOY =
  'must have algorithm: token_bucket: windows cannot yet be shared through Redis';

/** The first limit that counts by windows; null where none does. */
function windowIn(policies: Policies): string | null {
  for (const { name, limits, overrides } of policies.values()) {
    const replaced = overrides.flatMap(({ value }) =>
      value.kind === 'limits' ? value.limits : [],
    );
    const window = [...limits, ...replaced].find(isWindow);
    if (window !== undefined) return `the limit ${window.name} of policies.${name}`;
  }
  return null;
}

function isWindow({ kind }: PolicyLimit): boolean {
  return kind === 'window';
}

function rulesInDomains(domains: EnvoyDomains): number {
  return [...domains.values()].reduce((sum, { rules }) => sum + rules.length, 0);
}

/** Limits of policies, and overrides. */
function rulesIn(placed: readonly PlacedPolicy[]): number {
  return placed.reduce(
    (sum, { policy }) => sum + policy.limits.length + policy.overrides.length,
    0,
  );
}
