/** Guards of decisions, swaps and evictions. */
import { type Mutant, mutantsOf } from './mutant.ts';

const TABLE = 'src/table/table.ts';
const LOOKUP = 'src/table/lookup.ts';
const SHARD = 'src/table/shard.ts';
const TREE_SHARD = 'src/table/tree-engine/tree-shard.ts';
const TREE_INDEX = 'src/table/tree-engine/tree-index.ts';
const EVICT = 'src/table/tree-engine/evict.ts';
const REBUILD = 'src/table/tree-engine/rebuild.ts';
const TREE_UPKEEP = 'src/table/tree-engine/tree-upkeep.ts';
const TAKE_ALL = 'test/table/take-all.test.ts';
const TESTS = ['test/table', 'test/stress/stress.test.ts'];

export const TABLE_MUTANTS: readonly Mutant[] = [
  {
    name: 'of two times the later counts',
    file: SHARD,
    find: 'if (nowUs <= latestUs) return latestUs;',
    replace: 'if (nowUs <= latestUs) return nowUs;',
    tests: TESTS,
  },
  {
    name: 'a bucket that was used since is put back',
    file: EVICT,
    find: `if (this.#records.forgettableFromUs(slot) <= nowUs) this.slots[left++] = slot;
      else into[back++] = slot;`,
    replace: 'this.slots[left++] = slot;',
    tests: TESTS,
  },
  {
    name: 'only a full bucket is evicted',
    file: 'src/table/bucket-records.ts',
    find: 'return forgettableFromUs(this.#bucket);',
    replace: `if (this.#bucket.used <= this.#bucket.period) return this.#bucket.atUs;
    return forgettableFromUs(this.#bucket);`,
    tests: TESTS,
  },
  {
    name: 'a new slot is journalled',
    file: TREE_SHARD,
    find: 'if (this.words[this.base + JOURNALLING] === 0) return;',
    replace: 'if (this.base >= 0) return;',
    tests: TESTS,
  },
  {
    name: 'a journal is fetched once',
    file: TREE_SHARD,
    find: 'this.words[this.base + JOURNAL_HEAD] = NONE;',
    replace: '',
    tests: TESTS,
  },
  {
    name: 'a swap hangs in what was journalled',
    file: REBUILD,
    find: 'if (done) this.#swap(shard, links, this.#listJournal(journal, back));',
    replace: 'if (done) this.#swap(shard, links, back);',
    tests: TESTS,
  },
  {
    name: 'a journal that is long is built into the shadow without the lock',
    file: REBUILD,
    find: 'const done = back + shard.journalSize <= bound;',
    replace: 'const done = bound > 0;',
    tests: TESTS,
  },
  {
    name: 'a flood of new keys does not keep a shadow from use',
    file: REBUILD,
    find: 'const bound = HANG_MOST * 2 ** Math.max(0, this.#rounds - PATIENT_ROUNDS);',
    replace: 'const bound = HANG_MOST;',
    tests: TESTS,
  },
  {
    name: 'a slot is hung in without its old links',
    file: REBUILD,
    find: `      this.#arena.nodes[base + LEFT] = NONE;
      this.#arena.nodes[base + RIGHT] = NONE;`,
    replace: '',
    tests: TESTS,
  },
  {
    name: 'a swap flips the links',
    file: TREE_SHARD,
    find: 'this.words[this.base + LINKS] = otherLinkSet(this.links);',
    replace: '',
    tests: TESTS,
  },
  {
    name: 'slots are freed after the swap',
    file: REBUILD,
    find: `    this.#rounds = 0;
    this.#shadow`,
    replace: `    this.#rounds = 0;
    this.#arena.release(this.#eviction.slots, this.#eviction.count);
    this.#eviction.count = 0;
    this.#shadow`,
    tests: TESTS,
  },
  {
    name: 'evicted slots are freed',
    file: REBUILD,
    find: 'this.#arena.release(slots, count);',
    replace: '',
    tests: TESTS,
  },
  {
    name: 'a key that is given a slot starts as a copy of the overflow bucket',
    file: TABLE,
    find: '    this.#degraded = slot === NONE;\n',
    replace: `    this.#degraded = slot === NONE;
    if (!this.#degraded) this.#bucket.used = 0;
`,
    tests: TESTS,
  },
  {
    name: 'keys without a slot share a bucket',
    file: TABLE,
    find: '    return this.#degraded ? shard.overflow : slot;',
    replace: `    if (this.#degraded) this.#bucket.used = 0;
    return slot;`,
    tests: TESTS,
  },
  {
    name: 'a look makes no bucket',
    file: TABLE,
    find: 'if (cost <= 0) {',
    replace: 'if (cost < 0) {',
    tests: TESTS,
  },
  {
    name: 'a full table asks for a sweep',
    file: LOOKUP,
    find: 'this.#requests.askAll();',
    replace: '',
    tests: TESTS,
  },
  {
    name: 'a full table asks for a sweep now and then, not always',
    file: TREE_UPKEEP,
    find: 'this.#clock() >= this.#nextSweepUs && ',
    replace: '',
    tests: TESTS,
  },
  {
    name: 'a deep leaf asks for a rebuild',
    file: TREE_INDEX,
    find: 'if (depth > deepestInsertion(shard.size)) this.#requests.ask(shard.index);',
    replace: '',
    tests: TESTS,
  },
  {
    name: 'a shard knows when its next bucket will be full',
    file: SHARD,
    find: 'if (atUs < this.fullFromUs) this.fullFromUs = atUs;',
    replace: '',
    tests: TESTS,
  },
  {
    name: 'a shard that lies too deep is rebuilt',
    file: TREE_UPKEEP,
    find: 'if (isDeeper(mean, ideal, WORST_MEAN_DEPTH)) return true;',
    replace: '',
    tests: TESTS,
  },
  {
    name: 'a shard whose searches go deep is rebuilt',
    file: TREE_UPKEEP,
    find: 'isDeeper(shard.searchSteps / shard.searches, ideal, WORST_SEARCH_DEPTH)',
    replace: 'shard.searches < 0',
    tests: TESTS,
  },
  ...mutantsOf(LOOKUP, TAKE_ALL, [
    [
      'locks of several shards are taken in their order',
      'inOrder.sort((one, other) => one.index - other.index);',
      '',
    ],
  ]),
  ...mutantsOf(TABLE, TAKE_ALL, [
    [
      'of several questions all are taken or none',
      'if (!stands) for (const one of undo.reverse()) this.#putBack(one);',
      '',
    ],
    ['two that shared a bucket are undone backwards', 'undo.reverse()', 'undo'],
    [
      'what was not taken after all is told as it has refilled',
      '  else refill(bucket, atUs);\n',
      '',
    ],
    [
      'a bucket that was put back is expected to be full',
      'if (slot !== shard.overflow) shard.expectFull(forgettableFromUs(before));',
      '',
    ],
  ]),
  ...mutantsOf(TABLE, 'test/table/table.test.ts', [
    [
      'a look at a table with room is at a full bucket',
      'this.#bucket.used > 0 && this.#lookup.isFullFor(shard, key)',
      'this.#bucket.used > 0',
    ],
  ]),
  ...mutantsOf(LOOKUP, 'test/table/table.test.ts', [
    ['a full table is counted', '      this.#cells.add(TABLE_FULL, 1);\n', ''],
  ]),
  ...mutantsOf(LOOKUP, 'test/table/lookup.test.ts', [
    [
      'keys are not counted out for whoever asks how many there are',
      'return this.#arena.used - this.#shards.length;',
      'return this.#shards.reduce((sum, shard) => sum + shard.size, 0);',
    ],
  ]),
  ...mutantsOf(LOOKUP, 'test/stress/stress.test.ts', [
    [
      'a lock that is found held is counted',
      'if (shard.lock()) this.#cells.add(LOCK_CONTENDED, 1);',
      'shard.lock();',
    ],
  ]),
];
