/** Leases in shared memory come back as they were put in, each in a place of its own. */
import { expect, test } from 'vitest';
import { type Bucket, fullBucket } from '../../src/bucket/token-bucket.ts';
import { type Lease, noLease } from '../../src/lease/terms/lease-state.ts';
import { LeaseRecords } from '../../src/table/lease-records.ts';
import { arenaOf } from '../memory/slots.ts';

const FIELDS = Object.keys(noLease()) as readonly (keyof Lease)[];

/** Another number in every field that means something: of every second slot the share's. */
function leaseOf(slot: number): Lease {
  const lease = noLease();
  FIELDS.forEach((field, i) => {
    lease[field] = Number.MAX_SAFE_INTEGER - slot * 100 - i;
  });
  const isShare = slot % 2 === 0;
  return isShare ? { ...lease, capacity: -slot, low: 0 } : { ...lease, owedBefore: 0 };
}

/** Another number in every field of a bucket. */
function bucketOf(slot: number): Bucket {
  return {
    used: slot,
    atUs: slot + 1,
    count: slot + 2,
    period: slot + 3,
    tickUs: slot + 4,
    capacity: slot + 5,
  };
}

const nothing = () => ({ lease: noLease(), bucket: fullBucket() });

test('every field of every slot is kept, also for another thread', () => {
  const [memory, arena] = [LeaseRecords.reserve(20), arenaOf(20)];
  const records = new LeaseRecords(memory, arena);
  for (let slot = 1; slot <= 20; slot++) {
    records.store(slot, { lease: leaseOf(slot), bucket: bucketOf(slot) });
  }
  const other = new LeaseRecords(memory, arena);
  for (let slot = 1; slot <= 20; slot++) {
    const record = nothing();
    other.load(slot, record);
    expect(record).toEqual({ lease: leaseOf(slot), bucket: bucketOf(slot) });
  }
});

test('memory that nobody has written to holds no lease', () => {
  const record = { lease: leaseOf(1), bucket: bucketOf(1) };
  new LeaseRecords(LeaseRecords.reserve(1), arenaOf(1)).load(1, record);
  expect(record.lease).toEqual(noLease());
  expect(record.bucket.used).toBe(0);
});

//  what differs from no lease, from when on it can be forgotten
test.each([
  [{}, 0],
  [{ deadlineUs: 7 }, 7],
  [{ deniedUntilUs: 9 }, 9],
  [{ deadlineUs: 7, deniedUntilUs: 9 }, 9],
  [{ deadlineUs: 9, deniedUntilUs: 7, left: 5 }, 9],
  [{ deadlineUs: 9, owed: 1 }, Number.POSITIVE_INFINITY],
])('%j can be forgotten from %d on', (differs, fromUs) => {
  const records = new LeaseRecords(LeaseRecords.reserve(1), arenaOf(1));
  records.store(1, { ...nothing(), lease: { ...noLease(), ...differs } });
  expect(records.forgettableFromUs(1)).toBe(fromUs);
});
