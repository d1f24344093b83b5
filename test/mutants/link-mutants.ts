/** Guards of the link to the store: who may ask it and when, and what all threads know of it. */
import { type Mutant, mutantsOf } from './mutant.ts';

const SETTINGS: readonly Mutant[] = [
  ...mutantsOf('src/lease/settings.ts', 'test/lease/settings.test.ts', [
    [
      'a bucket of few tokens is small',
      '  if (capacity < LEAST_CAPACITY * instances) return true;\n',
      '',
    ],
    ['a bucket that refills slowly is small', '< LEAST_REFILL * instances', '< 0'],
    [
      'all shares together are at most the limit: their capacity',
      'Math.floor(limit.capacity / instances)',
      'Math.ceil(limit.capacity / instances)',
    ],
    [
      'all shares together are at most the limit: their rate',
      'limit.period * limit.tickUs * instances',
      'limit.period * limit.tickUs',
    ],
    ['a share of less than a token is none', 'capacity < 1 || ', ''],
  ]),
];

const LINK: readonly Mutant[] = [
  ...mutantsOf('src/lease/fetcher/store-link.ts', 'test/lease/fetcher/store-link.test.ts', [
    [
      'a start waits for a store that is away, but not for long',
      '    timers.after(TRY_MS, () => {\n',
      '    timers.after(2 * TRY_MS, () => {\n',
    ],
    [
      'instances that a store has forgotten are reckoned with',
      'Math.max(...this.#counts)',
      'instances',
    ],
    [
      'new keys are run through before it is said that the store is there',
      'if (isFirst && isThere) await rehearse();',
      '',
    ],
    [
      'nothing is run through while questions wait',
      'const isFirst = !this.#isTried;',
      'const isFirst = true;',
    ],
    ['nothing is run through without the store', 'isFirst && isThere', 'isFirst'],
    ['a beat that is answered ends a row of failures', '        this.#breaker.succeeded();\n', ''],
    ['instances that nobody can count are not none', '    if (instances === 0) return;\n', ''],
    [
      'no part of a store that is away is of use',
      '        parts.cells.set(STORE_USABLE, 0);\n',
      '',
    ],
    ['no beat beside a probe', '    if (this.#breaker.isOpen) return;\n', ''],
    [
      'a beat without an answer is a failure',
      'if (instances === null) this.#breaker.failed();',
      'if (instances === null) return;',
    ],
    ['who has ended beats no more', '    this.#callOffBeat();\n', ''],
    ['who has ended probes no more', '    this.#breaker.stop();\n', ''],
    [
      'a breaker that opens is shown',
      '      opened: () => {\n        this.#publish();',
      '      opened: () => {',
    ],
  ]),
];

const REHEARSAL: readonly Mutant[] = [
  ...mutantsOf('src/lease/fetcher/rehearsal.ts', 'test/lease/fetcher/rehearsal.test.ts', [
    ['a rehearsal only looks', 'limit: LIMIT, cost: 0 }', 'limit: LIMIT, cost: 1 }'],
    ['a rehearsal has its time', 'Promise.race([askAll(parts), hadItsTime])', 'askAll(parts)'],
    [
      'a rehearsal ends where the store does not answer',
      "    if (answers.some((one) => one.kind === 'decided' && isUnanswered(one.decision))) return;\n",
      '',
    ],
  ]),
];

const QUEUE: readonly Mutant[] = [
  ...mutantsOf('src/lease/fetcher/work-queue.ts', 'test/lease/fetcher/work-queue.test.ts', [
    ['each asker has his turn', 'this.#laneOf(number).states', 'this.#laneOf(0).states'],
    ['a key that waits twice is served once', 'state === undefined || state.lane !== null', 'true'],
    [
      'a key that is asked for while it waits goes with the first',
      'const isHere = state.lane === number ||',
      'const isHere = state.lane !== null ||',
    ],
    ['what comes in one turn is served together', '    this.#isSet = true;\n', ''],
  ]),
];

const STATUS: readonly Mutant[] = [
  ...mutantsOf('src/lease/store-status.ts', 'test/lease/store-status.test.ts', [
    ['each outage has a number of its own', '    Atomics.add(this.#words, OUTAGE, 1);\n', ''],
    ['an outage says since when', '    Atomics.store(this.#times, SINCE_US, BigInt(nowUs));\n', ''],
  ]),
];

const BREAKER: readonly Mutant[] = [
  ...mutantsOf('src/lease/fetcher/breaker.ts', 'test/lease/fetcher/breaker.test.ts', [
    [
      'a probe that was late counts for nothing',
      'if (isOver || this.#isStopped) return;',
      'if (this.#isStopped) return;',
    ],
    [
      'what is said of exchanges from before opens nothing',
      '    if (this.isOpen || this.#isStopped) return;\n    this.#endDoubt',
      '    this.#endDoubt',
    ],
    [
      'a store that answers a beat is not away',
      '&& !this.isOpen && !this.#isStopped) this.#doubt();',
      ') this.lost();',
    ],
    [
      'a store that answers no beat in its time is away',
      'timers.after(doubtMs, () =>',
      'timers.after(1e9, () =>',
    ],
    [
      'a doubt that was cleared begins anew',
      '      this.#failures = 0;\n      if (!isThere)',
      '      if (!isThere)',
    ],
    ['a doubt ends by any answer', '    this.#endDoubt?.(true);\n', ''],
    [
      'there is one doubt at a time',
      'if (this.#endDoubt === null && !this.isOpen',
      'if (!this.isOpen',
    ],
    [
      'a doubt ends with the connection',
      '    this.#endDoubt = null;\n    this.#callOff();\n    this.#state',
      '    this.#state',
    ],
    [
      'failures count in a row',
      '    this.#failures = 0;\n    this.#endDoubt?.(true);',
      '    this.#endDoubt?.(true);',
    ],
    [
      'a probe has its time',
      'timers.after(timeoutMs, () => end(null))',
      'timers.after(1e9, () => end(null))',
    ],
    [
      'probes of many instances do not come together',
      'LEAST_DELAY_MS + random() * (MOST_DELAY_MS - LEAST_DELAY_MS)',
      'LEAST_DELAY_MS',
    ],
    [
      'a connection that answers no probe is made anew',
      '    this.#options.store.reconnect();\n',
      '',
    ],
  ]),
];

export const LINK_MUTANTS: readonly Mutant[] = [
  ...SETTINGS,
  ...LINK,
  ...REHEARSAL,
  ...QUEUE,
  ...STATUS,
  ...BREAKER,
];
