/** From the text of files to policies that can be put in force, or all that is wrong with them. */
import type { PlacedPolicy, Placement } from '../placement.ts';
import type { Policies, PolicyLimit } from '../policy.ts';
import type { Fault } from './fault.ts';
import { readRules } from './read.ts';
import type { FilesReading } from './sources.ts';

export type Loading =
  | { readonly ok: true; readonly placed: readonly PlacedPolicy[]; readonly rules: number }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** `isSharing`: whether instances share the limits. */
export function loadRules(found: FilesReading, placement: Placement, isSharing: boolean): Loading {
  if (!found.ok) return found;
  const reading = readRules(found.files);
  if (!reading.ok) return reading;
  const refused = (words: string): Loading => {
    const file = found.files.at(-1)?.file ?? '';
    return { ok: false, faults: [{ file, line: 0, column: 0, words }] };
  };
  const window = isSharing ? windowIn(reading.policies) : null;
  if (window !== null) return refused(`${window} ${NOT_SHARED}`);
  const placing = placement.place(reading.policies);
  if (!placing.ok) return refused(placing.words);
  const { placed } = placing;
  return { ok: true, placed, rules: rulesIn(placed) };
}

const NOT_SHARED =
  'must have an interval, has calendar or window: those cannot yet be shared through Redis';

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

/** Limits of policies, and overrides. */
function rulesIn(placed: readonly PlacedPolicy[]): number {
  return placed.reduce(
    (sum, { policy }) => sum + policy.limits.length + policy.overrides.length,
    0,
  );
}
