/** Guards of tokens that were leased and that an instance cannot hold. */
import { type Mutant, mutantsOf } from './mutant.ts';

const UNHELD = 'test/lease/fetcher/exchanger-unheld.test.ts';

export const UNHELD_MUTANTS: readonly Mutant[] = [
  {
    name: 'unheld: what has no slot is given back, whatever happens',
    file: 'src/lease/fetcher/exchanger.ts',
    find: 'if (!hasRoom) state.unheld = grant;',
    replace: '',
    tests: ['test/simulation/simulation.test.ts'],
  },
  {
    name: 'unheld: what has no slot is given back, in a whole service',
    file: 'src/lease/fetcher/exchanger.ts',
    find: 'if (!hasRoom) state.unheld = grant;',
    replace: '',
    tests: ['test/process/full-table.test.ts'],
  },
  ...mutantsOf('src/lease/fetcher/exchanger.ts', UNHELD, [
    ['unheld: what has no slot is given back', 'if (!hasRoom) state.unheld = grant;', ''],
    [
      'unheld: only what is new is given back',
      'if (!hasRoom) state.unheld = grant;',
      'if (!hasRoom) state.unheld = kept + grant;',
    ],
    [
      'unheld: nobody has to ask',
      'if (state.vain + state.unheld > 0) this.#queue(state);',
      'if (state.vain > 0) this.#queue(state);',
    ],
    [
      'unheld: what comes late is looked after before it ends',
      'if (state.hasLease && leftUs !== null)',
      'if (leftUs === 0)',
    ],
  ]),
  ...mutantsOf('src/lease/fetcher/store-decisions.ts', UNHELD, [
    ['unheld: what is over as it comes is looked after', 'Math.max(1, leftUs)', 'leftUs'],
  ]),
  ...mutantsOf('src/lease/fetcher/exchange-plan.ts', UNHELD, [
    ['unheld: it is given back once', '  state.unheld = 0;\n', ''],
    [
      'unheld: no lease is asked for where no slot is free',
      'collected.hasRoom ? Math.max(0, most - keep) : 0',
      'Math.max(0, most - keep)',
    ],
    [
      'unheld: nothing is given back of what is over in the store',
      'const isOver = nowUs >= state.heardUs + LEASE_US;',
      'const isOver = nowUs < 0;',
    ],
    [
      'unheld: what is over in the store is counted',
      'const forfeited = isOver ? dead : 0;',
      'const forfeited = 0;',
    ],
    [
      'unheld: what has ended here goes back while the store has it',
      'collected.ended + state.unheld',
      'state.unheld',
    ],
    ['unheld: what would be over as it comes is not leased', ' || state.isFar)', ')'],
  ]),
  ...mutantsOf('src/lease/fetcher/key-state.ts', UNHELD, [
    [
      'unheld: a store that is back is told of it',
      'this.vain !== 0 || this.unheld !== 0 ||',
      'this.vain !== 0 ||',
    ],
  ]),
  ...mutantsOf('src/lease/terms/kept-share.ts', UNHELD, [
    [
      'unheld: a share leaves what the lease had',
      'noLease(), { left, capacity',
      'noLease(), { capacity',
    ],
  ]),
  ...mutantsOf('src/table/lookup.ts', UNHELD, [
    ['unheld: who would need a slot asks for one', '    if (!hasRoom) this.#lacksSlot();\n', ''],
  ]),
  ...mutantsOf('src/lease/lease-table.ts', UNHELD, [
    ['unheld: no slot is missed where no lease is wanted', 'most === 0 || ', ''],
  ]),
  ...mutantsOf(
    'src/lease/fetcher/store-decisions.ts',
    'test/lease/fetcher/store-decisions.test.ts',
    [
      [
        'unheld: a lease that may be over is not missed',
        'keep + back > 0 && nowUs < sent.state.leasedUntilUs',
        'keep + back > 0',
      ],
    ],
  ),
];
