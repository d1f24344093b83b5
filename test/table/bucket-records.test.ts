/** A bucket comes back from its slot as it was stored. */
import { expect, test } from 'vitest';
import { type Bucket, fullBucket } from '../../src/bucket/token-bucket.ts';
import { BucketRecords } from '../../src/table/bucket-records.ts';
import { arenaOf, slotWith, textIn } from '../memory/slots.ts';

const LARGEST = Number.MAX_SAFE_INTEGER;

test('each bucket comes back from its own slot, and the keys beside them stay', () => {
  const arena = arenaOf(3);
  const records = new BucketRecords(arena);
  const buckets: Bucket[] = [
    {
      used: LARGEST,
      atUs: LARGEST - 1,
      count: LARGEST - 2,
      period: LARGEST - 3,
      tickUs: 1_000_000,
      capacity: LARGEST - 4,
    },
    { used: 1, atUs: 2, count: 3, period: 4, tickUs: 1_000, capacity: 5 },
    fullBucket(),
  ];
  const keys = ['x'.repeat(68), 'y'.repeat(68), 'z'.repeat(68)];
  const slots = keys.map((key) => slotWith(arena, key));
  buckets.forEach((bucket, i) => {
    records.store(slots[i] as number, bucket);
  });
  const loaded = slots.map((slot) => {
    const bucket = fullBucket();
    records.load(slot, bucket);
    return bucket;
  });
  expect(loaded).toEqual(buckets);
  expect(slots.map((slot) => textIn(arena, slot))).toEqual(keys);
});

test('a slot that was never touched holds a full bucket', () => {
  const bucket = { ...fullBucket(), used: 5 };
  new BucketRecords(arenaOf(1)).load(1, bucket);
  expect(bucket.used).toBe(0);
});
