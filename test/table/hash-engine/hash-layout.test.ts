/** The shape of the index at any size: room for every slot, and more homes than keys. */
import { expect, test } from 'vitest';
import { hashLayout } from '../../../src/table/hash-engine/hash-layout.ts';
import { reserveTable } from '../../../src/table/table-memory.ts';
import { bytesOf } from '../table-bytes.ts';

//  keys, shards, homes a shard, bits of a slot's number
test.each([
  [1, 16, 32, 5],
  [4_096, 16, 512, 13],
  [4_097, 32, 512, 13],
  [100_000, 512, 512, 17],
  [1_000_000, 4_096, 512, 20],
  [60_000_000, 262_144, 512, 26],
  [2_000, 1, 4_096, 11],
])('%i keys in %i shards have %i homes each', (keys, shards, homes, slotBits) => {
  const layout = hashLayout(keys, keys + shards, shards);
  expect(2 ** layout.homesLog2).toBe(homes);
  expect(layout).toMatchObject({ rowWords: homes + 32, slotBits, distanceShift: 27 });
  expect(keys + shards).toBeLessThan(2 ** slotBits);
});

test.each([524_289, 1_000_000, 1_048_576, 10_000_000])(
  '%i keys cost at most 160 bytes each',
  (keys) => {
    expect(bytesOf(reserveTable(keys, { engine: 'hash' })) / keys).toBeLessThanOrEqual(160);
  },
);
