/** A key that is put into a table without a slot for it is not given more than it had. */
import { expect, test } from 'vitest';
import { Key } from '../../src/memory/key.ts';
import { Cells } from '../../src/metrics/cells.ts';
import { Table } from '../../src/table/table.ts';
import { TableLoading } from '../../src/table/table-loading.ts';
import { ENGINES, reserveTable } from '../../src/table/table-memory.ts';
import { acceptedLimit } from '../bucket/histories.ts';
import { bucketsFor, bucketsOf, richerAt } from '../snapshot/restarts.ts';

const NOW_US = 5_000_000_000;
const KEYS = ['a', 'b', 'c', 'd', 'e', 'f'];

test.each(ENGINES)(
  'with %s: it goes by the bucket that is shared, which lacks as much',
  (engine) => {
    const limit = acceptedLimit({ capacity: 10, intervalUs: 60_000_000 });
    const from = reserveTable(KEYS.length, { shards: 1, engine });
    const table = new Table(from, new Cells(Cells.reserve(1), 0));
    for (const [i, key] of KEYS.entries()) table.take(key, limit, i + 1, NOW_US);
    const to = reserveTable(4, { shards: 1, engine, hashKey: from.hashKey });
    const loading = new TableLoading(to);
    const had = bucketsFor(from);
    const found = KEYS.map((text) => {
      const key = new Key();
      key.set(text);
      return loading.put(key, had(text), NOW_US);
    });
    expect(found).toEqual([true, true, true, true, false, false]);
    // Put in once more, it has its place already: what it would lack then is not forgotten either.
    const again = new Key();
    again.set('a');
    expect(loading.put(again, had('f'), NOW_US)).toBe(false);
    expect(bucketsOf(to).size).toBe(4);
    const has = bucketsFor(to);
    for (const key of KEYS) {
      const [one, other] = [has(key), had(key)].map((bucket) => ({ bucket, nowUs: NOW_US }));
      expect(
        richerAt(one as NonNullable<typeof one>, other as NonNullable<typeof other>),
      ).toBeNull();
    }
  },
);
