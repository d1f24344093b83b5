/** What the rebalancer's thread does, whatever the engine: with a clock that the tests set. */
import { describe, expect, test } from 'vitest';
import { EVICTIONS } from '../../src/metrics/cells.ts';
import { CHECK_EVERY_MS } from '../../src/table/sweep-times.ts';
import { ENGINES } from '../../src/table/table-memory.ts';
import { numbered } from '../tree/trees.ts';
import { BRIEF, DAILY, limitOf, TestTable } from './tables.ts';

const CHECK_EVERY = CHECK_EVERY_MS / 1_000;

/** As the rebalancer's thread does while nobody asks for anything. */
function idle(table: TestTable, seconds: number): void {
  for (let passed = 0; passed < seconds; passed += CHECK_EVERY) {
    table.pass(CHECK_EVERY);
    table.rebalancer.check();
  }
}

function ascending(table: TestTable, from: number, to: number, limit = DAILY): void {
  for (let i = from; i < to; i++) table.take(numbered(i), limit);
}

describe.each(ENGINES)('the %s engine', (engine) => {
  const tableOf = (maxKeys: number, shards = 1) => new TestTable(maxKeys, shards, engine);

  describe('idle full buckets are gone within 5 seconds', () => {
    test.each([0, 0.1, 0.3, 0.5, 0.7, 1, 1.3, 1.5, 1.9])('whatever the phase: %d s', (phase) => {
      const table = tableOf(300, 4);
      idle(table, 1);
      ascending(table, 0, 100, BRIEF);
      idle(table, 0.5); // rebuilds: they are deep
      table.pass(phase);
      ascending(table, 100, 200, limitOf(1, 2));
      idle(table, 2);
      table.pass(0.499); // the last became full just after a check
      idle(table, 4.5);
      expect(table.table.size).toBe(0);
      expect(table.counted(EVICTIONS)).toBe(200);
      expect(table.check()).toMatchObject({ live: 0, free: 200 });
    });

    test('also beside a key that is never idle', () => {
      const table = tableOf(100);
      ascending(table, 0, 99, BRIEF);
      for (let i = 0; i < 12; i++) {
        table.take('hot', BRIEF);
        idle(table, 0.5);
      }
      expect(table.keys()).toEqual(['hot']);
      expect(table.take('hot', BRIEF).allowed).toBe(true);
    });

    test('also one alone, and one that was only looked at since', () => {
      const table = tableOf(2);
      table.takeAll(['a', 'b'], BRIEF);
      table.pass(1);
      table.take('b', BRIEF, 0);
      idle(table, 4);
      expect(table.check()).toMatchObject({ live: 0, free: 2 });
    });

    test('and not before they are full', () => {
      const table = tableOf(10);
      ascending(table, 0, 10, limitOf(1, 6));
      idle(table, 5.5);
      expect(table.table.size).toBe(10);
    });
  });

  describe('serve()', () => {
    test('sweeps every shard that has a full bucket when the table is full', () => {
      const table = tableOf(64, 4);
      ascending(table, 0, 60, BRIEF);
      ascending(table, 60, 64, DAILY);
      table.pass(1);
      table.view.requests.askAll();
      table.rebalancer.serve();
      expect(table.check()).toMatchObject({ live: 4, free: 60 });
      // Not bound by the pause between two sweeps of one shard.
      ascending(table, 100, 160, BRIEF);
      table.pass(1);
      table.view.requests.askAll();
      table.rebalancer.serve();
      expect(table.check()).toMatchObject({ live: 4, free: 60 });
    });

    test('sweeps a full table at once, and again after 100 ms at the soonest', () => {
      const table = tableOf(64, 4);
      const sweep = () => {
        ascending(table, 0, 60, limitOf(1, 0.05));
        table.view.requests.askAll();
        table.rebalancer.serve();
        return table.table.size;
      };
      table.view.requests.askAll();
      table.rebalancer.serve();
      expect(sweep()).toBe(60);
      table.pass(0.099_999);
      table.rebalancer.serve();
      expect(table.table.size).toBe(60);
      table.pass(0.000_001);
      table.rebalancer.serve();
      expect(table.table.size).toBe(0);
    });
  });

  test('runUntil() checks every half second, serves requests, and stops when told', () => {
    const table = tableOf(100, 2);
    ascending(table, 0, 50, BRIEF);
    let turns = 0;
    table.rebalancer.runUntil(() => {
      table.pass(CHECK_EVERY);
      return ++turns > 10;
    });
    expect(turns).toBe(11);
    expect(table.table.size).toBe(0);
  });
});
