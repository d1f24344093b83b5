/**
 * No bucket has more after a restart than it had when the snapshot took it, and its refill: random
 * tables, restarted with other engines, sizes, shards and clocks, judged exactly.
 */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { copyOf } from '../../src/bucket/token-bucket.ts';
import { Cells } from '../../src/metrics/cells.ts';
import { Table } from '../../src/table/table.ts';
import { ENGINES, reserveTable, type TableMemory } from '../../src/table/table-memory.ts';
import { acceptedLimit, anyLimit } from '../bucket/histories.ts';
import { MemoryFiles } from './memory-files.ts';
import {
  bucketsFor,
  bucketsOf,
  moment,
  type NextTable,
  restart,
  richerAt,
  take,
} from './restarts.ts';

const START_US = 5_000_000_000_000;

interface Draw {
  readonly engine: number;
  readonly shards: number;
  /** Of two tables, before and after. */
  readonly maxKeys: readonly [number, number];
  readonly limits: readonly Parameters<typeof acceptedLimit>[0][];
  readonly takings: readonly { key: number; limit: number; share: number; passesUs: number }[];
  readonly downUs: number;
}

const size = fc.constantFrom(40, 25, 12, 6);
const draws: fc.Arbitrary<Draw> = fc.record({
  engine: fc.nat(3),
  shards: fc.nat(15),
  maxKeys: fc.tuple(size, size),
  limits: fc.array(anyLimit, { minLength: 4, maxLength: 4 }),
  takings: fc.array(
    fc.record({
      key: fc.nat(29),
      limit: fc.nat(3),
      share: fc.integer({ min: 1, max: 100 }),
      passesUs: fc.oneof(fc.constant(0), fc.nat(50), fc.nat(5_000_000)),
    }),
    { minLength: 1, maxLength: 60, size: 'max' },
  ),
  downUs: fc.oneof(fc.constant(0), fc.nat(3_000_000), fc.nat(1_000_000_000_000)),
});

// Beyond 68 bytes a key is a digest.
const KEYS = Array.from({ length: 30 }, (_, i) =>
  i % 3 === 0
    ? `${i} ${'long '.repeat(20)}`
    : `key ${i}${i % 3 === 1 ? '' : ' of forty bytes or so, as keys are'}`,
);

function before({ engine, shards, maxKeys, limits, takings }: Draw): [TableMemory, number] {
  const memory = reserveTable(maxKeys[0], {
    shards: 2 ** (shards & 3),
    engine: ENGINES[engine & 1] ?? 'tree',
  });
  const table = new Table(memory, new Cells(Cells.reserve(1), 0));
  let nowUs = START_US;
  for (const { key, limit: which, share, passesUs } of takings) {
    const limit = acceptedLimit(limits[which] as Draw['limits'][number]);
    nowUs += passesUs;
    const cost = Math.max(1, Math.floor((limit.capacity / 100) * share));
    table.take(KEYS[key] as string, limit, Math.min(cost, limit.capacity), nowUs);
  }
  return [memory, nowUs];
}

function next({ engine, shards, maxKeys }: Draw): NextTable {
  return {
    maxKeys: maxKeys[1],
    shards: 2 ** (shards >>> 2),
    engine: ENGINES[engine >>> 1] ?? 'tree',
  };
}

test('no bucket has more than it had, whatever is another after the restart', () => {
  let crowded = 0;
  fc.assert(
    fc.property(draws, (draw) => {
      const [table, takenUs] = before(draw);
      const files = new MemoryFiles();
      take(files, { table, moment: moment(takenUs) });
      const nowUs = takenUs + draw.downUs;
      const after = restart(files, next(draw), moment(nowUs));
      expect(after.reading).toMatchObject({ kind: 'read', fault: null });
      if (after.reading.kind === 'read') crowded += after.reading.restored?.crowdedOut ?? 0;
      const [hadBy, hasBy] = [bucketsFor(table), bucketsFor(after.table)];
      for (const key of KEYS) {
        const [had, has] = [hadBy(key), hasBy(key)];
        expect(richerAt({ bucket: has, nowUs }, { bucket: had, nowUs })).toBeNull();
      }
    }),
    { numRuns: 150 },
  );
  expect(crowded).toBeGreaterThan(10);
});

test('a bucket that is used while the snapshot is taken has what it had, and is not ahead', () => {
  const table = reserveTable(10, { shards: 1 });
  const limit = acceptedLimit({ capacity: 10, intervalUs: 10_000_000 });
  new Table(table, new Cells(Cells.reserve(1), 0)).take('a', limit, 5, START_US);
  const files = new MemoryFiles();
  take(files, { table, moment: moment(START_US - 300_000, START_US) });
  // No time has passed, as far as anybody can tell.
  const now = moment(70_000_000, START_US - 1, 'another boot');
  const after = restart(files, { maxKeys: 10, shards: 1, engine: 'tree' }, now);
  expect(bucketsFor(after.table)('a')).toMatchObject({ used: 5_000_000, atUs: 70_000_000 });
});

test('with room for all every bucket is the same, to the microsecond', () => {
  fc.assert(
    fc.property(draws, fc.boolean(), (draw, isOtherBoot) => {
      const [table, takenUs] = before({ ...draw, maxKeys: [40, 40] });
      const files = new MemoryFiles();
      take(files, { table, moment: moment(takenUs) });
      // After another boot one clock begins anew, and a millisecond of the other does not count.
      const nowUs = isOtherBoot ? 70_000_000 : takenUs + draw.downUs;
      const wallUs = takenUs + draw.downUs + (isOtherBoot ? 1_000 : 0);
      const now = moment(nowUs, wallUs, isOtherBoot ? 'another boot' : 'a boot');
      const after = restart(files, { ...next(draw), maxKeys: 40 }, now);
      const had = bucketsOf(table);
      const has = bucketsOf(after.table);
      for (const [name, bucket] of has) {
        const before = {
          bucket: copyOf(had.get(name) as typeof bucket),
          nowUs: takenUs + draw.downUs,
        };
        expect(richerAt({ bucket, nowUs }, before)).toBeNull();
        expect(richerAt(before, { bucket, nowUs })).toBeNull();
        expect(bucket.capacity).toBe(before.bucket.capacity);
      }
      // What is not there any more is full.
      const [hadBy, hasBy] = [bucketsFor(table), bucketsFor(after.table)];
      for (const key of KEYS) {
        const full = { bucket: hasBy(key), nowUs };
        const before = { bucket: hadBy(key), nowUs: takenUs + draw.downUs };
        expect(richerAt(full, before)).toBeNull();
      }
    }),
    { numRuns: 100 },
  );
});

test('under other limits after the restart all is decided as without it', () => {
  const others = fc.record({
    limits: fc.array(anyLimit, { minLength: 3, maxLength: 3 }),
    takings: fc.array(
      fc.record({
        key: fc.nat(29),
        limit: fc.nat(2),
        share: fc.integer({ min: 1, max: 100 }),
        passesUs: fc.oneof(fc.constant(0), fc.nat(5_000_000)),
      }),
      { minLength: 1, maxLength: 40, size: 'max' },
    ),
  });
  let denied = 0;
  fc.assert(
    fc.property(draws, others, (draw, { limits, takings }) => {
      const [memory, takenUs] = before({ ...draw, maxKeys: [40, 40] });
      const files = new MemoryFiles();
      take(files, { table: memory, moment: moment(takenUs) });
      let nowUs = takenUs + draw.downUs;
      const { table } = restart(files, { ...next(draw), maxKeys: 40 }, moment(nowUs));
      const [went, came] = [memory, table].map((of) => {
        return new Table(of, new Cells(Cells.reserve(1), 0));
      }) as [Table, Table];
      for (const { key, limit: which, share, passesUs } of takings) {
        nowUs += passesUs;
        const limit = acceptedLimit(limits[which] as Draw['limits'][number]);
        const cost = Math.min(
          limit.capacity,
          Math.max(1, Math.floor((limit.capacity / 100) * share)),
        );
        const wanted = came.take(KEYS[key] as string, limit, cost, nowUs);
        expect(wanted).toEqual(went.take(KEYS[key] as string, limit, cost, nowUs));
        if (!wanted.allowed) denied++;
      }
    }),
    { numRuns: 100 },
  );
  expect(denied).toBeGreaterThan(100);
});
