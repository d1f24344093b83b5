/** Guards of the counts of keys, and of who is told them. */
import { type Mutant, mutantsOf } from './mutant.ts';

const SKETCH = 'test/top-keys/sketch.test.ts';
const WATCHED = 'test/top-keys/watched-limiter.test.ts';
const ADMIN = 'test/process/admin.test.ts';

export const TOP_KEYS_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/top-keys/sketch.ts', SKETCH, [
    [
      'a new key takes the place of the least count',
      'entry = this.#heap[0] as number;',
      'entry = this.#heap[used - 1] as number;',
    ],
    [
      'a new key takes on the count of the one whose place it takes',
      'used < ENTRIES ? 0 : this.#countOf(entry)',
      '0',
    ],
    [
      'what a count may owe another key is said',
      'numbers[entry * ENTRY_DOUBLES + ERROR] = error;',
      'numbers[entry * ENTRY_DOUBLES + ERROR] = 0;',
    ],
    ['the entry of a key that is gone is not found by its hash', 'this.#places.remove(entry);', ''],
    [
      'what is counted later weighs more',
      'return 2 ** ((nowUs - epochUs) / halfLifeUs);',
      'return 2 ** Math.min(0, (nowUs - epochUs) / halfLifeUs);',
    ],
    [
      'weights begin anew before they are too large',
      'if (halfLives > MOST_HALF_LIVES) this.#beginAnew(Math.floor(halfLives));',
      '',
    ],
    [
      'a count that has grown makes way for a lesser one',
      'this.#sink(this.#inHeap[entry] as number);',
      '',
    ],
  ]),
  ...mutantsOf('src/top-keys/key-places.ts', SKETCH, [
    [
      'what was pushed on is found once what was before it is gone',
      'if (((at - wanted) & this.#mask) < ((at - free) & this.#mask)) continue;',
      'if (at !== free) continue;',
    ],
  ]),
  ...mutantsOf('src/top-keys/top.ts', SKETCH, [
    [
      'a thread that has no entry for a key may have had its least',
      'count += found?.count ?? least;',
      'count += found?.count ?? 0;',
    ],
    [
      'what a thread without an entry may have had is part of the error',
      'error += found?.error ?? least;',
      'error += found?.error ?? 0;',
    ],
    [
      'a thread with room for more has not had what it has no entry for',
      'least: used < ENTRIES ? 0 : least',
      'least',
    ],
  ]),
  ...mutantsOf('src/top-keys/top.ts', 'test/top-keys/reading.test.ts', [
    [
      'an entry is read whole or again',
      'before % 2 === 0 && Atomics.load(keys, at + SEQUENCE) === before',
      'before >= 0',
    ],
  ]),
  ...mutantsOf('src/top-keys/watched-limiter.ts', WATCHED, [
    ['a look is no count', 'if (question.cost <= 0) return decided;', ''],
    [
      'looks and refunds among several are no counts',
      'question.cost <= 0 || isImpossible(question)',
      'isImpossible(question)',
    ],
    [
      'what stands for what is always denied is no count',
      'question.cost <= 0 || isImpossible(question)',
      'question.cost <= 0',
    ],
    [
      'what another has stopped is not allowed, and a dry run not denied',
      'if (passes ? !allowed : isDry(question)) continue;',
      '',
    ],
    ['a dry run is not denied', 'passes ? !allowed : isDry(question)', 'passes && !allowed'],
  ]),
  ...mutantsOf('src/table/hashed-keys.ts', WATCHED, [
    [
      'a key is worked out anew where another was asked for since',
      'if (text === this.#text) return this.#key;',
      "if (this.#text !== '') return this.#key;",
    ],
    [
      'a key of several is the one at its place',
      'return this.#several[place] as Key;',
      'return this.#several[0] as Key;',
    ],
  ]),
  ...mutantsOf('src/memory/key-text.ts', 'test/memory/key-text.test.ts', [
    [
      'a key is cut between characters',
      'bytes.subarray(0, PREFIX_BYTES), { stream: true }',
      'bytes.subarray(0, PREFIX_BYTES)',
    ],
  ]),
  ...mutantsOf('src/transport/http/admin-protocol.ts', ADMIN, [
    [
      'operators show the token, whatever they ask for',
      'gate.admit(req, res, () => served(req, res, other));',
      'served(req, res, other);',
    ],
    [
      'pages of other sites are turned away from operators',
      'if (!crossSite.refuses(req, res)) gate',
      'gate',
    ],
    [
      'what operators do wrong is not counted among what clients do',
      'new Replies(new Cells(Cells.reserve(1), 0), state, OTHERWISE)',
      'new Replies(cells, state, OTHERWISE)',
    ],
  ]),
  ...mutantsOf('src/threads/admin-thread.ts', ADMIN, [
    ['the connections of operators are bounded', 'server.maxConnections = MOST_CONNECTIONS;', ''],
  ]),
  ...mutantsOf('src/config.ts', 'test/config/command.test.ts', [
    [
      'there is no port of operators without a token',
      "adminPort !== 0 && config.adminToken === ''",
      'false as boolean',
    ],
  ]),
];
