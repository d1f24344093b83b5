/** Guards of a decider's side of shared limits, and of the threads that it shares them through. */
import { type Mutant, mutantsOf } from './mutant.ts';

const SHARED: readonly Mutant[] = [
  ...mutantsOf('src/lease/holder/shared-limiter.ts', 'test/lease/holder/shared-limiter.test.ts', [
    [
      'who asks strictly gets no lease',
      '(!isAway && question.strict === true)',
      '(!isAway && question.cost < 0)',
    ],
    ['where all is strict there are no leases', "settings.sharing === 'strict' || (", '('],
    [
      'while the store is away a strict question is leased too',
      '!isAway && question.strict',
      'question.strict',
    ],
    ['while the store is away no lease is renewed', 'leases.isDue && !isAway', 'leases.isDue'],
    ['a lease that is low is renewed', 'leases.isDue && !isAway', 'leases.size < 0'],
    [
      'while the store is away nothing is asked of it',
      '    if (isAway) {\n      // What is given',
      '    if (nowUs < 0) {\n      // What is given',
    ],
    ['a part that is away is told', 'status.usable < 1 ?', 'status.usable > 1 ?'],
    ['an answer is taken once', '    this.#waiting.delete(message.id);\n', ''],
    [
      'who was told already is told nothing more',
      'if (!waiting.isLate) waiting',
      'if (waiting.id >= 0) waiting',
    ],
    [
      'what was denied is not given back',
      'if (message.decision.allowed) this.#refund',
      'this.#refund',
    ],
    [
      'what was allowed anyway is not given back',
      ' && !isUnanswered(message.decision) && !isOpen',
      ' && !isUnanswered(message.decision)',
    ],
    ['a look gives nothing back', 'question === null || question.cost <= 0', 'question === null'],
    [
      'an answer that waits to be read is in time',
      'due: (waiting) => timers.soon(() => this.#timeOut(waiting)),',
      'due: (waiting) => this.#timeOut(waiting),',
    ],
    [
      'nobody waits longer than the store may take',
      '    this.#timeouts.add(waiting, askedUs);\n',
      '',
    ],
    [
      'a reset is not begun while the store is away',
      '    if (this.#parts.status.isAway) return Promise.resolve(null);\n',
      '',
    ],
    [
      'decisions without the store are counted',
      'if (isStandIn(source)) cells.add(',
      "if (source === 'fallback') cells.add(",
    ],
  ]),
];

const FALLBACK: readonly Mutant[] = [
  ...mutantsOf('src/lease/holder/fallback.ts', 'test/lease/holder/fallback.test.ts', [
    [
      'giving back is allowed whatever the policy',
      'standIn(question, unanswered.why, question.cost < 0 || isOpen)',
      'standIn(question, unanswered.why, isOpen)',
    ],
    [
      'what is given back to a share is lost',
      'if (question.cost < 0 || isOpen || settings',
      'if (isOpen || settings',
    ],
    [
      'there is no share while the store is not known to be away',
      'isAway ? outage : { ...outage, sinceUs }',
      'outage',
    ],
    [
      'a debt is said once',
      'if (leases.isNewlyOwed) owed(question);\n    return decision;',
      'owed(question);\n    return decision;',
    ],
    [
      'a share goes by the instances that are there',
      'known?.instances === instances',
      'known !== undefined',
    ],
  ]),
  ...mutantsOf('src/lease/stand-in.ts', 'test/lease/holder/fallback.test.ts', [
    [
      'what is given back while the store is away makes no bucket fuller than full',
      'capacity - Math.max(0, cost)',
      'capacity - cost',
    ],
    [
      'a look is allowed whatever the policy',
      'const allowed = isOpen || cost === 0;',
      'const allowed = isOpen;',
    ],
  ]),
];

const OUTBOX: readonly Mutant[] = [
  ...mutantsOf('src/lease/holder/outbox.ts', 'test/lease/holder/outbox.test.ts', [
    [
      'messages of a turn go as one',
      'if (this.#messages.push(message) > 1) return;',
      'this.#messages.push(message);',
    ],
    ['a message is sent once', '      this.#messages = [];\n', ''],
  ]),
];

const DELAYS: readonly Mutant[] = [
  ...mutantsOf('src/lib/delay-queue.ts', 'test/lib/delay-queue.test.ts', [
    ['nothing is due before its time', ' || next.dueUs > nowUs', ''],
    ['all delays have one timer', 'this.#callOff !== null || next', 'next'],
    [
      'what comes due later has its timer',
      'this.#parts.due(item);\n    }\n    this.#set();',
      'this.#parts.due(item);\n    }',
    ],
    ['what comes due together is forgotten together', '    this.#due.length = 0;\n', ''],
    ['what was added later comes due later', 'this.#last?.dueUs === dueUs', 'this.#last !== null'],
    [
      'a timer that went off can be set again',
      '  #serve(): void {\n    this.#callOff = null;',
      '  #serve(): void {',
    ],
  ]),
];

const THREADS: readonly Mutant[] = mutantsOf(
  'src/threads/workers.ts',
  'test/process/sharing-drain.test.ts',
  [['an instance that ends gives its leases back', '    await this.#drain();\n', '']],
);

export const LIMITER_MUTANTS: readonly Mutant[] = [
  ...SHARED,
  ...FALLBACK,
  ...OUTBOX,
  ...DELAYS,
  ...THREADS,
];
