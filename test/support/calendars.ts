/** What windows there are by the clock of a test. */
import type { Window } from '../../src/bucket/window.ts';
import { StoreCalendar } from '../../src/lease/fetcher/store-calendar.ts';
import type { WallClock } from '../../src/lib/clock.ts';
import { endsAround, windowKind } from '../../src/policies/calendar.ts';

export function calendarBy(wall: WallClock): StoreCalendar {
  return new StoreCalendar({
    wall,
    endsAround: (windows, atUs) => endsAround(windowKind(windows), atUs),
  });
}

/** The window of this length that holds a time, where both clocks of an instance say the same. */
export function windowAt(lengthUs: number, nowUs: number): Window {
  const beginUs = Math.floor(nowUs / lengthUs) * lengthUs;
  const endUs = beginUs + lengthUs;
  const windows = { by: 'length', lengthUs } as const;
  return { windows, kind: lengthUs, beginUs, endUs, calendarEndUs: endUs, longestUs: lengthUs };
}
