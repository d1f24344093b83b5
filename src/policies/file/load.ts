/** From the text of files to policies that can be put in force, or all that is wrong with them. */
import { namesToPlace, type PlacedDomain, placedDomains } from '../../envoy/placing.ts';
import type { Algorithm, EnvoyDomains } from '../../envoy/rule.ts';
import { UNITS } from '../../envoy/unit.ts';
import type { PlacedPolicy, Placement } from '../placement.ts';
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

/** `algorithm`: of rules of Envoy that name none. */
export function loadRules(
  found: FilesReading,
  placement: Placement,
  algorithm: Algorithm,
): Loading {
  if (!found.ok) return found;
  const reading = readRules(found.files, { algorithm });
  if (!reading.ok) return reading;
  const refused = (words: string): Loading => {
    const file = found.files.at(-1)?.file ?? '';
    return { ok: false, faults: [{ file, line: 0, column: 0, words }] };
  };
  const { policies, domains } = reading;
  const units = domains.size > 0 ? UNITS.map(({ lengthUs }) => lengthUs) : [];
  const names = namesToPlace(domains);
  const placing = placement.place(policies, { names, windowKinds: units });
  if (!placing.ok) return refused(placing.words);
  const { placed, placeOf } = placing;
  const placedByEnvoy = placedDomains(domains, placeOf);
  const rules = rulesIn(placed) + rulesInDomains(domains);
  return { ok: true, placed, domains: placedByEnvoy, rules };
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
