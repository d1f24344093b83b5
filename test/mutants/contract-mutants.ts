/** Guards of what server and client share: header fields and their numbers, network addresses. */
import { type Mutant, mutantsOf } from './mutant.ts';

const FIELDS = 'src/contract/fields.ts';

export const CONTRACT_MUTANTS: readonly Mutant[] = [
  {
    name: 'seconds to wait are rounded up',
    file: FIELDS,
    find: 'return Math.ceil(ms / 1_000);',
    replace: 'return Math.floor(ms / 1_000);',
    tests: [
      'test/transport/http/answers.test.ts',
      'test/transport/http/limit.test.ts',
      'test/transport/resp/throttle.test.ts',
    ],
  },
  {
    name: 'a denial says some time',
    file: FIELDS,
    find: 'return Math.max(1, ',
    replace: 'return (',
    tests: ['test/client/costs.test.ts', 'test/transport/http/limit.test.ts'],
  },
  {
    name: 'no header field holds more digits than one may',
    file: FIELDS,
    find: "if (capacity > MOST_IN_FIELD) return '';",
    replace: '',
    tests: ['test/client/rate-limit-fields.test.ts'],
  },
  {
    name: 'a window is whole seconds or not told',
    file: FIELDS,
    find: 'intervalUs % UNITS_US.s === 0 ?',
    replace: 'intervalUs > 0 ?',
    tests: ['test/transport/http/limit.test.ts'],
  },
  ...mutantsOf('src/contract/address.ts', 'test/client/address.test.ts', [
    [
      'an IPv4 address is one key as IPv6 too',
      'isSame(network(groups, MAPPED_PREFIX), MAPPED)',
      'false',
    ],
    [
      'an IPv6 network is one key',
      'return group & (0xffff << (GROUP_BITS - kept));',
      'return group & (kept > 0 ? 0xffff : 0);',
    ],
    ['a port is no part of an address', '(?::(\\d{1,5}))?$', '$'],
    ['a zone is no part of an address', "address.split('%', 1)", '[address]'],
  ]),
];
