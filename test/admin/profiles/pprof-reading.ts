/** Reads a file of pprof back, to lines that a test can say. */
import { gunzipSync } from 'node:zlib';
import { Profile } from 'pprof-format';

export interface ReadProfile {
  /** `type/unit` of each value. */
  readonly values: readonly string[];
  readonly period: readonly [string, number];
  readonly comments: readonly string[];
  readonly seconds: number;
  /** `thread | values | line of a function in a file < its caller < …`, sorted. */
  readonly samples: readonly string[];
}

export function readPprof(file: Uint8Array): ReadProfile {
  const profile = Profile.decode(gunzipSync(file));
  const text = (at: number | bigint) => profile.stringTable.strings[Number(at)] ?? '';
  const named = ({ type, unit }: { type: number | bigint; unit: number | bigint }) =>
    `${text(type)}/${text(unit)}`;
  const functions = new Map(profile.function.map((each) => [Number(each.id), each]));
  const locations = new Map(profile.location.map((each) => [Number(each.id), each]));
  const shown = (id: number | bigint) => {
    const [line] = locations.get(Number(id))?.line ?? [];
    const of = functions.get(Number(line?.functionId));
    return `${text(of?.name ?? 0)} ${text(of?.filename ?? 0)}:${String(line?.line ?? 0)}`;
  };
  return {
    values: profile.sampleType.map(named),
    period: [
      profile.periodType === undefined ? '' : named(profile.periodType),
      Number(profile.period),
    ],
    comments: profile.comment.map(text),
    seconds: Number(profile.durationNanos) / 1e9,
    samples: profile.sample
      .map(({ value, label, locationId }) => {
        const thread = label.map(({ key, str }) => `${text(key)}=${text(str)}`).join();
        return `${thread} | ${value.join(' ')} | ${locationId.map(shown).join(' < ')}`;
      })
      .sort(),
  };
}
