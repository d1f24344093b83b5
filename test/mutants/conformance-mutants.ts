/** Faults that other limiters have, made here: the tests of conformance must see each. */
import { type Mutant, mutantsOf } from './mutant.ts';

const REFILL = 'src/bucket/token-bucket.ts';
const BACK = 'const back = ticks * bucket.count;';

export const CONFORMANCE_MUTANTS: readonly Mutant[] = [
  ...mutantsOf(REFILL, 'test/conformance/limiters.test.ts', [
    [
      'no window gives back all at its edge',
      BACK,
      `const window = (us: number) => Math.floor(us / 10_000_000);
       const back = window(nowUs) > window(bucket.atUs) ? bucket.used : 0;`,
    ],
    [
      'nothing is lost to rounding, refill by refill',
      BACK,
      'const back = Math.floor(ticks * bucket.count * 0.999_99);',
    ],
    [
      'time before the first request earns nothing',
      '    bucket.atUs = nowUs;\n    return;\n',
      '    return;\n',
    ],
  ]),
  ...mutantsOf(REFILL, 'test/conformance/service.test.ts', [
    [
      'no service gives back all at the edge of a window',
      BACK,
      'const back = ticks > 1_000_000 ? bucket.used : ticks * bucket.count;',
    ],
  ]),
];
