/** Guards of the arithmetic. */
import type { Mutant } from './mutant.ts';

const BUCKET = 'src/bucket/token-bucket.ts';
const TESTS = ['test/bucket'];

export const BUCKET_MUTANTS: readonly Mutant[] = [
  {
    name: 'a change of limits rounds what is used up',
    file: BUCKET,
    find: 'return (dividend + divisor - 1n) / divisor;',
    replace: 'return dividend / divisor;',
    tests: TESTS,
  },
  {
    name: 'a change of limits forgives nothing',
    file: BUCKET,
    find: 'bucket.used = Number(used);',
    replace: 'bucket.used = 0;',
    tests: TESTS,
  },
  {
    name: 'a change of limits counts the part of a tick',
    file: BUCKET,
    find: 'const sinceTickUs = nowUs - bucket.atUs;\n  const used =',
    replace: 'const sinceTickUs = 0 * nowUs;\n  const used =',
    tests: TESTS,
  },
  {
    name: 'what passes 2^53 is a denial',
    file: BUCKET,
    find: 'if (used > BigInt(Number.MAX_SAFE_INTEGER)) return false;',
    replace: '',
    tests: TESTS,
  },
  {
    name: 'a limit that cannot be exact is refused',
    file: 'src/bucket/limit.ts',
    find: 'capacity * period <= Number.MAX_SAFE_INTEGER',
    replace: 'capacity * period <= Number.MAX_VALUE',
    tests: TESTS,
  },
  {
    name: 'the rest of a tick is kept',
    file: BUCKET,
    find: 'bucket.atUs += ticks * bucket.tickUs;',
    replace: 'bucket.atUs = nowUs;',
    tests: TESTS,
  },
  {
    name: 'a bucket that is full within a tick is full from then on',
    file: BUCKET,
    find: 'if (bucket.tickUs === 1 || !isFullWithinTick(bucket, nowUs)) return;',
    replace: 'return;',
    tests: TESTS,
  },
  {
    name: 'the last token can be taken',
    file: BUCKET,
    find: 'Math.min((limit.capacity - cost) * bucket.period, most)',
    replace: 'Math.min((limit.capacity - cost) * bucket.period - 1, most)',
    tests: TESTS,
  },
  {
    name: 'a denial takes nothing',
    file: BUCKET,
    find: `  if (cost < 0) giveBack(bucket, -cost * bucket.period, nowUs);
  if (cost <= 0) return true;
`,
    replace: `  if (cost < 0) giveBack(bucket, -cost * bucket.period, nowUs);
  if (cost <= 0) return true;
  if (bucket.used > mostUsed(bucket, limit, cost)) bucket.used += bucket.period;
`,
    tests: TESTS,
  },
  {
    name: 'a shared bucket refills at the slowest rate taken under',
    file: BUCKET,
    find: 'if (isSlower(limit, bucket)) return take(bucket, limit, cost, nowUs);',
    replace: 'if (bucket.used >= 0) return take(bucket, limit, cost, nowUs);',
    tests: ['test/bucket', 'test/table', 'test/stress/stress.test.ts'],
  },
  {
    name: 'a shared bucket counts below 2^53',
    file: BUCKET,
    find: 'Number.MAX_SAFE_INTEGER - cost * bucket.period',
    replace: 'Number.MAX_VALUE - cost * bucket.period',
    tests: ['test/bucket', 'test/table'],
  },
  {
    name: 'what remains is rounded down',
    file: BUCKET,
    find: 'capacity - Math.ceil(bucket.used / period)',
    replace: 'capacity - Math.floor(bucket.used / period)',
    tests: TESTS,
  },
  {
    name: 'a wait is rounded up to whole ticks',
    file: BUCKET,
    find: 'const ticks = Math.ceil(over / bucket.count);',
    replace: 'const ticks = Math.floor(over / bucket.count);',
    tests: TESTS,
  },
  {
    name: 'a wait is rounded up to whole milliseconds',
    file: BUCKET,
    find: 'return Math.ceil(ticks / 1_000);',
    replace: 'return Math.floor(ticks / 1_000);',
    tests: TESTS,
  },
];
