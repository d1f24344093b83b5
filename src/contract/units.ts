/** The units in which an interval may be asked for. */

/** In microseconds, from the shortest to the longest. */
export const UNITS_US = {
  us: 1,
  ms: 1_000,
  s: 1_000_000,
  m: 60_000_000,
  h: 3_600_000_000,
  d: 86_400_000_000,
} as const;

export type Unit = keyof typeof UNITS_US;

export const UNITS: readonly Unit[] = Object.keys(UNITS_US) as Unit[];

/** Of an interval that names none. */
export const DEFAULT_UNIT: Unit = 's';
