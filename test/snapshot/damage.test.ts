/** A file that is cut, or of which a byte is another, gives no bucket more than it had. */
import { expect, test } from 'vitest';
import { Cells } from '../../src/metrics/cells.ts';
import { BLOCK_BYTES as BLOCK, Block, KEYS } from '../../src/snapshot/block.ts';
import { Table } from '../../src/table/table.ts';
import { reserveTable } from '../../src/table/table-memory.ts';
import { limitOf } from '../table/tables.ts';
import { MemoryFiles } from './memory-files.ts';
import { bucketsOf, moment, openWindows, PATH, restart, take } from './restarts.ts';

const NOW = moment(2_000_000_000);

/** The file of 100 keys, which fill more than one block, and of a window. */
function smallFile(snapshot = 7): Buffer {
  const table = reserveTable(100, { shards: 1 });
  const decisions = new Table(table, new Cells(Cells.reserve(1), 0));
  for (let i = 0; i < 100; i++) decisions.take(`key ${i}`, limitOf(10, 86_400), 3, NOW.monotonicUs);
  const windows = openWindows();
  windows.restore(60, { beginUs: 0, endUs: 3_000_000_000, calendarEndUs: 60 });
  const files = new MemoryFiles();
  take(files, { table, windows, moment: NOW, snapshot });
  return files.bytes(PATH);
}

const WHOLE = smallFile();

function read(bytes: Uint8Array) {
  const files = new MemoryFiles();
  files.put(PATH, bytes);
  const { table, reading } = restart(files, { maxKeys: 100, shards: 1, engine: 'tree' }, NOW);
  if (reading.kind !== 'read') throw new Error('the file of this test is there');
  return { table, fault: reading.fault, keys: reading.restored?.keys ?? 0 };
}

function flipped(at: number): Buffer {
  const bytes = Buffer.from(WHOLE);
  bytes[at] = (bytes[at] as number) ^ (1 << (at % 8));
  return bytes;
}

/** Keys that are in each block. */
const KEYS_IN = Array.from({ length: WHOLE.length / BLOCK }, (_, i) => {
  const isOfKeys = WHOLE[i * BLOCK + 6] === 2;
  return isOfKeys ? WHOLE.readUInt16LE(i * BLOCK + 4) : 0;
});

/** All that tell blocks apart, and every fifth of the others; with ARGUS_FUZZ every one. */
const POSITIONS = Array.from(WHOLE.keys()).filter(
  (at) => at % BLOCK < 64 || at % 5 === 0 || process.env['ARGUS_FUZZ'] !== undefined,
);

/** What is restored is as it was. */
function faultsOfRestored(bytes: Uint8Array): readonly string[] {
  return [...bucketsOf(read(bytes).table)]
    .filter(([name, has]) => JSON.stringify(has) !== JSON.stringify(HAD.get(name)))
    .map(([name]) => name);
}

const HAD = bucketsOf(read(WHOLE).table);

test('the file is whole, and of several blocks', () => {
  expect(read(WHOLE)).toMatchObject({ fault: null, keys: 100 });
  expect(KEYS_IN).toEqual([0, 72, 28, 0, 0]);
  expect([...HAD.values()].every(({ used }) => used > 0)).toBe(true);
});

test('a flipped bit anywhere is seen, and what is in other blocks is there as it was', () => {
  for (const at of POSITIONS) {
    const bytes = flipped(at);
    const block = Math.floor(at / BLOCK);
    const { fault, keys } = read(bytes);
    const wanted = at < 4 ? 'foreign' : at === 7 ? 'newer' : 'torn';
    expect([at, fault, keys]).toEqual([at, wanted, block === 0 ? 0 : 100 - (KEYS_IN[block] ?? 0)]);
    if (at % 50 === 0) expect(faultsOfRestored(bytes)).toEqual([]);
  }
});

test('a file that is cut anywhere is seen, and what is before is there as it was', () => {
  for (const at of POSITIONS) {
    const bytes = WHOLE.subarray(0, at);
    const { fault, keys } = read(bytes);
    const whole = Math.floor(at / BLOCK);
    const left = KEYS_IN.slice(0, whole).reduce((sum, count) => sum + count, 0);
    expect([at, fault, keys]).toEqual([at, at < 4 ? 'foreign' : 'torn', left]);
    if (at % 50 === 0) expect(faultsOfRestored(bytes)).toEqual([]);
  }
});

/** A file made of these blocks of the whole one. */
function blocksOf(...places: readonly number[]): Buffer {
  return Buffer.concat(places.map((i) => WHOLE.subarray(i * BLOCK, (i + 1) * BLOCK)));
}

//  what is done to the file, the file, what is said, keys that are left
test.each([
  ['something is behind it', Buffer.concat([WHOLE, Buffer.from('x')]), 'torn', 100],
  ['a block is there twice', blocksOf(0, 1, 1, 2, 3, 4), 'torn', 72],
  ['two blocks have changed places', blocksOf(0, 2, 1, 3, 4), 'torn', 0],
  ['a block is of another snapshot', withBlock(1, smallFile(8)), 'torn', 28],
  ['it is another file', Buffer.from('{"key":"value"}'.repeat(1_000)), 'foreign', 0],
  ['it is empty', Buffer.alloc(0), 'foreign', 0],
  ['it is zeros', Buffer.alloc(3 * BLOCK), 'foreign', 0],
  ['its header is no header', headless(), 'foreign', 0],
])('%s', (_, bytes, fault, keys) => {
  expect(read(bytes)).toMatchObject({ fault, keys });
});

function withBlock(place: number, other: Buffer): Buffer {
  const bytes = Buffer.from(WHOLE);
  other.copy(bytes, place * BLOCK, place * BLOCK, (place + 1) * BLOCK);
  return bytes;
}

/** Begins with a block that is whole by itself, and of keys. */
function headless(): Buffer {
  return finished(WHOLE.subarray(BLOCK, 2 * BLOCK), 0, (block) => block.finish(KEYS, 7, 0));
}

function finished(bytes: Buffer, entries: number, finish: (block: Block) => void): Buffer {
  const memory = new ArrayBuffer(BLOCK);
  new Uint8Array(memory).set(bytes);
  const block = new Block(memory, 0);
  block.at = BLOCK / 4;
  block.entries = entries;
  finish(block);
  return Buffer.from(memory);
}

/** Doubles of the bucket of the first key, what cannot be, and what is said of the whole file. */
test.each([
  ['a used that is no number', 1, Number.NaN],
  ['a used below 0', 1, -1],
  ['a used that is not whole', 1, 0.5],
  ['a time that is no number', 2, Number.POSITIVE_INFINITY],
  ['a rate of 0', 3, 0],
  ['a period of 0', 4, 0],
  ['a capacity below 0', 5, -1],
])('an entry with %s in a block that is whole is left out, and said', (_, field, value) => {
  const body = Buffer.from(WHOLE.subarray(BLOCK, 2 * BLOCK));
  body.writeDoubleLE(value, 24 + field * 8);
  const block = finished(body, KEYS_IN[1] ?? 0, (one) => one.finish(KEYS, 7, 1));
  const bytes = Buffer.concat([blocksOf(0), block, blocksOf(2, 3, 4)]);
  expect(read(bytes)).toMatchObject({ fault: 'torn', keys: 99 });
  expect(faultsOfRestored(bytes)).toEqual([]);
});
