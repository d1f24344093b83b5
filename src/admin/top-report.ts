/** Which keys were allowed or denied most of late. */
import { HALF_LIFE_US } from '../top-keys/sketch.ts';
import type { CountedOutcome } from '../top-keys/sketch-memory.ts';
import { topKeys } from '../top-keys/top.ts';
import { type KeyReport, keyReport } from './key-report.ts';
import { rounded } from './rounded.ts';

export interface TopReport {
  readonly by: CountedOutcome;
  /** After which a question counts half. */
  readonly halfLifeSeconds: number;
  /** The highest count first. */
  readonly keys: readonly (KeyReport & {
    readonly count: number;
    /** By how much the count may be too high. */
    readonly error: number;
    readonly perSecond: number;
  })[];
}

export function topReport(
  sketches: SharedArrayBuffer,
  query: { readonly by: CountedOutcome; readonly most: number; readonly nowUs: number },
): TopReport {
  const { by, most, nowUs } = query;
  const keys = topKeys(sketches, { outcome: by, most, nowUs }).map((one) => ({
    ...keyReport(one.words, one.length),
    count: rounded(one.count),
    error: rounded(one.error),
    perSecond: rounded(one.perSecond),
  }));
  return { by, halfLifeSeconds: HALF_LIFE_US / 1_000_000, keys };
}
