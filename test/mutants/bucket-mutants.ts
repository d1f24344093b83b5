/** Guards of the arithmetic. */
import type { Mutant } from './mutant.ts';

const BUCKET = 'src/bucket/token-bucket.ts';
const TESTS = ['test/bucket'];

export const BUCKET_MUTANTS: readonly Mutant[] = [
  {
    name: 'a change of limits rounds what is used up',
    file: 'src/lib/quotient.ts',
    find: 'return (dividend + divisor - 1n) / divisor;',
    replace: 'return dividend / divisor;',
    tests: TESTS,
  },
  {
    name: 'a change of limits forgives nothing',
    file: BUCKET,
    find: 'bucket.used = Number(ceilQuotient(',
    replace: 'bucket.used = 0 * Number(ceilQuotient(',
    tests: TESTS,
  },
  {
    name: 'a change of limits counts the part of a tick',
    file: BUCKET,
    find: 'const sinceTickUs = nowUs - bucket.atUs;\n  const parts =',
    replace: 'const sinceTickUs = 0 * nowUs;\n  const parts =',
    tests: TESTS,
  },
  {
    name: 'a question under another limit is held against that',
    file: BUCKET,
    find: 'return overUs(bucket, most, nowUs) === 0n;',
    replace: 'return most >= 0;',
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
    name: 'a look changes no limit',
    file: BUCKET,
    find: '  if (cost <= 0) return true;\n  if (!isWithin(',
    replace: `  if (cost === 0 && isWithin(bucket, limit, limit.capacity, nowUs)) adopt(bucket, limit, nowUs);
  if (cost <= 0) return true;
  if (!isWithin(`,
    tests: TESTS,
  },
  {
    name: 'a denial changes no limit',
    file: BUCKET,
    find: '  if (!isWithin(bucket, limit, limit.capacity - cost, nowUs)) return false;\n',
    replace: `  if (isWithin(bucket, limit, limit.capacity, nowUs)) adopt(bucket, limit, nowUs);
  if (!isWithin(bucket, limit, limit.capacity - cost, nowUs)) return false;
`,
    tests: TESTS,
  },
  {
    name: 'a refund leaves the bucket its limit',
    file: BUCKET,
    find: 'if (cost < 0) giveBack(bucket, -cost * bucket.period, nowUs);',
    replace: `if (cost < 0) {
    giveBack(bucket, -cost * bucket.period, nowUs);
    if (isWithin(bucket, limit, limit.capacity, nowUs)) adopt(bucket, limit, nowUs);
  }`,
    tests: TESTS,
  },
  {
    name: 'waits follow the limit that the bucket goes by',
    file: BUCKET,
    find: 'ceilQuotient(over, BigInt(bucket.count))',
    replace: 'ceilQuotient(over, 2n * BigInt(bucket.count))',
    tests: TESTS,
  },
  {
    name: 'a full bucket divides nothing by a limit that it has not',
    file: 'src/bucket/decide.ts',
    find: 'if (used !== 0 && (degraded || goesBy(bucket, limit))) {',
    replace: 'if (degraded || goesBy(bucket, limit)) {',
    tests: ['test/table/take-all.test.ts'],
  },
  {
    name: 'all or none on a full table is answered with numbers',
    file: 'src/bucket/decide.ts',
    find: 'if (used !== 0 && (degraded || goesBy(bucket, limit))) {',
    replace: 'if (degraded || goesBy(bucket, limit)) {',
    tests: ['test/process/full-table.test.ts'],
  },
  {
    name: 'a decision whose numbers are none is a bug that is seen',
    file: 'src/bucket/decision.ts',
    find: 'return Number.isInteger(number) && number >= 0;',
    replace: 'return number !== null;',
    tests: ['test/bucket/decision.test.ts'],
  },
  {
    name: 'numbers of a decision are looked at before HTTP says them',
    file: 'src/transport/http/asking/limit-route.ts',
    find: 'answerTo(checked(decision), question,',
    replace: 'answerTo(decision as never, question,',
    tests: ['test/transport/checked-decisions.test.ts'],
  },
  {
    name: 'numbers of a decision are looked at before a batch says them',
    file: 'src/transport/http/asking/batch-route.ts',
    find: 'decisionJson(checked(decision),',
    replace: 'decisionJson(decision as never,',
    tests: ['test/transport/checked-decisions.test.ts'],
  },
  {
    name: 'numbers of decisions are looked at before all or none says them',
    file: 'src/transport/http/asking/all-route.ts',
    find: 'decisionJson(checked(decided),',
    replace: 'decisionJson(decided as never,',
    tests: ['test/transport/checked-decisions.test.ts'],
  },
  {
    name: 'numbers of a decision are looked at before RESP says them',
    file: 'src/transport/resp/commands/throttle-commands.ts',
    find: 'dialect.write(replies, checked(decision), isTooMuch)',
    replace: 'dialect.write(replies, decision as never, isTooMuch)',
    tests: ['test/transport/checked-decisions.test.ts'],
  },
  {
    name: 'no more units come back in a tick than can be counted',
    file: 'src/bucket/limit.ts',
    find: 'if (aTick > MOST_COUNT) return null;',
    replace: '',
    tests: ['test/bucket/limit.test.ts'],
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
    file: 'src/bucket/decide.ts',
    find: 'capacity - Math.ceil(used / period)',
    replace: 'capacity - Math.floor(used / period)',
    tests: TESTS,
  },
  {
    name: 'a wait is rounded up to whole ticks',
    file: 'src/bucket/decide.ts',
    find: 'const ticks = Math.ceil(over / bucket.count);',
    replace: 'const ticks = Math.floor(over / bucket.count);',
    tests: TESTS,
  },
  {
    name: 'a wait is rounded up to whole milliseconds',
    file: 'src/bucket/decide.ts',
    find: 'return Math.ceil(ticks / 1_000);',
    replace: 'return Math.floor(ticks / 1_000);',
    tests: TESTS,
  },
];
