/** Guards of what is leased for all or none until it is taken. */
import { type Mutant, mutantsOf } from './mutant.ts';

const KEYS = 'test/lease/fetcher/exchanger-keys.test.ts';
const HELD = 'test/lease/fetcher/exchanger-held.test.ts';
const DECISIONS = 'test/lease/fetcher/store-decisions.test.ts';

export const HELD_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/lease/fetcher/exchanger.ts', KEYS, [
    [
      'held: what was leased for somebody is remembered',
      'if (hasRoom && sent.exchange.holds > 0) state.hold(heldIn(sent, decisions, nowUs));',
      '',
    ],
  ]),
  ...mutantsOf('src/lease/fetcher/key-state.ts', KEYS, [
    [
      'held: nobody has for ever to take it',
      'this.#held !== null && nowUs < this.#held.untilUs ?',
      'this.#held !== null ?',
    ],
  ]),
  ...mutantsOf('src/lease/fetcher/exchanger.ts', HELD, [
    [
      'held: an exchange under another limit waits',
      '(status.isAway || this.#drained ? 0 : state.heldUs(clock))',
      '0',
    ],
    [
      'held: who waits for it hears that the store is away',
      'status.isAway || this.#drained',
      'this.#drained',
    ],
    ['held: nobody waits for it in a drain', 'status.isAway || this.#drained', 'status.isAway'],
    [
      'held: who waits aside hears at once that the store is away',
      '      else if (state.isUrgent) this.#queue(state);\n',
      '',
    ],
  ]),
  ...mutantsOf('src/lease/fetcher/key-state.ts', HELD, [
    ['held: the oldest waits for nobody', ' || first.askedUs < held.askedUs)', ')'],
    [
      'held: under the same limit nobody waits',
      'isSameShared(first.limit, held.limit) ? 0 : Math.max(0, held.untilUs - clock())',
      'Math.max(0, held.untilUs - clock())',
    ],
  ]),
  ...mutantsOf('src/lease/fetcher/key-state.ts', 'test/lease/fetcher/key-state.test.ts', [
    [
      'held: who asks once more keeps his place',
      '    while (at > 0 && (this.waiting[at - 1] as Ask).askedUs > ask.askedUs) at -= 1;\n',
      '',
    ],
  ]),
  ...mutantsOf('src/lease/fetcher/work-queue.ts', HELD, [
    [
      'held: who waits aside is served in the end',
      'if (us > 0) this.#addAfter(state, us);',
      'if (us > 0) continue;',
    ],
  ]),
  ...mutantsOf('src/lease/lease-table.ts', KEYS, [
    ['held: it stays in the lease', 'Math.max(most, held)', 'most'],
  ]),
  ...mutantsOf('src/lease/fetcher/store-decisions.ts', DECISIONS, [
    [
      'held: only what was allowed is',
      'asks.slice(0, holds).filter((_, i) => decisions[i]?.allowed === true)',
      'asks.slice(0, holds)',
    ],
    ['held: only for those who take it themselves', 'asks.slice(0, holds)', 'asks'],
    ['held: for the oldest of them', 'Math.min(...allowed.map(', 'Math.max(...allowed.map('],
    [
      'held: while what is asked beside it may come',
      'Math.max(LEAST_HELD_US, 2 * (nowUs - sentUs))',
      'LEAST_HELD_US',
    ],
    [
      'held: as long as taking it needs at least',
      'Math.max(LEAST_HELD_US, 2 * (nowUs - sentUs))',
      '2 * (nowUs - sentUs)',
    ],
  ]),
];
