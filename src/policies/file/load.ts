/** From the text of files to policies that can be put in force, or all that is wrong with them. */
import type { PlacedPolicy, Placement } from '../placement.ts';
import type { Fault } from './fault.ts';
import { readRules } from './read.ts';
import type { FilesReading } from './sources.ts';

export type Loading =
  | { readonly ok: true; readonly placed: readonly PlacedPolicy[]; readonly rules: number }
  | { readonly ok: false; readonly faults: readonly Fault[] };

export function loadRules(found: FilesReading, placement: Placement): Loading {
  if (!found.ok) return found;
  const reading = readRules(found.files);
  if (!reading.ok) return reading;
  const placing = placement.place(reading.policies);
  if (!placing.ok) {
    const file = found.files.at(-1)?.file ?? '';
    return { ok: false, faults: [{ file, line: 0, column: 0, words: placing.words }] };
  }
  const { placed } = placing;
  return { ok: true, placed, rules: rulesIn(placed) };
}

/** Limits of policies, and overrides. */
function rulesIn(placed: readonly PlacedPolicy[]): number {
  return placed.reduce(
    (sum, { policy }) => sum + policy.limits.length + policy.overrides.length,
    0,
  );
}
