/** Lengths of time as people write them in a file: `250ms`, `10s`, `1d`. */
import { MOST_INTERVAL_DAYS, MOST_INTERVAL_US } from '../contract/bounds.ts';
import { UNITS, UNITS_US, type Unit } from '../contract/units.ts';

export const DURATION_WANTED =
  `a whole number and one of ${UNITS.join(', ')}, such as 10s, at most ${MOST_INTERVAL_DAYS}d; ` +
  'without a unit it is seconds';

export const DURATION_PATTERN: RegExp = new RegExp(`^\\d{1,15}(${UNITS.join('|')})?$`);

/** In microseconds; null where it is none, is 0, or is too long. */
export function readDuration(value: string | number): number | null {
  const text = String(value);
  if (!DURATION_PATTERN.test(text)) return null;
  const unit = (/[a-z]+$/.exec(text)?.[0] ?? 's') as Unit;
  const us = Number.parseInt(text, 10) * UNITS_US[unit];
  return us >= 1 && us <= MOST_INTERVAL_US ? us : null;
}

/** The same in the longest unit in which it is whole. */
export function durationText(us: number): string {
  const unit = UNITS.findLast((name) => us % UNITS_US[name] === 0) ?? 'us';
  return `${us / UNITS_US[unit]}${unit}`;
}
