/** Leases in shared memory come back as they were put in, each in a place of its own. */
import { expect, test } from 'vitest';
import { type Lease, noLease } from '../../src/bucket/lease.ts';
import { fullBucket } from '../../src/bucket/token-bucket.ts';
import { LeaseRecords } from '../../src/table/lease-records.ts';

const FIELDS = Object.keys(noLease()) as readonly (keyof Lease)[];

/** Another number in every field. */
function leaseOf(slot: number): Lease {
  const lease = noLease();
  FIELDS.forEach((field, i) => {
    lease[field] = Number.MAX_SAFE_INTEGER - slot * 100 - i;
  });
  return lease;
}

test('every field of every slot is kept, also for another thread', () => {
  const memory = LeaseRecords.reserve(20);
  const records = new LeaseRecords(memory);
  for (let slot = 1; slot <= 20; slot++) records.store(slot, leaseOf(slot));
  const other = new LeaseRecords(memory);
  for (let slot = 1; slot <= 20; slot++) {
    const lease = noLease();
    other.load(slot, lease);
    expect(lease).toEqual(leaseOf(slot));
  }
});

test('memory that nobody has written to holds no lease', () => {
  const lease = leaseOf(1);
  new LeaseRecords(LeaseRecords.reserve(1)).load(1, lease);
  expect(lease).toEqual(noLease());
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
  const records = new LeaseRecords(LeaseRecords.reserve(1));
  records.store(1, { ...noLease(), ...differs });
  expect(records.forgettableFromUs(1, fullBucket())).toBe(fromUs);
});
