/** Guards of the hash engine: its rows, its keys and its sweep. */
import { type Mutant, mutantsOf } from './mutant.ts';

const FOLDER = 'src/table/hash-engine';
const INDEX = 'test/table/hash-engine/hash-index.test.ts';
const SWEEP = 'test/table/hash-engine/sweep.test.ts';
const KEY = 'test/table/hash-engine/record-key.test.ts';

const ROWS: readonly Mutant[] = [
  ...mutantsOf(`${FOLDER}/hash-rows.ts`, INDEX, [
    [
      'keys that collide lie no further than so far',
      'if (distance > MOST_DISTANCE) return -1;',
      'if (distance > 2 * MOST_DISTANCE) return -1;',
    ],
    [
      'no key is pushed further than so far',
      'if (this.distanceOf(word) === MOST_DISTANCE) return -1;',
      '',
    ],
    [
      'a key that is pushed on knows how far it lies',
      'words[i] = ((words[i - 1] as number) + this.#further) | 0;',
      'words[i] = words[i - 1] as number;',
    ],
    [
      'keys that follow one that is taken out move back',
      'this.distanceOf(word) > 1;',
      'this.distanceOf(word) > MOST_DISTANCE;',
    ],
    [
      'a key that is at home is not moved before it',
      'this.distanceOf(word) > 1;',
      'this.distanceOf(word) > 0;',
    ],
    [
      'a key that moves back knows how far it lies',
      'words[i] = (word - this.#further) | 0;',
      'words[i] = word;',
    ],
  ]),
];

const SEARCH: readonly Mutant[] = [
  ...mutantsOf(`${FOLDER}/hash-index.ts`, INDEX, [
    ['keys of one hash are told apart', 'if (isKeyOf(this.#arena, slot, key)) {', '{'],
    [
      'a search ends where nearer keys begin',
      'if (upper < least) break;',
      'if (word === 0) break;',
    ],
    ['a shard counts its keys', '    shard.size++;\n', ''],
    [
      'a look where a shard has no room is at the bucket that keys share',
      'this.#arena.isFull || this.#rows.roomFrom(this.#at, this.#distance) === -1',
      'this.#arena.isFull',
    ],
    [
      'a key without room is not put in',
      '    if (end === -1) return NONE;\n',
      '    if (end === -2) return NONE;\n',
    ],
  ]),
];

const KEYS: readonly Mutant[] = [
  ...mutantsOf(`${FOLDER}/record-key.ts`, KEY, [
    [
      'the length of a key tells it from another',
      'if (records[record + KEY_LENGTH] !== key.length) return false;',
      '',
    ],
    [
      'the end of a key counts',
      'for (let i = TAIL_WORDS; i < wordCount; i++) if (slots.nodes[node + i] !== words[i]) return false;',
      '',
    ],
  ]),
];

const SWEEPS: readonly Mutant[] = [
  ...mutantsOf(`${FOLDER}/sweep.ts`, SWEEP, [
    ['only what can be forgotten is', 'if (fullUs <= nowUs) {', 'if (word !== 0) {'],
    [
      'a step is as long as it may be',
      'at < end && looked < WORDS_A_STEP',
      'at < end && at < from + WORDS_A_STEP',
    ],
    ['what stays is expected to be full', '        shard.expectFull(fullUs);\n', ''],
    [
      'what was used between two steps is expected to be full',
      'if (at === row) shard.fullFromUs',
      'if (at >= row) shard.fullFromUs',
    ],
    [
      'what moved to where a key was taken out is looked at',
      'this.#forgotten[this.#count++] = slot;',
      'this.#forgotten[this.#count++] = slot;\n        at++;',
    ],
    ['what is forgotten is released', 'this.#arena.release(this.#forgotten, this.#count);', ''],
    ['a shard counts what leaves it', '    shard.size -= this.#count;\n', ''],
  ]),
  ...mutantsOf(`${FOLDER}/hash-upkeep.ts`, 'test/table/rebalancer.test.ts', [
    ['a full table is swept now and then, not always', 'this.#clock() < this.#nextSweepUs || ', ''],
    ['a shard is swept when its time has come', 'if (!isDue) continue;', 'if (isDue) continue;'],
  ]),
];

export const HASH_MUTANTS: readonly Mutant[] = [...ROWS, ...SEARCH, ...KEYS, ...SWEEPS];
