/** Guards of what is on its way to the store, and of those who wait for it. */
import { type Mutant, mutantsOf } from './mutant.ts';

const FLIGHT: readonly Mutant[] = [
  ...mutantsOf('src/lease/fetcher/flight.ts', 'test/lease/fetcher/exchanger-late.test.ts', [
    [
      'an answer that waits to be read in the exchanger is in time',
      'due: (sent) => timers.soon(() => this.#fail(sent)),',
      'due: (sent) => this.#fail(sent),',
    ],
    ['an exchange has its time', '      this.#lost.add(sent, sent.sentUs);\n', ''],
    [
      'an answer that comes too late is not believed',
      'else if (this.end(sent)) this.#parts.answered(sent, outcome, this.#heardUs);',
      'else { this.end(sent); this.#parts.answered(sent, outcome, this.#heardUs); }',
    ],
    [
      'a store that is silent is doubted',
      '    this.#isSilent = true;\n    silent();',
      '    this.#isSilent = true;',
    ],
    [
      'silence begins with the last answer',
      '    this.#heardUs = this.#parts.clock();\n    this.#isSilent',
      '    this.#isSilent',
    ],
  ]),
  ...mutantsOf('src/lease/fetcher/flight.ts', 'test/lease/fetcher/exchanger-flood.test.ts', [
    ['not too many are under way', 'return MOST_UNDER_WAY - this.#counted;', 'return 1e6;'],
    [
      'a piece has not too many keys',
      '        last.piece.length < MOST_TOGETHER &&\n',
      '        last.piece.length > 0 &&\n',
    ],
    [
      'a piece decides not too much',
      'last.costs + length <= MOST_COSTS_TOGETHER',
      'last.costs >= 0',
    ],
    [
      'a part of the store that is gone holds up no other',
      '    this.#uncount(sent);\n    this.#parts.moved();',
      '',
    ],
    ['keys of another slot go in another call', 'store.slotOf(key)', '0'],
  ]),
];

const ASKS: readonly Mutant[] = [
  ...mutantsOf('src/lease/fetcher/asks.ts', 'test/lease/fetcher/exchanger-late.test.ts', [
    ['a question has its time', '    this.#timeouts.add(ask, ask.askedUs);\n', ''],
    [
      'an answer that waits to be read is in time for a question',
      'due: (ask) => timers.soon(() => this.#giveUp(ask)),',
      'due: (ask) => this.#giveUp(ask),',
    ],
    [
      'what was taken for who was told late is given back',
      'vain += Math.max(0, cost);',
      'vain += 0;',
    ],
    ['where all are allowed it is not', '!overdraft && !isOpen', '!overdraft'],
    ['what is leased for who was told late stays', ' && !holds && !over', ' && !over'],
    ['who was told is told nothing more', '    if (ask.isOver) return;\n', ''],
    ['who waits no more is not asked for', 'if (ask.askedUs <= lastUs) this.#giveUp(ask);', '{}'],
    [
      'a share goes by the last answer for its key',
      'this.#parts.stateOf(ask.key)?.emptySinceUs ?? ask.askedUs',
      'ask.askedUs',
    ],
  ]),
  ...mutantsOf('src/lease/fetcher/asks.ts', 'test/lease/fetcher/exchanger-flood.test.ts', [
    [
      'what is ours is not called late',
      "isAsked ? 'late' : 'overloaded'",
      "isAsked ? 'late' : 'late'",
    ],
    [
      "what is the store's is not called ours",
      "isAsked ? 'late' : 'overloaded'",
      "isAsked ? 'overloaded' : 'overloaded'",
    ],
  ]),
];

const WAYS: readonly Mutant[] = [
  ...mutantsOf('src/lib/fifo.ts', 'test/lib/fifo.test.ts', [
    [
      'what was taken is let go, and no more than that',
      'this.#items = this.#items.slice(this.#first);',
      'this.#items = this.#items.slice(this.#first + 1);',
    ],
    [
      'what is left begins where it was',
      '      this.#first = 0;\n    }\n    return',
      '    }\n    return',
    ],
    [
      'an empty queue has nothing to give',
      'if (this.#first === this.#items.length) return undefined;',
      'if (this.#items.length === 0) this.#first = 0;',
    ],
    [
      'a long queue is not moved at each step',
      'this.#first > MOST_TAKEN && this.#first > this.#items.length / 2',
      'this.#first > 0',
    ],
    [
      'a queue that is emptied begins anew',
      '    this.#items = [];\n    this.#first = 0;',
      '    this.#items = [];',
    ],
  ]),
  ...mutantsOf('src/lease/packed.ts', 'test/lease/packed.test.ts', [
    ['tokens that are to be held stay that', '(holds ? HOLDS : 0)', '(holds ? STRICT : 0)'],
    ['limits of another interval differ', 'last.intervalUs === number(4)', 'true'],
    ['limits of another tick differ', 'last.tickUs === number(3)', 'true'],
    ['a stand-in stays one', '(decision.degraded ? 2 : 0)', '0'],
    ['a reset that was not done is not told as done', 'message.existed === null ? -1 : ', ''],
    ['what took the tokens is named', '        rows[at + SEQ] = message.seq;\n', ''],
  ]),
  ...mutantsOf('src/lease/store/exchange-codec.ts', 'test/lease/store/exchange-codec.test.ts', [
    ['what is left out of a stretch is said', 'one.seq === first.seq + by &&', ''],
    ['exchanges that were lost are named', 'one.unanswered === first.unanswered + by &&', ''],
    ['more costs than before are said', 'costs.length === first.costs.length &&', ''],
    [
      'verdicts belong to their answer',
      'NUMBERS * NUMBER_BYTES + decided',
      'NUMBERS * NUMBER_BYTES',
    ],
  ]),
  ...mutantsOf('src/bucket/limit.ts', 'test/bucket/limit.test.ts', [
    ['a limit of another tick is another', 'one.tickUs === other.tickUs', 'true'],
  ]),
  ...mutantsOf('src/lease/store/exchange.lua', 'test/lease/store/exchange-redis.test.ts', [
    [
      'the next exchange has the next number',
      'format(FIVE, seq + n, held',
      'format(FIVE, seq, held',
    ],
    ['the next exchange has lost what the first has', 'unanswered + n then', 'unanswered then'],
  ]),
  ...mutantsOf(
    'src/lease/store/exchange-arguments.lua',
    'test/lease/store/exchange-redis.test.ts',
    [
      [
        'narrow integers are not used',
        "if format(ONE, TOP) ~= '9007199254740991' then",
        'if false then',
      ],
    ],
  ),
  ...mutantsOf('src/lease/store/exchange-answers.lua', 'test/lease/store/exchange-redis.test.ts', [
    ['what is said in full begins anew', '+ 0, 0, at + 2 + length', '+ 0, n, at + 2 + length'],
  ]),
];

export const FLIGHT_MUTANTS: readonly Mutant[] = [...FLIGHT, ...ASKS, ...WAYS];
