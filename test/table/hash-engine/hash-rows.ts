/** Hash tables whose hash key tests know, so that they can make keys collide. */
import { assert } from '../../../src/lib/assert.ts';
import { Key } from '../../../src/memory/key.ts';
import type { BucketRecords } from '../../../src/table/bucket-records.ts';
import type { HashView } from '../../../src/table/hash-engine/hash-view.ts';
import { hashOf } from '../../../src/table/keyed-hash.ts';
import { viewTable } from '../../../src/table/table-memory.ts';
import { TestTable } from '../tables.ts';

export class HashTable extends TestTable {
  override readonly view: HashView<BucketRecords>;

  constructor(maxKeys: number, shards = 1) {
    super(maxKeys, shards, 'hash');
    const view = viewTable(this.memory);
    assert(view.engine === 'hash', 'the table was reserved for a hash table');
    this.view = view as HashView<BucketRecords>;
  }

  /** All bits of the hash that say where in its row a key is at home. REQUIRES: one shard. */
  homeOf(text: string): number {
    const key = new Key();
    key.set(text);
    const hash = hashOf(this.memory.hashKey, key);
    return hash & (2 ** this.view.rows.layout.homesLog2 - 1);
  }

  /** The first `count` keys that have this home, found by whoever knows the hash key. */
  colliding(count: number, home: number): readonly string[] {
    const found: string[] = [];
    for (let i = 0; found.length < count; i++) {
      const text = `colliding ${i}`;
      if (this.homeOf(text) === home) found.push(text);
    }
    return found;
  }

  /** The words of the first shard's row that hold a key, by their places. */
  taken(): readonly number[] {
    const { words, layout } = this.view.rows;
    const row = [...words.subarray(0, layout.rowWords)];
    return row.flatMap((word, at) => (word === 0 ? [] : [at]));
  }
}
