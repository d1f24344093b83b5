/**
 * Several questions that are taken all or none, whatever shards they are in and whoever else asks.
 */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { Cells } from '../../src/metrics/cells.ts';
import { Table, type Taking } from '../../src/table/table.ts';
import { ENGINES, reserveTable } from '../../src/table/table-memory.ts';
import { limitOf, TestTable } from './tables.ts';
import type { TakeAllData } from './take-all-worker.ts';

const LIMIT = limitOf(10, 86_400);

function takings(costs: Readonly<Record<string, number>>): readonly Taking[] {
  return Object.entries(costs).map(([key, cost]) => ({ key, limit: LIMIT, cost }));
}

function takeAll(table: TestTable, costs: Readonly<Record<string, number>>) {
  return table.table.takeAll(takings(costs), table.nowUs);
}

function remaining(table: TestTable, ...keys: readonly string[]): readonly number[] {
  return keys.map((key) => table.take(key, LIMIT, 0).remaining);
}

//  what was taken of a and b before, what is asked, each alone, what remains of a and b
const cases = [
  ['all are there', [0, 0], [1, 2], [true, true], [9, 8]],
  ['just enough', [9, 8], [1, 2], [true, true], [0, 0]],
  ['the first is not', [10, 0], [1, 2], [false, true], [0, 10]],
  ['the last is not', [0, 9], [1, 2], [true, false], [10, 1]],
  ['none is', [10, 9], [1, 2], [false, false], [0, 1]],
  ['one only looks', [3, 10], [0, 1], [true, false], [7, 0]],
  ['all only look', [3, 10], [0, 0], [true, true], [7, 0]],
] as const;
describe.each(ENGINES)('the %s engine', (engine) => {
  const tableOf = (maxKeys: number, shards = 1) => new TestTable(maxKeys, shards, engine);

  describe.each([1, 16])('takeAll() over %i shards', (shards) => {
    test.each(cases)('where %s', (_, taken, asked, each, left) => {
      const table = tableOf(4, shards);
      if (taken[0] > 0) table.take('a', LIMIT, taken[0]);
      if (taken[1] > 0) table.take('b', LIMIT, taken[1]);
      const decisions = takeAll(table, { a: asked[0], b: asked[1] });
      expect(decisions.allowed).toBe(each.every((allowed) => allowed));
      expect(decisions.each.map(({ allowed }) => allowed)).toEqual(each);
      expect(decisions.each.map((decision) => decision.remaining)).toEqual(left);
      expect(remaining(table, 'a', 'b')).toEqual(left);
      table.check();
    });

    test('says of each what take() would have', () => {
      const [one, other] = [tableOf(4, shards), tableOf(4, shards)];
      for (const table of [one, other]) {
        table.take('a', LIMIT, 4);
        table.pass(1);
      }
      const { each } = takeAll(one, { a: 3, b: 10 });
      expect(each).toEqual([other.take('a', LIMIT, 3), other.take('b', LIMIT, 10)]);
      const denied = takeAll(one, { a: 1, b: 1 });
      expect(denied.each).toEqual([
        { ...other.take('a', LIMIT, 0), allowed: true },
        other.take('b', LIMIT, 1),
      ]);
    });

    test('says of what was not taken how it stands now, and not when it was last taken from', () => {
      const table = tableOf(4, shards);
      table.take('a', LIMIT, 4);
      table.take('b', LIMIT, 10);
      // A token comes back in a tenth of a day.
      table.pass(8_640);
      const { allowed, each } = takeAll(table, { a: 1, b: 2 });
      expect(allowed).toBe(false);
      expect(each[0]).toEqual(table.take('a', LIMIT, 0));
      expect(each[0]).toMatchObject({ remaining: 7, resetAfterMs: 3 * 8_640_000 });
    });

    test('a new key that was not taken from has a full bucket, and is forgotten as such', () => {
      const table = tableOf(4, shards);
      table.take('b', LIMIT, 10);
      // So that all shards know of nothing that is full before b is.
      table.rebalancer.sweep();
      expect(takeAll(table, { a: 1, b: 1 }).allowed).toBe(false);
      table.check();
      expect(remaining(table, 'a')).toEqual([10]);
      table.rebalancer.sweep();
      table.check();
      expect(table.table.size).toBe(1);
    });
  });

  test('what is undone in a bucket that keys share and nobody took from is told in numbers', () => {
    const table = tableOf(1);
    table.take('a', LIMIT, 10);
    const { allowed, each } = takeAll(table, { a: 1, b: 1 });
    expect(allowed).toBe(false);
    expect(each[1]).toEqual({
      allowed: true,
      limit: 10,
      remaining: 10,
      retryAfterMs: 0,
      resetAfterMs: 0,
      nextTokenMs: 0,
      degraded: true,
    });
  });

  test('in a full table keys of one shared bucket are undone together', () => {
    const table = tableOf(1);
    table.take('x', LIMIT, 1);
    table.take('y', LIMIT, 3);
    const { allowed, each } = takeAll(table, { a: 2, b: 2, c: 4 });
    expect(allowed).toBe(false);
    expect(each).toMatchObject([
      { allowed: true, degraded: true, remaining: 7 },
      { allowed: true, degraded: true },
      { allowed: false, degraded: true },
    ]);
    expect(takeAll(table, { a: 3, b: 4 }).allowed).toBe(true);
    table.check();
  });

  test('a denial with a new limit takes nothing under the old one either', () => {
    const table = tableOf(4);
    table.take('a', LIMIT, 4);
    table.take('b', LIMIT, 10);
    const wider = limitOf(20, 86_400);
    const questions = [
      { key: 'a', limit: wider, cost: 5 },
      { key: 'b', limit: LIMIT, cost: 1 },
    ];
    expect(table.table.takeAll(questions, table.nowUs)).toMatchObject({
      allowed: false,
      each: [{ allowed: true, remaining: 16 }, { allowed: false }],
    });
    expect(remaining(table, 'a')).toEqual([6]);
    // Nor does it change how fast that comes back: a tenth of a day a token, as before.
    table.nowUs += 8_640 * 1_000_000;
    expect(remaining(table, 'a')).toEqual([7]);
  });

  test('threads that ask for the same keys in other orders neither wait for ever nor tell them apart', async () => {
    const table = reserveTable(16, { shards: 16, engine });
    const cells = Cells.reserve(3);
    const keys = ['a', 'b', 'c', 'd'];
    const started = new SharedArrayBuffer(4);
    const workers = [0, 1].map((row) => {
      const workerData: TakeAllData = { table, cells, row, keys, rounds: 20_000, started };
      return new Worker(new URL('./take-all-worker.ts', import.meta.url), { workerData });
    });
    const allowed = await Promise.all(
      workers.map(async (worker) => {
        const [message] = (await once(worker, 'message')) as [number];
        return message;
      }),
    );
    const here = new Table(table, new Cells(cells, 2));
    const limit = limitOf(10_000, 366 * 86_400);
    const left = keys.map((key) => here.take(key, limit, 0, 1).remaining);
    // Each taking was one of every key.
    expect(allowed.reduce((sum, one) => sum + one, 0)).toBe(10_000);
    expect(left).toEqual([0, 0, 0, 0]);
  });
});
