/** Guards of overdrafts, where instances share limits: each is taken, and each once. */
import { type Mutant, mutantsOf } from './mutant.ts';

const STORE = 'test/lease/store/exchange-overdraft.test.ts';
const DRAFTS = 'test/lease/fetcher/exchanger-drafts.test.ts';
const QUESTIONS = 'test/lease/holder/kept-questions.test.ts';

const IN_STORE: readonly Mutant[] = [
  ...mutantsOf('src/lease/store/exchange.lua', STORE, [
    [
      'overdraft, shared: what is not there is taken',
      'drawn = not allowed and i > decisions - overdrafts',
      'drawn = false',
    ],
    [
      'overdraft, shared: other costs are taken only where they are there',
      'drawn = not allowed and i > decisions - overdrafts',
      'drawn = not allowed and overdrafts > 0',
    ],
    [
      'overdraft, shared: a bucket owes at most its capacity',
      'max(used, min(2 * capacity * period, TOP))',
      'TOP',
    ],
    [
      'overdraft, shared: no overdraft forgives a larger debt',
      'max(used, min(2 * capacity * period, TOP))',
      'min(2 * capacity * period, TOP)',
    ],
    [
      'overdraft, shared: what nobody heard of is undone to the unit',
      'used, booked, units = used + more, booked + more, nil',
      'used, booked, units = used + more, booked + cost * period, nil',
    ],
    [
      'overdraft, shared: a full bucket goes by the limit that it is overdrawn under',
      'if taken > 0 or drawn and used == 0 then',
      'if taken > 0 then',
    ],
  ]),
];

const AT_THE_EXCHANGER: readonly Mutant[] = [
  ...mutantsOf('src/lease/fetcher/key-state.ts', DRAFTS, [
    [
      'overdraft, shared: what was lost on its way is told again',
      'for (const cost of costs.slice(costs.length - overdrafts)) this.draft(cost, limit);',
      'if (overdrafts < 0) this.drafted += costs.length;',
    ],
    [
      'overdraft, shared: what is told after a reset goes by the limit it was drawn under',
      '    // A reset is no limit to go by.\n    this.limit = limit;\n',
      '',
    ],
    [
      'overdraft, shared: what is still to be taken keeps its key known',
      'this.owed !== 0 || this.drafted !== 0 || this.isOwing',
      'this.owed !== 0 || this.isOwing',
    ],
  ]),
  ...mutantsOf('src/lease/fetcher/asks.ts', DRAFTS, [
    [
      'overdraft, shared: what was given up before it was sent is taken',
      '    if (state?.waiting.includes(ask)) draft(state, ask);\n',
      '',
    ],
    [
      'overdraft, shared: what is on its way when it is given up is not told twice',
      'if (state?.waiting.includes(ask)) draft(state, ask);',
      'if (state !== undefined) draft(state, ask);',
    ],
    [
      'overdraft, shared: what waits as the store goes away is taken when it is back',
      '      draft(state, ask);\n      this.decline(',
      '      this.decline(',
    ],
    [
      'overdraft, shared: what was taken in any case is not in vain',
      '!holds && !overdraft && !isOpen',
      '!holds && !isOpen',
    ],
  ]),
  ...mutantsOf('src/lease/fetcher/exchange-plan.ts', DRAFTS, [
    [
      'overdraft, shared: who overdraws a bucket gives his lease back',
      'const outlook = isDrawn ? null : outlookOf(state, limit, parts);',
      'const outlook = outlookOf(state, limit, parts);',
    ],
    ['overdraft, shared: what was told is told once', '  state.drafted = 0;\n', ''],
    [
      'overdraft, shared: no more is told than a bucket may owe',
      'Math.min(state.drafted, mostOverdraft(limit.capacity))',
      'state.drafted',
    ],
  ]),
  ...mutantsOf('src/lease/fetcher/store-decisions.ts', DRAFTS, [
    [
      'overdraft, shared: each is told how it was before the next',
      'isDrawn && after < 2',
      'false && after < 2',
    ],
  ]),
];

const AT_THE_DECIDER: readonly Mutant[] = [
  ...mutantsOf('src/lease/holder/shared-limiter.ts', QUESTIONS, [
    [
      'overdraft, shared: no note keeps one from being taken',
      'const isDecided = decision?.allowed === true || !isOverdraft(question);',
      'const isDecided = true;',
    ],
    [
      'overdraft, shared: what the exchanger goes on with is not owed too',
      'return isOverdraft(question)\n      ? this.#fallback.look(question, unanswered, nowUs)\n      :',
      'return',
    ],
    [
      'overdraft, shared: none is taken where another denies',
      'allowed ? one : lookFor(one)',
      'one',
    ],
    [
      'kept, shared: what is given back in an outage is counted',
      '      if (question.cost < 0) cells.add(FORFEITED, -question.cost);\n',
      '',
    ],
  ]),
  ...mutantsOf('src/lease/holder/fallback.ts', QUESTIONS, [
    [
      'overdraft, shared: one is owed whatever the operator chose',
      '    if (isOverdraft(question)) return this.#overdraw(question, unanswered, nowUs);\n',
      '',
    ],
    [
      'overdraft, shared: one is owed where a share is less than a token',
      'share.limit ?? debtShareOf(question.limit, status.instances)',
      'share.limit',
    ],
  ]),
  ...mutantsOf('src/lease/terms/share.ts', 'test/lease/terms/share.test.ts', [
    [
      'overdraft, shared: a share owes no more than the bucket may',
      'Math.min(bucket.used + cost * bucket.period, top)',
      'bucket.used + cost * bucket.period',
    ],
  ]),
];

export const OVERDRAFT_MUTANTS: readonly Mutant[] = [
  ...IN_STORE,
  ...AT_THE_EXCHANGER,
  ...AT_THE_DECIDER,
];
