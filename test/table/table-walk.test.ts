/** A walk sees every key that stays just once, whatever happens to the table meanwhile. */
import { describe, expect, test } from 'vitest';
import { fullBucket } from '../../src/bucket/token-bucket.ts';
import { inNamespace } from '../../src/lib/namespace.ts';
import { Key } from '../../src/memory/key.ts';
import { ENGINES } from '../../src/table/table-memory.ts';
import { TableWalk } from '../../src/table/table-walk.ts';
import { keyOf } from '../memory/slots.ts';
import { BRIEF, DAILY, TestTable } from './tables.ts';

function nameOf({ words, wordCount, length }: Key): string {
  return `${length}:${words.subarray(0, wordCount).join()}`;
}

function walkOver(table: TestTable, seals = false): TableWalk {
  return new TableWalk({ table: table.memory, clock: () => 0, seals });
}

/** The keys that a walk sees, with what is done between two pieces. */
function seen(table: TestTable, between: (piece: number) => void = () => undefined): string[] {
  const walk = walkOver(table);
  const names: string[] = [];
  const key = new Key();
  for (let piece = 0; walk.next(); piece++) {
    expect(walk.page.count).toBeLessThanOrEqual(128);
    for (let n = 0; n < walk.page.count; n++) {
      walk.page.key(n, key);
      names.push(nameOf(key));
    }
    expect(table.view.shards.some(({ isLocked }) => isLocked)).toBe(false);
    between(piece);
  }
  return names;
}

function keyAt(walk: TableWalk, n: number): Key {
  const key = new Key();
  walk.page.key(n, key);
  return key;
}

/** Of all lengths: whole in a node, in a record, in both, and as digests. */
function keysFrom(from: number, count: number): string[] {
  return Array.from(
    { length: count },
    (_, i) => `${from + i} ${'x'.repeat(((from + i) * 7) % 90)}`,
  );
}

const namesOf = (keys: readonly string[]) => keys.map((key) => nameOf(keyOf(key)));

describe.each(ENGINES)('with %s', (engine) => {
  test('it sees all keys of all shards, in pieces', () => {
    const table = new TestTable(3_000, 4, engine);
    const keys = keysFrom(0, 2_000);
    table.takeAll(keys, DAILY);
    expect(seen(table).sort()).toEqual(namesOf(keys).sort());
    expect(seen(new TestTable(10, 4, engine))).toEqual([]);
  });

  test('and all their buckets, and those that keys share', () => {
    const table = new TestTable(1, 1, engine);
    table.take('a', DAILY);
    table.take('b', BRIEF);
    const walk = walkOver(table);
    const [bucket, key] = [fullBucket(), new Key()];
    expect(walk.next()).toBe(true);
    walk.page.bucket(0, bucket);
    walk.page.key(0, key);
    const { count, period, tickUs } = DAILY;
    const used = { used: period, atUs: table.nowUs, count, period, tickUs, capacity: 1 };
    expect([nameOf(key), bucket]).toEqual([nameOf(keyOf('a')), used]);
    expect(walk.overflow.used).toBe(BRIEF.period);
    expect([walk.shard, walk.isShardsLast, walk.next()]).toEqual([0, true, false]);
  });

  test('none that stays is missed or seen twice while others come and go', () => {
    const table = new TestTable(9_000, 2, engine);
    const staying = keysFrom(0, 2_000);
    const going = keysFrom(10_000, 2_000);
    for (let i = 0; i < 2_000; i++) {
      table.take(staying[i] as string, DAILY);
      table.take(going[i] as string, BRIEF);
    }
    table.pass(2);
    const coming = keysFrom(20_000, 4_000);
    let came = 0;
    const names = seen(table, (piece) => {
      table.takeAll(coming.slice(came, came + 150), DAILY);
      came += 150;
      // What can be forgotten is, and the trees are swapped.
      if (piece % 3 === 1) table.evict();
    });
    expect(came).toBeGreaterThan(3_000);
    const wanted = new Set(namesOf(staying));
    expect(names.filter((name) => wanted.has(name)).sort()).toEqual([...wanted].sort());
    expect(new Set(names).size).toBe(names.length);
    expect(table.check().live).toBeGreaterThan(4_000);
  });

  test('whoever stopped at any key goes on behind it', () => {
    const table = new TestTable(400, 1, engine);
    // More keys than homes in a row of a hash table: some have one home.
    const keys = [...keysFrom(0, 300), inNamespace('envoy', '0 xx'), inNamespace('envoy', '7 ')];
    table.takeAll(keys, DAILY);
    const all = seen(table);
    expect([...all].sort()).toEqual(namesOf(keys).sort());
    const walk = walkOver(table);
    const byName = new Map(keys.map((key) => [nameOf(keyOf(key)), keyOf(key)]));
    for (const [i, name] of all.entries()) {
      walk.startAt(0, byName.get(name) as Key);
      expect(walk.next()).toBe(true);
      const next = walk.page.count === 0 ? undefined : nameOf(keyAt(walk, 0));
      expect(next).toBe(all[i + 1]);
    }
  });

  test('keys of several namespaces are found again in a tree that was built anew', () => {
    const table = new TestTable(100, 1, engine);
    // The one is all that the words of the other begin with.
    const pairs = Array.from({ length: 20 }, (_, i) => {
      const name = `1:d1:k8:abcdef${String(i).padStart(2, '0')}`;
      return [inNamespace('envoy', name), `${name}zzzz`, inNamespace('policy', `${name}zzz\0`)];
    }).flat();
    table.takeAll(pairs, DAILY);
    table.evict();
    for (const key of pairs) expect(table.take(key, DAILY).allowed).toBe(false);
    expect(table.table.size).toBe(60);
  });

  test('one that seals leaves locked what it has copied, and nothing else', () => {
    const table = new TestTable(3_000, 2, engine);
    table.takeAll(keysFrom(0, 1_000), DAILY);
    const walk = walkOver(table, true);
    let pieces = 0;
    while (walk.next()) {
      pieces++;
      const locked = table.view.shards.map(({ isLocked }) => isLocked);
      expect(locked).toEqual([true, walk.shard === 1]);
    }
    expect(pieces).toBeGreaterThan(7);
  });
});
