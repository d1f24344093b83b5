/** How many keys a table has is known, and not counted out: clients ask for it as they like. */
import { expect, test } from 'vitest';
import { Cells } from '../../src/metrics/cells.ts';
import { HashedKeys } from '../../src/table/hashed-keys.ts';
import { Lookup } from '../../src/table/lookup.ts';
import { ENGINES, reserveTable, type TableView, viewTable } from '../../src/table/table-memory.ts';

test.each(ENGINES)('the number of keys is told without a look at any shard: %s', (engine) => {
  const memory = reserveTable(1_000, { engine });
  const view = viewTable(memory);
  const lookups = { count: 0 };
  const shards = new Proxy(view.shards, {
    get: (all, name) => {
      if (name !== 'length') lookups.count++;
      return Reflect.get(all, name) as unknown;
    },
  });
  const lookup = new Lookup(
    { ...view, shards } as TableView,
    new HashedKeys(memory.hashKey),
    new Cells(Cells.reserve(1), 0),
  );
  for (let i = 0; i < 700; i++) {
    const key = lookup.key(`key ${i}`);
    const shard = lookup.shardOf(key);
    lookup.find(shard, key);
    lookup.add(shard, key);
  }
  expect(lookups.count).toBeGreaterThan(0);
  lookups.count = 0;
  expect(lookup.size).toBe(700);
  expect(lookups.count).toBe(0);
});
