/** Guards of what is leased for all or none until it is taken. */
import { type Mutant, mutantsOf } from './mutant.ts';

const KEYS = 'test/lease/fetcher/exchanger-keys.test.ts';

export const HELD_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/lease/fetcher/exchanger.ts', KEYS, [
    [
      'held: what was leased for somebody is remembered',
      'if (hasRoom) state.hold(heldIn(sent, decisions), nowUs + HELD_US);',
      '',
    ],
  ]),
  ...mutantsOf('src/lease/fetcher/key-state.ts', KEYS, [
    [
      'held: nobody has for ever to take it',
      'nowUs < this.#heldUntilUs ? this.#held : 0',
      'this.#held',
    ],
  ]),
  ...mutantsOf('src/lease/lease-table.ts', KEYS, [
    ['held: it stays in the lease', 'Math.max(most, held)', 'most'],
  ]),
  ...mutantsOf(
    'src/lease/fetcher/store-decisions.ts',
    'test/lease/fetcher/store-decisions.test.ts',
    [
      ['held: only what was allowed is', 'if (decisions[i]?.allowed === true) tokens', 'tokens'],
      ['held: only for those who take it themselves', 'i < exchange.holds', 'i < decisions.length'],
    ],
  ),
];
