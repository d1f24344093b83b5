/** Units of time in the rules of Envoy: their names, and their numbers on the wire. */

const SECOND_US = 1_000_000;
const DAY_US = 86_400 * SECOND_US;

export interface Unit {
  /** As files have it, in any case. */
  readonly name: string;
  /** As answers have it, and overrides. */
  readonly number: number;
  /** The length of its windows, which are counted from 1970 on: weeks begin on Thursdays. */
  readonly lengthUs: number;
}

export const UNITS: readonly Unit[] = [
  { name: 'second', number: 1, lengthUs: SECOND_US },
  { name: 'minute', number: 2, lengthUs: 60 * SECOND_US },
  { name: 'hour', number: 3, lengthUs: 3_600 * SECOND_US },
  { name: 'day', number: 4, lengthUs: DAY_US },
  { name: 'week', number: 7, lengthUs: 7 * DAY_US },
  { name: 'month', number: 5, lengthUs: 30 * DAY_US },
  { name: 'year', number: 6, lengthUs: 365 * DAY_US },
];

const byNumber: readonly (Unit | undefined)[] = Array.from({ length: UNITS.length + 1 }, (_, i) =>
  UNITS.find(({ number }) => number === i),
);

/** Undefined for a number that is none. */
export function unitOf(number: number): Unit | undefined {
  return byNumber[number];
}

/** Undefined for a word that is none. */
export function unitNamed(word: string): Unit | undefined {
  const name = word.toLowerCase();
  return UNITS.find((unit) => unit.name === name);
}
