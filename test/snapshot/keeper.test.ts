/** When snapshots are written, what is said of those that cannot be, and of files that are read. */
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { expect, test } from 'vitest';
import {
  Cells,
  SNAPSHOT_KEYS,
  SNAPSHOT_TAKEN_US,
  SNAPSHOTS_FAILED,
  SNAPSHOTS_WRITTEN,
  sumCells,
} from '../../src/metrics/cells.ts';
import { hashKeyOf } from '../../src/snapshot/read-header.ts';
import { SnapshotKeeper } from '../../src/snapshot/snapshot-keeper.ts';
import { Table } from '../../src/table/table.ts';
import { reserveTable, type TableMemory } from '../../src/table/table-memory.ts';
import { FakeTime } from '../support/fake-time.ts';
import { limitOf } from '../table/tables.ts';
import { MemoryFiles } from './memory-files.ts';
import { openWindows, PATH } from './restarts.ts';

const SECOND_MS = 1_000;

class Scene {
  readonly time = new FakeTime();
  readonly cells: SharedArrayBuffer = Cells.reserve(1);
  readonly files: MemoryFiles;
  readonly table: TableMemory;
  readonly keeper: SnapshotKeeper;
  log = '';

  constructor(files: MemoryFiles, isRequired = false) {
    this.files = files;
    this.table = reserveTable(10, { shards: 1, hashKey: hashKeyOf(files, PATH) });
    const to = new Writable({
      write: (chunk, _, done) => {
        this.log += String(chunk);
        done();
      },
    });
    this.keeper = new SnapshotKeeper({
      files,
      path: PATH,
      intervalMs: 10 * SECOND_MS,
      isRequired,
      table: this.table,
      windows: openWindows(),
      clock: this.time.clock,
      wall: () => 1_798_761_600_000_000,
      bootId: 'a boot',
      timers: this.time,
      random: () => 0.5,
      cells: new Cells(this.cells, 0),
      log: pino({ level: 'debug' }, to),
    });
  }

  use(key: string): boolean {
    const cells = new Cells(Cells.reserve(1), 0);
    const nowUs = this.time.clock();
    return new Table(this.table, cells).take(key, limitOf(1, 86_400), 1, nowUs).allowed;
  }

  counted(cell: number): number {
    return sumCells(this.cells)[cell] as number;
  }
}

test('nothing is written before it is told to begin, and then one every so often', async () => {
  const scene = new Scene(new MemoryFiles());
  expect(scene.keeper.restore()).toBeNull();
  expect(scene.log).toContain(`there is no snapshot ${PATH} yet`);
  await scene.time.pass(60 * SECOND_MS);
  expect(scene.files.names).toEqual([]);
  scene.use('a');
  scene.keeper.begin();
  await scene.time.pass(9_999);
  expect(scene.files.names).toEqual([]);
  await scene.time.pass(1);
  expect(scene.files.names).toEqual([PATH]);
  await scene.time.pass(30 * SECOND_MS);
  expect(scene.counted(SNAPSHOTS_WRITTEN)).toBe(4);
  expect(scene.counted(SNAPSHOT_KEYS)).toBe(1);
  expect(scene.counted(SNAPSHOT_TAKEN_US)).toBe(scene.time.clock());
});

test('what cannot be written is named and counted, and the next one is tried', async () => {
  const scene = new Scene(new MemoryFiles());
  scene.keeper.begin();
  scene.files.refuses = 'ENOSPC';
  await scene.time.pass(10 * SECOND_MS);
  expect(scene.counted(SNAPSHOTS_FAILED)).toBe(1);
  expect(scene.log).toContain(`Cannot write the snapshot ${PATH}: ENOSPC`);
  scene.files.refuses = null;
  await scene.time.pass(10 * SECOND_MS);
  expect([scene.counted(SNAPSHOTS_WRITTEN), scene.counted(SNAPSHOTS_FAILED)]).toEqual([1, 1]);
});

test('a fault that is not of the system is thrown on', () => {
  const scene = new Scene(new MemoryFiles());
  scene.files.stopAt = 1;
  expect(() => scene.keeper.seal()).toThrow();
});

test('the last one is written at once, and none after it', async () => {
  const scene = new Scene(new MemoryFiles());
  scene.keeper.begin();
  scene.use('a');
  scene.keeper.seal();
  expect(scene.counted(SNAPSHOTS_WRITTEN)).toBe(1);
  expect(scene.time.planned).toBe(0);
  await scene.time.pass(60 * SECOND_MS);
  expect(scene.counted(SNAPSHOTS_WRITTEN)).toBe(1);
  const next = new Scene(scene.files);
  expect(next.keeper.restore()).toBeNull();
  expect([next.use('a'), next.use('b')]).toEqual([false, true]);
});

/** Files with a snapshot of one key, changed so. */
function filesWith(change: (bytes: Buffer) => Uint8Array): MemoryFiles {
  const scene = new Scene(new MemoryFiles());
  scene.use('a');
  scene.keeper.seal();
  const bytes = change(Buffer.from(scene.files.bytes(PATH)));
  const files = new MemoryFiles();
  files.put(PATH, bytes);
  return files;
}

const ASIDE = '20270101T000000000Z';

//  the file, what it is kept aside as, what is said, keys that are there again
test.each([
  ['is cut', (bytes: Buffer) => bytes.subarray(0, -1), 'torn', 'is not whole', 1],
  ['is foreign', () => Buffer.from('not a snapshot'), 'foreign', 'is no snapshot of this', 0],
  ['is newer', (bytes: Buffer) => Buffer.concat([bytes.fill(2, 7, 8)]), 'newer', 'a newer', 0],
])(
  'a file that %s is named and kept aside, and what is whole is read',
  (_, change, as, words, keys) => {
    const files = filesWith(change);
    const before = Buffer.from(files.bytes(PATH));
    const scene = new Scene(files);
    expect(scene.keeper.restore()).toBeNull();
    expect(files.names).toEqual([`${PATH}.${as}-${ASIDE}`]);
    expect(files.bytes(`${PATH}.${as}-${ASIDE}`)).toEqual(before);
    expect(scene.log).toContain(words);
    expect(scene.log).toContain(`it is kept as ${PATH}.${as}-${ASIDE}`);
    expect(scene.use('a')).toBe(keys === 0);
  },
);

test('where a whole one is required, the start ends, and the file stays where it is', () => {
  const files = filesWith((bytes) => bytes.subarray(0, -1));
  const scene = new Scene(files, true);
  expect(scene.keeper.restore()).toBe(
    `The snapshot ${PATH} is not whole, and SNAPSHOT_REQUIRED is true`,
  );
  expect(files.names).toEqual([PATH]);
  // The first start has none.
  expect(new Scene(new MemoryFiles(), true).keeper.restore()).toBeNull();
});
