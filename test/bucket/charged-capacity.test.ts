/** A bucket says under which capacity it was last charged. */
import { expect, test } from 'vitest';
import { bringUp, type KeptLimit, type KeptTaking, takeKept } from '../../src/bucket/kept-limit.ts';
import { type Limit, limitOf } from '../../src/bucket/limit.ts';
import {
  type Bucket,
  copyOf,
  fullBucket,
  take,
  takeShared,
} from '../../src/bucket/token-bucket.ts';
import type { Window } from '../../src/bucket/window.ts';

const HOUR_US = 3_600_000_000;

function hourly(capacity: number): Limit {
  const limit = limitOf({ capacity, count: 10, periodUs: HOUR_US });
  if (limit === null) throw new Error('a limit of this test is refused');
  return limit;
}

const WINDOW: Window = {
  windows: { by: 'length', lengthUs: HOUR_US },
  kind: HOUR_US,
  beginUs: 0,
  endUs: HOUR_US,
  calendarEndUs: HOUR_US,
  longestUs: HOUR_US,
};

function ask(bucket: Bucket, kept: KeptLimit, cost: number, overdraft = false): void {
  const taking: KeptTaking = { kept, cost, overdraft };
  bringUp(bucket, kept, 1);
  takeKept(bucket, taking, 1);
}

//  what is asked after a charge under a capacity of 10, and the capacity that is then said
test.each([
  ['a charge under another limit', (bucket: Bucket) => take(bucket, hourly(20), 1, 1), 20],
  // It refills alike, so that nothing else of the bucket changes.
  ['a charge at the same rate', (bucket: Bucket) => take(bucket, hourly(11), 1, 1), 11],
  ['a denial', (bucket: Bucket) => take(bucket, hourly(5), 5, 1), 10],
  ['a look', (bucket: Bucket) => take(bucket, hourly(20), 0, 1), 10],
  ['a refund', (bucket: Bucket) => take(bucket, hourly(20), -1, 1), 10],
  ['a copy', (bucket: Bucket) => Object.assign(bucket, copyOf(bucket)), 10],
  ['a charge that keys share', (bucket: Bucket) => takeShared(bucket, hourly(30), 1, 1), 10],
])('after %s', (_, change, capacity) => {
  const bucket = fullBucket();
  take(bucket, hourly(10), 3, 0);
  change(bucket);
  expect(bucket.capacity).toBe(capacity);
});

//  the window that is open, the cost, whether it is taken in any case, the capacity that is said
test.each([
  [null, 1, false, 20],
  [null, 0, false, 10],
  [null, 30, true, 20],
  [WINDOW, 1, false, 20],
  [WINDOW, 0, false, 10],
  [WINDOW, 30, true, 20],
  [WINDOW, -1, false, 10],
])('under a limit that the service keeps, window %j, cost %i', (window, cost, overdraft, said) => {
  const bucket = fullBucket();
  ask(bucket, { rate: hourly(10), window }, 3);
  ask(bucket, { rate: hourly(20), window, isAskers: true }, cost, overdraft);
  expect(bucket.capacity).toBe(said);
});
