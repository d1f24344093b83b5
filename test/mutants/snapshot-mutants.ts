/** Guards of snapshots: the walk, the file, the time that passes, and who has room. */
import { type Mutant, mutantsOf } from './mutant.ts';

const WALK = 'test/table/table-walk.test.ts';
const DAMAGE = 'test/snapshot/damage.test.ts';
const KILLED = 'test/snapshot/killed.test.ts';
const ORACLE = 'test/snapshot/restart.oracle.test.ts';
const WINDOWS = 'test/snapshot/windows.test.ts';
const KEEPER = 'test/snapshot/keeper.test.ts';
const PROCESS = 'test/process/snapshots.test.ts';

const WALKS: readonly Mutant[] = [
  ...mutantsOf('src/table/table-walk.ts', WALK, [
    [
      'a walk goes on after the last key that it saw',
      'this.page.key(this.page.count - 1, last);',
      'this.page.key(0, last);',
    ],
    ['a walk lets each shard go', 'if (!this.#seals) shard.unlock();', ''],
    [
      'a walk that seals leaves shards locked',
      'if (!this.#seals) shard.unlock();',
      'if (this.isShardsLast || !this.#seals) shard.unlock();',
    ],
  ]),
  ...mutantsOf('src/table/hash-engine/hash-walk.ts', WALK, [
    [
      'a piece of a row ends where a home does',
      'const count = isAtEnd ? listed : this.#homeBegan;',
      'const count = isAtEnd ? listed : this.#slots.length;',
    ],
    [
      'a walk over a row sees no home twice',
      'if (word === 0 || itsHome < from) continue;',
      'if (word === 0) continue;',
    ],
    [
      'a walk over a row goes on behind its key, within its home',
      'if (after !== null && itsHome === from && compareKey(this.#arena, after, slot) >= 0) continue;',
      'if (after !== null && itsHome === from) continue;',
    ],
    [
      'the keys of a home have an order',
      'if (compareSlots(this.#arena, before, slot) < 0) break;',
      'break;',
    ],
  ]),
  ...mutantsOf('src/table/tree-engine/tree-walk.ts', WALK, [
    [
      'a walk over a tree begins behind its key',
      'const isBehind = compareKey(this.#arena, after, node) < 0;',
      'const isBehind = compareKey(this.#arena, after, node) <= 0;',
    ],
  ]),
];

const FILES: readonly Mutant[] = [
  ...mutantsOf('src/snapshot/block.ts', DAMAGE, [
    ['a block has a checksum', "if (words[CRC_WORD] !== this.#crc()) return 'torn';", ''],
    [
      'a block of a newer version is not read',
      "if ((words[KIND_WORD] as number) >>> 24 > VERSION) return 'newer';",
      '',
    ],
    [
      'a block of another snapshot is not read',
      'return this.words[SNAPSHOT_WORD] === snapshot && this.words[PLACE_WORD] === place;',
      'return snapshot === snapshot && this.words[PLACE_WORD] === place;',
    ],
    [
      'a block in another place is not read',
      'return this.words[SNAPSHOT_WORD] === snapshot && this.words[PLACE_WORD] === place;',
      'return this.words[SNAPSHOT_WORD] === snapshot && place >= 0;',
    ],
  ]),
  ...mutantsOf('src/snapshot/snapshot-reader.ts', DAMAGE, [
    [
      'a file without its end is not whole',
      'const isWhole = ended && whole * BLOCK_BYTES === this.#size;',
      'const isWhole = whole === Math.floor(this.#size / BLOCK_BYTES);',
    ],
  ]),
  ...mutantsOf('src/snapshot/entries.ts', DAMAGE, [
    ['an entry that is no bucket is left out', 'isCount(into.used) &&', ''],
    ['a rate of nothing is no rate', 'isRate &&', ''],
  ]),
  ...mutantsOf('src/snapshot/entries.ts', ORACLE, [
    [
      'a bucket comes back at the rate that it had',
      'into.period = doubles[from + 3] as number;',
      'into.period = (doubles[from + 3] as number) + 1;',
    ],
  ]),
  ...mutantsOf('src/snapshot/snapshot-writer.ts', KILLED, [
    ['a snapshot is on the disk before it has its name', 'files.sync(file);', ''],
    ['the name of a snapshot is on the disk', 'files.syncFolder(dirname(path));', ''],
    [
      'a snapshot is written beside the last one',
      'this.#file = parts.files.create(this.#besidePath);',
      'this.#file = parts.files.create(parts.path);',
    ],
    [
      'all of a snapshot is written, however little a write takes',
      'at += this.#parts.files.write(this.#file as number, this.#bytes.subarray(at, end));',
      'this.#parts.files.write(this.#file as number, this.#bytes.subarray(at, end)); at = end;',
    ],
  ]),
];

const TIMES: readonly Mutant[] = [
  ...mutantsOf('src/snapshot/time-passed.ts', 'test/snapshot/time-passed.test.ts', [
    [
      'a clock that went back counts as none passed',
      'Math.max(0, now.wallUs - then.wallUs - WALL_STEP_US)',
      'now.wallUs - then.wallUs - WALL_STEP_US',
    ],
    ['the wall clock may say a millisecond too much', 'then.wallUs - WALL_STEP_US', 'then.wallUs'],
    [
      'another boot has another clock',
      "then.bootId !== '' && then.bootId === now.bootId",
      "then.bootId !== ''",
    ],
    [
      'boots that nobody can tell apart are others',
      "then.bootId !== '' && then.bootId === now.bootId",
      'then.bootId === now.bootId',
    ],
  ]),
  ...mutantsOf('src/snapshot/restore.ts', ORACLE, [
    [
      'a bucket that was used while the snapshot was taken is not ahead',
      'bucket.atUs = Math.min(bucket.atUs, this.#nowUs);',
      '',
    ],
    ['a bucket is of the clock that counts now', 'bucket.atUs += this.#shiftUs;', ''],
    [
      'keys that have no room lack what they lacked',
      'this.#loading.share(key, bucket, nowUs);',
      '',
    ],
    [
      'those that would be full first have no room',
      'if (fullUs !== this.#fromUs) return fullUs > this.#fromUs;',
      'if (fullUs !== this.#fromUs) return fullUs < this.#fromUs;',
    ],
    ['buckets that keys share are inherited', 'this.#inherit(block);', 'void block;'],
  ]),
  ...mutantsOf('src/snapshot/restore.ts', WINDOWS, [
    ['windows that were open are open', 'this.#openWindows(block);', 'void block;'],
  ]),
  ...mutantsOf('src/table/table-loading.ts', 'test/table/table-loading.test.ts', [
    [
      'a key that finds no slot lacks what it lacked',
      'this.#share(shard, bucket, nowUs);\n    } else {',
      '\n    } else {',
    ],
  ]),
  ...mutantsOf('src/table/table-loading.ts', ORACLE, [
    [
      'twice as many shards all inherit',
      'i < this.#shards.length; i += step',
      'i < step; i += step',
    ],
  ]),
  ...mutantsOf('src/bucket/shared-bucket.ts', 'test/bucket/shared-bucket.test.ts', [
    [
      'of two buckets the slower rate holds',
      'isFaster(shared, one) ? [one, { ...shared }] : [shared, one]',
      'isFaster(one, shared) ? [one, { ...shared }] : [shared, one]',
    ],
    ['of two buckets the one that lacks more counts', '|| used > slow.used;', '&& used > 0;'],
    [
      'a window that is joined gives nothing back before it ends',
      'return { ...bucket, used: 2 * tokens * seconds,',
      'return { ...bucket, used: tokens * seconds,',
    ],
    [
      'more tokens than a unit can count are counted in a coarser one',
      'tokens * slow.period <= MOST_USED ? slow : coarser(slow, tokens)',
      'slow',
    ],
  ]),
];

const KEEPING: readonly Mutant[] = [
  ...mutantsOf('src/snapshot/snapshot-keeper.ts', KEEPER, [
    ['a file that is not whole is kept aside', 'files.rename(path, aside);', ''],
    [
      'where a whole file is required, others end the start',
      'if (isRequired) return',
      'if (isRequired && words === path) return',
    ],
    ['after the last snapshot there is none', 'this.#callOff?.();', ''],
    ['a fault that is no file is thrown on', 'if (code === undefined) throw error;', ''],
    ['a snapshot that fails is counted', 'cells.add(SNAPSHOTS_FAILED, 1);', ''],
  ]),
  ...mutantsOf('src/threads/drain.ts', PROCESS, [
    ['a service that is told to stop writes a last snapshot', 'await parts.seal();', ''],
  ]),
  ...mutantsOf('src/threads/supervisor.ts', PROCESS, [
    [
      'a second one on the same port writes no snapshot',
      '  await workers.started;\n',
      '  await workers.started;\n  workers.beginSnapshots();\n',
    ],
    [
      'the hash key of the snapshot is used again',
      'shape.hasSnapshots ? hashKeyOf(systemFiles, config.snapshot) : null',
      'null',
    ],
  ]),
  ...mutantsOf('src/snapshot/file-system.ts', PROCESS, [
    ['a snapshot is its owner alone', 'const OWNER_ONLY = 0o600;', 'const OWNER_ONLY = 0o644;'],
  ]),
  ...mutantsOf('src/config.ts', 'test/config/command.test.ts', [
    [
      'no snapshots of what is in Redis',
      "if (config.snapshot !== '' && config.redisUrl !== '') {",
      "if (config.snapshot !== '' && config.redisUrl === config.snapshot) {",
    ],
  ]),
];

export const SNAPSHOT_MUTANTS: readonly Mutant[] = [...WALKS, ...FILES, ...TIMES, ...KEEPING];
