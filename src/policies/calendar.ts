/**
 * When windows end: by the calendar of a time zone, or by a length from the epoch.
 *
 * Times are whole microseconds since 1970 in UTC, as a wall clock has them.
 */
import { hash } from 'node:crypto';
import type { CalendarUnit, EndsAround, Windows } from '../bucket/window.ts';

const MINUTE_US = 60_000_000;
const HOUR_US = 60 * MINUTE_US;
const DAY_US = 24 * HOUR_US;

/** With the most that a change of the zone's offset may add. */
const LONGEST_US: Readonly<Record<CalendarUnit, number>> = {
  minute: MINUTE_US,
  hour: 2 * HOUR_US,
  day: 2 * DAY_US,
  week: 8 * DAY_US,
  month: 32 * DAY_US,
  year: 367 * DAY_US,
};

/** What the windows of a limit are, worked out once. */
export interface WindowKind {
  readonly windows: Windows;
  /** The same number for the same windows, wherever it is worked out; below 2^53. */
  readonly kind: number;
  readonly longestUs: number;
  /** The end of the window that holds a time. */
  readonly endAfter: (wallUs: number) => number;
}

export function windowKind(windows: Windows): WindowKind {
  if (windows.by === 'length') {
    const { lengthUs } = windows;
    return {
      windows,
      kind: lengthUs,
      longestUs: lengthUs,
      endAfter: (wallUs) => (Math.floor(wallUs / lengthUs) + 1) * lengthUs,
    };
  }
  const { unit, timezone } = windows;
  const name = `${unit} ${timezone}`;
  const known = knownKinds.get(name);
  if (known !== undefined) return known;
  const kind = {
    windows,
    kind: kindOf(name),
    longestUs: LONGEST_US[unit],
    endAfter: (wallUs: number) => calendarEnd(wallUs, unit, timezone),
  };
  knownKinds.set(name, kind);
  return kind;
}

export function endsAround({ longestUs, endAfter }: WindowKind, wallUs: number): EndsAround {
  let [before, last] = [0, endAfter(wallUs - 2 * longestUs)];
  let next = endAfter(last);
  while (next <= wallUs) [before, last, next] = [last, next, endAfter(next)];
  return [before, last, next, endAfter(next)];
}

/** Thousands of overrides may have the same. There are as many as units and zones. */
const knownKinds = new Map<string, WindowKind>();

/**
 * How long every window of them is, in seconds; null where they are not all alike, or no whole
 * seconds.
 */
export function windowSeconds(windows: Windows): number | null {
  if (windows.by === 'length') {
    return windows.lengthUs % 1_000_000 === 0 ? windows.lengthUs / 1_000_000 : null;
  }
  switch (windows.unit) {
    case 'minute':
      return 60;
    case 'hour':
      return 3_600;
    case 'day':
      return hasFixedDays(windows.timezone) ? 86_400 : null;
    case 'week':
      return hasFixedDays(windows.timezone) ? 7 * 86_400 : null;
    default:
      return null;
  }
}

/** Whether a zone changes its offset no more. */
function hasFixedDays(timezone: string): boolean {
  const known = knownZones.get(timezone);
  if (known !== undefined) return known;
  const now = Temporal.Now.zonedDateTimeISO(timezone);
  const isFixed = now.getTimeZoneTransition('next') === null;
  knownZones.set(timezone, isFixed);
  return isFixed;
}

/** To look for the next change takes tens of microseconds. */
const knownZones = new Map<string, boolean>();

/** Above all lengths, which are below 2^45. */
function kindOf(name: string): number {
  const digest: Buffer = hash('sha256', name, 'buffer');
  return 2 ** 52 + digest.readUIntBE(0, 6);
}

function calendarEnd(wallUs: number, unit: CalendarUnit, timezone: string): number {
  const now = Temporal.Instant.fromEpochNanoseconds(BigInt(wallUs) * 1_000n).toZonedDateTimeISO(
    timezone,
  );
  return Number(startOfNext(now, unit).epochNanoseconds / 1_000n);
}

function startOfNext(now: Temporal.ZonedDateTime, unit: CalendarUnit): Temporal.ZonedDateTime {
  switch (unit) {
    case 'minute':
    case 'hour': {
      // By the time that passes: an hour that a clock shows twice is two windows.
      const start = now.round({ smallestUnit: unit, roundingMode: 'floor' });
      return start.add({ [`${unit}s`]: 1 });
    }
    case 'day':
      return now.add({ days: 1 }).startOfDay();
    case 'week':
      return now.add({ days: 8 - now.dayOfWeek }).startOfDay();
    case 'month':
      return now.with({ day: 1 }).add({ months: 1 }).startOfDay();
    case 'year':
      return now.with({ month: 1, day: 1 }).add({ years: 1 }).startOfDay();
    default:
      return unit satisfies never;
  }
}
