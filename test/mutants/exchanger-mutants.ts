/** Guards of the exchanger: what goes into an exchange, and what becomes of its answer. */
import { type Mutant, mutantsOf } from './mutant.ts';

const PLAN: readonly Mutant[] = [
  ...mutantsOf('src/lease/fetcher/exchange-plan.ts', 'test/lease/fetcher/exchanger.test.ts', [
    ['strict questions make no lease', 'if (!strict && cost > 0)', 'if (cost > 0)'],
    ['who decides strictly takes no lease', 'if (!mayLease || isSmall', 'if (isSmall'],
    [
      'a small bucket is not leased',
      'if (!mayLease || isSmall(limit, instances) || state.isFar)',
      'if (!mayLease || state.isFar)',
    ],
    [
      'a key that is seldom asked for is not leased',
      'const LEAST_QUESTIONS = 3;',
      'const LEAST_QUESTIONS = 1;',
    ],
    ['a lease that nobody asks for goes back', 'isAskedFor: asks.length > 0', 'isAskedFor: true'],
    [
      'a lease that is large enough asks for no more',
      'collected.hasRoom ? Math.max(0, most - keep) : 0',
      'collected.hasRoom ? most : 0',
    ],
  ]),
];

const DEMAND: readonly Mutant[] = [
  ...mutantsOf('src/lease/fetcher/exchange-plan.ts', 'test/lease/fetcher/exchange-plan.test.ts', [
    [
      'what a lease has counted is demand',
      '  if (demand > 0) state.demand(demand, 0, nowUs);\n',
      '',
    ],
  ]),
];

const EXCHANGER: readonly Mutant[] = [
  ...mutantsOf('src/lease/fetcher/exchanger.ts', 'test/lease/fetcher/exchanger.test.ts', [
    [
      'a key has one exchange at a time',
      'if (state.sent === null) this.#work.add(state, lane);',
      'this.#work.add(state, lane);',
    ],
    [
      'only what the last exchange took is given back',
      'state?.sent === null && state.answered === seq',
      'state?.sent === null',
    ],
    [
      'while an exchange is under way nothing of the last is given back',
      'state?.sent === null && state.answered',
      'state?.answered',
    ],
    [
      'what cannot be given back any more is counted',
      '      this.#parts.cells.add(FORFEITED, cost);\n',
      '',
    ],
    [
      'while there is demand a note is renewed',
      'if (isShared) this.#work.addAtHalf(state, settlement.deniedUntilUs - nowUs);',
      '',
    ],
    ['a lease is looked after', '      this.#checks.add(state, nowUs);\n', ''],
  ]),
];

const AT_HALF: readonly Mutant[] = [
  ...mutantsOf('src/lease/fetcher/work-queue.ts', 'test/lease/fetcher/exchanger.test.ts', [
    ['a note is renewed before it ends', 'leftUs / 2_000', 'leftUs / 500'],
    ['a note is renewed once', '    state.isExpected = true;\n', ''],
  ]),
];

const UNANSWERED: readonly Mutant[] = [
  ...mutantsOf('src/lease/fetcher/exchange-plan.ts', 'test/lease/fetcher/exchanger-late.test.ts', [
    ['what was charged in vain is told in one exchange', '  state.vain = 0;\n', ''],
    [
      'an exchange says since when there were no answers',
      'state.unanswered === 0 ? seq : state.unanswered',
      'seq',
    ],
  ]),
  ...mutantsOf('src/lease/fetcher/exchanger.ts', 'test/lease/fetcher/exchanger-late.test.ts', [
    [
      'an exchange that is stale brings nothing',
      '    if (!isReply(outcome)) {',
      "    if (outcome === 'stale') return;\n    if (!isReply(outcome)) {",
    ],
    [
      'tokens that were given back in vain are counted',
      '    cells.add(FORFEITED, exchange.back);\n',
      '',
    ],
  ]),
  ...mutantsOf('src/lease/fetcher/key-state.ts', 'test/lease/fetcher/exchanger-late.test.ts', [
    ['what was charged in vain is told until there is an answer', '    this.vain += vain;\n', ''],
    [
      'the first exchange without an answer is remembered',
      'if (this.unanswered === 0) this.unanswered = seq;',
      'this.unanswered = seq;',
    ],
    ['an answer is the last word on what was unanswered', '    this.unanswered = 0;\n', ''],
  ]),
];

const KEYS: readonly Mutant[] = [
  ...mutantsOf('src/lease/fetcher/exchanger.ts', 'test/lease/fetcher/exchanger-keys.test.ts', [
    [
      'what the store has forgotten is counted',
      'if (isRegression(sent, outcome, nowUs)) cells.add(REGRESSIONS, 1);',
      '',
    ],
  ]),
];

const AWAY: readonly Mutant[] = [
  ...mutantsOf('src/lease/fetcher/exchanger.ts', 'test/lease/fetcher/exchanger-away.test.ts', [
    ['nothing is sent to a store that is away', 'if (status.isAway) {', 'if (states.length < 0) {'],
    [
      'tokens that a lease had left at its end are counted',
      '    if (forfeited > 0) cells.add(FORFEITED, forfeited);\n',
      '',
    ],
    [
      'what is under way when the store goes is given up',
      'if (state.sent !== null && this.#flight.end(state.sent))',
      'if (state === null)',
    ],
    [
      'a store that is back is told what was spent meanwhile',
      'if (state.isUnsettled) this.#queue(state);\n  }\n\n  /** Gives',
      '{}\n  }\n\n  /** Gives',
    ],
    [
      'who ends gives back leases that nobody looks after',
      'if (one.hasLease || one.isUnsettled)',
      'if (one.isUnsettled)',
    ],
    ['who ends takes no lease', ' && this.#drained === null,', ','],
    [
      'who ends gives back what comes late',
      'if (this.#drained !== null && state.hasLease) this.#queue(state);',
      '',
    ],
    [
      'who ends waits for what is under way',
      'if (this.#flight.isEmpty && this.#work.isEmpty)',
      'if (this.#work.isEmpty)',
    ],
  ]),
  ...mutantsOf('src/lease/fetcher/key-checks.ts', 'test/lease/fetcher/exchanger-away.test.ts', [
    [
      'leases that end while the store is away are not counted',
      'if (status.isAway) states.setLease(state, false);',
      '',
    ],
  ]),
];

const STATE: readonly Mutant[] = [
  ...mutantsOf('src/lease/fetcher/key-state.ts', 'test/lease/fetcher/key-state.test.ts', [
    [
      'an exchange is under one limit',
      'asks.length < MOST_ASKS && isSameShared(ask.limit, limit)',
      'asks.length < MOST_ASKS',
    ],
    [
      'an exchange holds the store for a moment only',
      'const MOST_ASKS = 1_000;',
      'const MOST_ASKS = 1e6;',
    ],
    [
      'what is to be held comes first',
      'return [...asks.filter(({ holds }) => holds), ...firm, ...asks.filter(isOverdraft)];',
      'return asks;',
    ],
    [
      'demand fades',
      'this.#tokens * Math.exp((this.#atUs - nowUs) / CHECK_EVERY_US)',
      'this.#tokens',
    ],
  ]),
  ...mutantsOf('src/bucket/limit.ts', 'test/lease/fetcher/key-state.test.ts', [
    [
      'limits are the same by value',
      'one === other ||\n    (one.capacity',
      'one === other ||\n    (one !== other && one.capacity < 0 && one.capacity',
    ],
  ]),
];

export const EXCHANGER_MUTANTS: readonly Mutant[] = [
  ...PLAN,
  ...DEMAND,
  ...EXCHANGER,
  ...AT_HALF,
  ...UNANSWERED,
  ...KEYS,
  ...AWAY,
  ...STATE,
];
