/** Guards of the lock, the arena, the keys and the trees. */
import type { Mutant } from './mutant.ts';

const MUTEX = 'src/memory/mutex.ts';
const ARENA = 'src/memory/arena.ts';
const KEY = 'src/tree/node-key.ts';
const SHADOW = 'src/tree/shadow.ts';
const STRESS = 'test/stress/stress.test.ts';

export const MEMORY_MUTANTS: readonly Mutant[] = [
  {
    name: 'lock() locks',
    file: MUTEX,
    find: `  if (Atomics.compareExchange(words, at, FREE, HELD) === FREE) return false;
  lockSlowly(words, at);
  return true;
}

/** REQUIRES: the calling thread holds the lock. */
export function unlock(words: Int32Array, at: number): void {
  const before = Atomics.exchange(words, at, FREE);
  assert(before !== FREE, 'a lock that is released was held');`,
    replace: `  Atomics.store(words, at, HELD);
  return false;
}

export function unlock(words: Int32Array, at: number): void {
  const before = Atomics.exchange(words, at, FREE);`,
    tests: [STRESS],
  },
  {
    name: 'unlock() wakes who waits',
    file: MUTEX,
    find: 'if (before === CONTENDED) Atomics.notify(words, at, 1);',
    replace: '',
    tests: ['test/memory', STRESS],
  },
  {
    name: 'who waits says so',
    file: MUTEX,
    find: 'while (Atomics.exchange(words, at, CONTENDED) !== FREE) Atomics.wait(words, at, CONTENDED);',
    replace: `while (Atomics.compareExchange(words, at, FREE, HELD) !== FREE) {
    Atomics.wait(words, at, HELD);
  }`,
    tests: ['test/memory', STRESS],
  },
  {
    name: 'only a lock that is held is released',
    file: MUTEX,
    find: "assert(before !== FREE, 'a lock that is released was held');",
    replace: '',
    tests: ['test/memory'],
  },
  {
    name: 'a free slot is handed out once',
    file: ARENA,
    find: 'Atomics.store(this.#header, FREE_HEAD, this.records[next] as number);',
    replace: '',
    tests: ['test/memory', STRESS],
  },
  {
    name: 'no slot beyond the last is handed out',
    file: ARENA,
    find: `    if (Atomics.load(this.#header, TOUCHED) > this.capacity) return NONE;
    const slot = Atomics.add(this.#header, TOUCHED, 1);
    if (slot <= this.capacity) return slot;`,
    replace: `    const slot = Atomics.add(this.#header, TOUCHED, 1);
    if (slot <= this.capacity + 1) return slot;`,
    tests: ['test/memory'],
  },
  {
    name: 'a slot that is handed out has no links',
    file: 'src/table/tree-engine/rebuild.ts',
    find: 'this.#arena.nodes.fill(NONE, node, node + HEAD);',
    replace: '',
    tests: ['test/table', STRESS],
  },
  {
    name: 'a slot is released once',
    file: ARENA,
    find: "assert(this.records[record + KEY_LENGTH] !== 0, 'a slot is released once');",
    replace: '',
    tests: ['test/memory'],
  },
  {
    name: 'the length of a key tells it from another: when searching',
    file: KEY,
    find: 'return compareLengths(key.length, records[record + KEY_LENGTH] as number);',
    replace: 'return 0;',
    tests: ['test/tree'],
  },
  {
    name: 'the length of a key tells it from another: when ordering slots',
    file: KEY,
    find: 'return compareLengths(length, records[otherRecord + KEY_LENGTH] as number);',
    replace: 'return 0;',
    tests: ['test/tree'],
  },
  {
    name: 'all of a long key counts',
    file: 'src/memory/key.ts',
    find: "pack(hash('sha256', bytes, 'buffer'), this.words, PREFIX_BYTES / 4);",
    replace: 'pack(bytes.subarray(PREFIX_BYTES, WHOLE_BYTES), this.words, PREFIX_BYTES / 4);',
    tests: ['test/tree'],
  },
  {
    name: 'a namespace is a part of a key',
    file: 'src/memory/key.ts',
    find: '    this.length |= namespace << LENGTH_BITS;\n',
    replace: '',
    tests: ['test/memory/key.test.ts'],
  },
  {
    name: 'a plain text that begins with a pair is of no namespace',
    file: 'src/lib/namespace.ts',
    find: '&& !isLowSurrogate(text);',
    replace: ';',
    tests: ['test/memory/key.test.ts'],
  },
  {
    name: 'the shape that is written is balanced',
    file: SHADOW,
    find: '    let depthSum = 0;',
    replace: `    const chain = this.#tree.keys();
    for (const [i, slot] of chain.entries()) {
      this.#slots.nodes[(slot << NODE_WORDS_LOG2) + links + LEFT] = NONE;
      this.#slots.nodes[(slot << NODE_WORDS_LOG2) + links + RIGHT] = chain[i + 1] ?? NONE;
    }
    this.depthSum = (chain.length * (chain.length + 1)) / 2;
    if (this.depthSum >= 0) return chain[0] ?? NONE;
    let depthSum = 0;`,
    tests: ['test/tree', 'test/table'],
  },
  {
    name: 'left is left and right is right',
    file: SHADOW,
    find: `this.#slots.nodes[base + LEFT] = node.left === null ? NONE : node.left.key;
        this.#slots.nodes[base + RIGHT] = node.right === null ? NONE : node.right.key;`,
    replace: `this.#slots.nodes[base + RIGHT] = node.left === null ? NONE : node.left.key;
        this.#slots.nodes[base + LEFT] = node.right === null ? NONE : node.right.key;`,
    tests: ['test/tree', 'test/table'],
  },
  {
    name: 'keys of several namespaces have one order',
    file: 'src/memory/key.ts',
    find: 'return bytesOf(one) - bytesOf(other) || one - other;',
    replace: 'return one - other;',
    tests: ['test/tree/node-key.test.ts'],
  },
];
