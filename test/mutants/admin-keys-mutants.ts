/** Guards of what operators are told of keys, and of what that may cost those who decide. */
import { type Mutant, mutantsOf } from './mutant.ts';

const ID = 'test/admin/key-id.test.ts';
const PAGES = 'test/admin/keys/key-pages.test.ts';
const FILTER = 'test/admin/keys/key-filter.test.ts';
const ASKER = 'test/admin/keys/key-asker.test.ts';

const NAMES: readonly Mutant[] = mutantsOf('src/admin/key-id.ts', ID, [
  [
    'a name of a key is of a namespace that there is',
    'length >>> LENGTH_BITS >= NAMESPACES.length',
    'false as boolean',
  ],
  [
    'the name of a key is that of text',
    'if (bytes <= WHOLE_BYTES && !isUtf8(kept)) return null;',
    '',
  ],
  ['a key has one name', 'return key !== null && keyId(key) === id ? key : null;', 'return key;'],
]);

const PAGING: readonly Mutant[] = [
  ...mutantsOf('src/admin/keys/pace.ts', 'test/admin/keys/pace.test.ts', [
    [
      'who asks on and on takes a part of a core',
      'if (workedUs < SLICE_US)',
      'if (true as boolean)',
    ],
    ['what was done over hours is not rested for', 'Math.min(workedUs, MOST_US)', 'workedUs'],
    ['while one rests all do', 'if (this.#rest !== null) return this.#rest;', ''],
  ]),
  ...mutantsOf('src/admin/keys/key-pages.ts', PAGES, [
    ['a page ends when it has looked at enough', 'wanted.looked >= MOST_LOOKED', 'false'],
    ['a page ends when it has locked enough shards', 'holds >= MOST_HOLDS', 'false'],
    [
      'between two holds of a lock others have their turn',
      'if (walk.isShardsLast && nowUs - sinceUs < TURN_US) continue;',
      'if (nowUs - sinceUs < TURN_US) continue;',
    ],
    [
      'pages are made one at a time',
      'const page = this.#last.then(() => this.#pageOf(query));',
      'const page = this.#pageOf(query);',
    ],
    [
      'a page goes on behind the last key that was told',
      'page.key(seen - 1, after);',
      'page.key(page.count - 1, after);',
    ],
    [
      'a page that ends within a piece goes on in its shard',
      'if (!isShardsLast || seen < page.count) {',
      'if (!isShardsLast) {',
    ],
    [
      'a bucket is told as it is now',
      'page.bucket(n, this.#bucket);\n    bringUp(this.#bucket, nowUs);',
      'page.bucket(n, this.#bucket);',
    ],
  ]),
  ...mutantsOf('src/admin/keys/key-cursor.ts', PAGES, [
    ['a cursor is of one table and filter', 'check !== this.#checkOf(', "'' === this.#checkOf("],
    ['a cursor is of one table', '[...this.#table, prefix,', '[prefix,'],
  ]),
  ...mutantsOf('src/admin/keys/key-filter.ts', FILTER, [
    [
      'of a cut key no more is compared than is kept',
      'isCut ? PREFIX_BYTES : bytes, isCut',
      'bytes, isCut',
    ],
    ['a whole key is not taken for a cut one', 'return this.#isCut;', 'return true;'],
    [
      'only the key of a policy is taken apart',
      "if (NAMESPACES[namespace] !== 'policy') return kept.hasAt(0, prefix);",
      '',
    ],
    [
      'the name of a policy ends where it ends',
      'return kept.hasAt(policyAt, this.#policy) && ',
      'return kept.hasAt(policyAt, this.#policy.subarray(0, -1)) && ',
    ],
  ]),
  ...mutantsOf('src/admin/keys/key-asker.ts', ASKER, [
    [
      'few wait for an answer about keys',
      'if (this.#waiting.size >= MOST_WAITING) return Promise.resolve(BUSY);',
      '',
    ],
    [
      'nobody waits for ever for an answer about keys',
      'this.#timeouts.add(waiting, this.#parts.clock());',
      '',
    ],
    ['who was answered is forgotten', 'this.#waiting.delete(id);', ''],
  ]),
];

const ACTS = 'test/admin/keys/acts.test.ts';
const RULES = 'test/admin/keys/rules.test.ts';
const PROCESS = 'test/process/admin-keys.test.ts';
const SHARING = 'test/process/admin-sharing.test.ts';

const ACTING: readonly Mutant[] = [
  ...mutantsOf('src/admin/keys/acts.ts', ACTS, [
    [
      'a refund is at most what is used',
      'const back = Math.min(tokens, tokensUsed(bucket));',
      'const back = tokens;',
    ],
    ['no more is used than the capacity', 'if (used > capacity) {', 'if (false as boolean) {'],
    [
      'what is set is refilled from then on',
      '  bucket.used = units;\n  bucket.atUs = atUs;\n',
      '  bucket.used = units;\n',
    ],
  ]),
  ...mutantsOf('src/admin/keys/acts.ts', SHARING, [
    [
      'nothing is said to be in use of a shared bucket',
      "if (what.kind === 'used') return USED_IS_SHARED;",
      "if (what.kind === 'used') return AWAY;",
    ],
    [
      'what the store did not do was not done',
      "return existed === null ? AWAY : { kind: 'acted', done: existed };",
      "return { kind: 'acted', done: existed ?? true };",
    ],
  ]),
  ...mutantsOf('src/admin/keys/trial.ts', RULES, [
    [
      'in a trial a dry run denies nobody',
      'return { allowed: isDry || allowed,',
      'return { allowed,',
    ],
    ['no wait helps where the cost is above all', 'isNever && !overdraft ? null :', ''],
  ]),
  ...mutantsOf('src/admin/keys/rules-report.ts', RULES, [
    ['pages of rules go on where the last one ended', 'seen > from && ', ''],
  ]),
  ...mutantsOf('src/transport/http/admin/post-route.ts', PROCESS, [
    [
      'no form of a page can post',
      'if (replies.refusesEncoding(req, res) || refusesType(replies, req, res)) return;',
      '',
    ],
    ['no field is passed over', 'if (other === undefined) return', 'if (true as boolean) return'],
  ]),
];

export const ADMIN_KEYS_MUTANTS: readonly Mutant[] = [...NAMES, ...PAGING, ...ACTING];
