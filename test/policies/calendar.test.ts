/**
 * When windows end, by tables of times that a person can look up: no code is shared with what is
 * tested.
 */
import { describe, expect, test } from 'vitest';
import type { CalendarUnit } from '../../src/bucket/window.ts';
import { windowKind } from '../../src/policies/calendar.ts';

const us = (iso: string) => Date.parse(iso) * 1_000;
const iso = (wallUs: number) => new Date(wallUs / 1_000).toISOString();

const endOf = (unit: CalendarUnit, timezone: string, at: string) =>
  iso(windowKind({ by: 'calendar', unit, timezone }).endAfter(us(at)));

//  unit, zone, a time in UTC, when its window ends in UTC
test.each([
  ['minute', 'UTC', '2026-11-28T12:00:00.000Z', '2026-11-28T12:01:00.000Z'],
  ['minute', 'UTC', '2026-11-28T12:00:59.999Z', '2026-11-28T12:01:00.000Z'],
  ['hour', 'UTC', '2026-11-28T23:59:59.999Z', '2026-11-29T00:00:00.000Z'],
  // Half an hour off.
  ['hour', 'Asia/Kolkata', '2026-11-28T12:29:59.000Z', '2026-11-28T12:30:00.000Z'],
  ['hour', 'Asia/Kathmandu', '2026-11-28T12:14:59.000Z', '2026-11-28T12:15:00.000Z'],
  ['day', 'UTC', '2026-11-28T00:00:00.000Z', '2026-11-29T00:00:00.000Z'],
  ['day', 'Asia/Tokyo', '2026-11-28T14:59:59.999Z', '2026-11-28T15:00:00.000Z'],
  ['week', 'UTC', '2026-11-28T12:00:00.000Z', '2026-11-30T00:00:00.000Z'],
  ['week', 'UTC', '2026-11-29T23:59:59.999Z', '2026-11-30T00:00:00.000Z'],
  ['week', 'UTC', '2026-11-30T00:00:00.000Z', '2026-12-07T00:00:00.000Z'],
  ['month', 'UTC', '2026-02-28T23:59:59.000Z', '2026-03-01T00:00:00.000Z'],
  ['month', 'UTC', '2028-02-28T23:59:59.000Z', '2028-03-01T00:00:00.000Z'],
  ['month', 'UTC', '2026-01-31T12:00:00.000Z', '2026-02-01T00:00:00.000Z'],
  ['month', 'UTC', '2026-12-31T23:59:59.999Z', '2027-01-01T00:00:00.000Z'],
  ['month', 'America/New_York', '2026-12-01T04:59:59.999Z', '2026-12-01T05:00:00.000Z'],
  ['year', 'UTC', '2028-02-29T12:00:00.000Z', '2029-01-01T00:00:00.000Z'],
  ['year', 'Pacific/Auckland', '2026-12-31T10:59:59.999Z', '2026-12-31T11:00:00.000Z'],
] as const)('%s of %s at %s', (unit, zone, at, end) => {
  expect(endOf(unit, zone, at)).toBe(end);
});

describe('where the zone changes its offset', () => {
  //  unit, zone, a time in UTC, when its window ends in UTC
  test.each([
    // Berlin, 29 March 2026: from 02:00 to 03:00, a day of 23 hours.
    ['day', 'Europe/Berlin', '2026-03-28T23:00:00.000Z', '2026-03-29T22:00:00.000Z'],
    ['day', 'Europe/Berlin', '2026-03-29T21:59:59.999Z', '2026-03-29T22:00:00.000Z'],
    ['hour', 'Europe/Berlin', '2026-03-29T00:30:00.000Z', '2026-03-29T01:00:00.000Z'],
    ['hour', 'Europe/Berlin', '2026-03-29T01:00:00.000Z', '2026-03-29T02:00:00.000Z'],
    // Berlin, 25 October 2026: from 03:00 back to 02:00, a day of 25 hours.
    ['day', 'Europe/Berlin', '2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'],
    ['hour', 'Europe/Berlin', '2026-10-25T00:30:00.000Z', '2026-10-25T01:00:00.000Z'],
    ['hour', 'Europe/Berlin', '2026-10-25T01:30:00.000Z', '2026-10-25T02:00:00.000Z'],
    ['week', 'Europe/Berlin', '2026-10-25T12:00:00.000Z', '2026-10-25T23:00:00.000Z'],
    ['month', 'Europe/Berlin', '2026-10-25T12:00:00.000Z', '2026-10-31T23:00:00.000Z'],
    // New York, 8 March and 1 November 2026.
    ['day', 'America/New_York', '2026-03-08T05:00:00.000Z', '2026-03-09T04:00:00.000Z'],
    ['day', 'America/New_York', '2026-11-01T04:00:00.000Z', '2026-11-02T05:00:00.000Z'],
    // Lord Howe, by half an hour: 5 April 2026 has 24.5 hours.
    ['day', 'Australia/Lord_Howe', '2026-04-04T13:00:00.000Z', '2026-04-05T13:30:00.000Z'],
    // Beirut, 29 March 2026: at midnight, so the day begins at 01:00.
    ['day', 'Asia/Beirut', '2026-03-28T21:59:59.999Z', '2026-03-28T22:00:00.000Z'],
    ['day', 'Asia/Beirut', '2026-03-28T22:00:00.000Z', '2026-03-29T21:00:00.000Z'],
    // Apia, 30 December 2011 was left out.
    ['day', 'Pacific/Apia', '2011-12-30T09:59:59.999Z', '2011-12-30T10:00:00.000Z'],
  ] as const)('%s of %s at %s', (unit, zone, at, end) => {
    expect(endOf(unit, zone, at)).toBe(end);
  });
});

describe('windows of one length', () => {
  test.each([
    [60, '2026-11-28T12:00:00.000Z', '2026-11-28T12:01:00.000Z'],
    [86_400, '2026-11-28T12:00:00.000Z', '2026-11-29T00:00:00.000Z'],
    // From a Thursday, as 1 January 1970 was.
    [604_800, '2026-11-28T12:00:00.000Z', '2026-12-03T00:00:00.000Z'],
  ])('%d s at %s', (seconds, at, end) => {
    const { endAfter, longestUs } = windowKind({ by: 'length', lengthUs: seconds * 1_000_000 });
    expect([iso(endAfter(us(at))), longestUs]).toEqual([end, seconds * 1_000_000]);
  });
});

describe('over ten years, in zones of every kind', () => {
  const zones = [
    'UTC',
    'Europe/Berlin',
    'America/St_Johns',
    'Australia/Lord_Howe',
    'Asia/Beirut',
    'Africa/Casablanca',
    'Pacific/Chatham',
  ];
  test.each(
    zones.flatMap((zone) =>
      (['hour', 'day', 'week', 'month', 'year'] as const).map((unit) => [unit, zone] as const),
    ),
  )('a %s of %s follows the one before, and none is longer than it may be', (unit, timezone) => {
    const { endAfter, longestUs } = windowKind({ by: 'calendar', unit, timezone });
    let at = us('2020-01-01T00:00:00.000Z');
    let end = endAfter(at);
    for (let i = 0; i < 400; i++) {
      at = end;
      end = endAfter(at);
      expect(end).toBeGreaterThan(at);
      expect(end - at).toBeLessThanOrEqual(longestUs);
      // Whatever the time within it.
      expect(endAfter(end - 1_000)).toBe(end);
      expect(endAfter(at + Math.floor((end - at) / 2))).toBe(end);
    }
  });
});

test('kinds of windows have numbers of their own', () => {
  const kinds = [
    windowKind({ by: 'calendar', unit: 'day', timezone: 'UTC' }),
    windowKind({ by: 'calendar', unit: 'day', timezone: 'Europe/Berlin' }),
    windowKind({ by: 'calendar', unit: 'week', timezone: 'UTC' }),
    windowKind({ by: 'length', lengthUs: 86_400_000_000 }),
    windowKind({ by: 'length', lengthUs: 60_000_000 }),
  ].map(({ kind }) => kind);
  expect(new Set(kinds).size).toBe(kinds.length);
  for (const kind of kinds) expect(Number.isSafeInteger(kind)).toBe(true);
});
