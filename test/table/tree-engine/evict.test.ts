/** Eviction changes no answer. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { fullBucket, take } from '../../../src/bucket/token-bucket.ts';
import { BucketRecords } from '../../../src/table/bucket-records.ts';
import { Eviction } from '../../../src/table/tree-engine/evict.ts';
import { histories, type Step } from '../../bucket/histories.ts';
import { arenaOf, slotWith } from '../../memory/slots.ts';
import { limitOf, SECOND, TreeTable } from '../tables.ts';

/** Slots 1, 2, 3 and so on, full again after so many seconds. */
function bucketsFullAfter(...seconds: number[]) {
  const arena = arenaOf(seconds.length);
  const records = new BucketRecords(arena);
  const list = Int32Array.from(seconds, (after) => {
    const slot = slotWith(arena, `key ${after}`);
    const bucket = fullBucket();
    if (after > 0) take(bucket, limitOf(1, after), 1, 0);
    records.store(slot, bucket);
    return slot;
  });
  return { arena, records, list };
}

describe('Eviction', () => {
  test('sets full buckets aside, keeps the rest in order, and knows the next to be full', () => {
    const { records, list } = bucketsFullAfter(5, 1, 9, 2, 4, 0);
    const eviction = new Eviction(records, list.length);
    expect(eviction.setAside(list, 6, 2 * SECOND)).toBe(3);
    expect([...list.subarray(0, 3)]).toEqual([1, 3, 5]);
    expect([...eviction.slots.subarray(0, eviction.count)]).toEqual([2, 4, 6]);
    expect(eviction.fullFromUs).toBe(4 * SECOND);
  });

  test('where none stays there is no next', () => {
    const { records, list } = bucketsFullAfter(1, 2);
    const eviction = new Eviction(records, list.length);
    expect(eviction.setAside(list, 2, 2 * SECOND)).toBe(0);
    expect(eviction.fullFromUs).toBe(Number.POSITIVE_INFINITY);
    expect(eviction.setAside(list, 0, 2 * SECOND)).toBe(0);
    expect(eviction.count).toBe(0);
  });

  test('puts back what was used since, once', () => {
    const { records, list } = bucketsFullAfter(1, 1, 1, 1);
    const eviction = new Eviction(records, list.length);
    eviction.setAside(list, 4, SECOND);
    const used = fullBucket();
    take(used, limitOf(1, 1), 1, SECOND);
    for (const slot of [2, 4]) records.store(slot, used);
    const back = new Int32Array(4);
    expect(eviction.putBack(back, SECOND)).toBe(2);
    expect([...back.subarray(0, 2)]).toEqual([2, 4]);
    expect([...eviction.slots.subarray(0, eviction.count)]).toEqual([1, 3]);
    expect(eviction.putBack(back, SECOND)).toBe(0);
  });

  test('changes no bucket by looking at it', () => {
    const { arena, records, list } = bucketsFullAfter(1, 5);
    const before = arena.records.slice();
    const eviction = new Eviction(records, list.length);
    eviction.setAside(list, 2, 2 * SECOND);
    eviction.putBack(list, 3 * SECOND);
    expect(arena.records).toEqual(before);
  });
});

interface Act {
  readonly key: number;
  /** What the rebalancer does before this question, if anything. */
  readonly rebalancer: 'nothing' | 'begin or finish' | 'run';
}

const acts: fc.Arbitrary<Act[]> = fc.array(
  fc.record({
    key: fc.nat(6),
    rebalancer: fc.constantFrom('nothing', 'begin or finish', 'begin or finish', 'run'),
  }),
  { minLength: 40, maxLength: 40 },
);

/** A table that is rebuilt at random points, and whether a shadow is being built. */
class RebuiltTable extends TreeTable {
  #isBuilding = false;

  act(act: Act['rebalancer']): void {
    if (act === 'nothing') return;
    if (this.#isBuilding) {
      this.#isBuilding = !this.rebuild.finish(this.shard);
    } else if (act === 'run') {
      this.rebuild.run(this.shard);
    } else {
      this.rebuild.begin(this.shard);
      this.#isBuilding = true;
    }
  }

  end(): void {
    while (this.#isBuilding) this.act('begin or finish');
  }
}

describe('the same history with sweeps and without', () => {
  test('gets the same answers, decision by decision', () => {
    const property = fc.property(histories(40), acts, (history, others) => {
      const [swept, untouched] = [new RebuiltTable(7), new TreeTable(7)];
      for (const [i, { limit, cost, nowUs }] of history.entries()) {
        const { key, rebalancer } = others[i] as Act;
        swept.nowUs = nowUs;
        swept.act(rebalancer);
        const decision = swept.table.take(`key ${key}`, limit, cost, nowUs);
        expect(decision).toEqual(untouched.table.take(`key ${key}`, limit, cost, nowUs));
      }
      swept.end();
      expect(swept.check().live).toBeLessThanOrEqual(untouched.check().live);
    });
    fc.assert(property, { numRuns: 1_000 });
  });

  test('gets the same answers when a decision was timed before the sweep that it follows', () => {
    const property = fc.property(histories(30), acts, (history, others) => {
      const [swept, untouched] = [new RebuiltTable(7), new TreeTable(7)];
      for (const [i, { limit, cost, nowUs }] of history.entries()) {
        const { key, rebalancer } = others[i] as Act;
        const lateUs = (history[i + 1] ?? (history[i] as Step)).nowUs;
        swept.nowUs = lateUs;
        swept.act(rebalancer);
        // Without a sweep the shard is told of the time by a look at another key.
        if (rebalancer !== 'nothing') untouched.table.take('clock', limit, 0, lateUs);
        const decision = swept.table.take(`key ${key}`, limit, cost, nowUs);
        expect(decision).toEqual(untouched.table.take(`key ${key}`, limit, cost, nowUs));
      }
      swept.end();
      swept.check();
    });
    fc.assert(property, { numRuns: 300 });
  });
});
