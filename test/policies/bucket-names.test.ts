/**
 * No bucket of a policy is that of a plain key, of another limit or of another policy, whatever the
 * bytes of the keys: in the table, and in Redis.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bucketName } from '../../src/lease/store/redis-names.ts';
import { LocalLimiter } from '../../src/limiter/local-limiter.ts';
import { Cells } from '../../src/metrics/cells.ts';
import { PolicyCounts } from '../../src/metrics/policy-cells.ts';
import { PolicyAsker } from '../../src/policies/asking.ts';
import { isKey } from '../../src/policies/file/definitions.ts';
import { LivePolicy } from '../../src/policies/live-policy.ts';
import { OpenWindows } from '../../src/policies/open-windows.ts';
import { ENGINES, reserveTable } from '../../src/table/table-memory.ts';
import { limitOf } from '../table/tables.ts';
import { bucketLimit, policyOf } from './some-policies.ts';

const WINDOWS = new OpenWindows(OpenWindows.reserve());
const TEN = limitOf(10, 10);
const NOW_US = 1_000_000;

/** What has a bucket of its own; `names` are null of a plain key. */
interface Bucket {
  readonly names: { readonly policy: string; readonly limit: string } | null;
  readonly key: string;
}

const name = fc.string({ unit: fc.constantFrom('a', 'b', '.'), minLength: 1, maxLength: 2 });
/** Names of one kind begin another's, and NUL parts what is joined. */
const names = fc.record({
  policy: name.map((one) => `a${one}`),
  limit: name.map((one) => `a${one}`),
});
const unit = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom('a', 'b', '.', '\0', ':', '{', '}') },
  // The first of these begins with what marks a policy's, each alone.
  { weight: 2, arbitrary: fc.constantFrom('\u{10000}', '\u{10400}', '\u{10ffff}', 'é') },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }) },
  { weight: 1, arbitrary: fc.constantFrom('a'.repeat(68), '\0'.repeat(68), 'a'.repeat(180)) },
);
const key = fc.array(unit, { minLength: 1, maxLength: 6 }).map((units) => units.join(''));
const bucket: fc.Arbitrary<Bucket> = fc.record({ names: fc.option(names), key });

/** Another key that says what the name of this bucket does, or a part of it. */
function forgeries({ names, key }: Bucket): readonly string[] {
  const { policy = 'a', limit = 'a' } = names ?? {};
  const joined = `${limit}\0${policy}\0${key}`;
  return [key, joined, `\u{10000}${joined}`, `${policy}\0${key}`, `${key}\0`, `${limit}\0${key}`];
}

/** Two buckets, often with names or keys that are made of one another's. */
const pair = fc
  .tuple(bucket, bucket, fc.nat(6), fc.boolean())
  .map(([one, other, which, hasItsNames]): [Bucket, Bucket] => [
    one,
    { names: hasItsNames ? one.names : other.names, key: forgeries(one)[which] ?? other.key },
  ])
  .filter(([one, other]) => isKey(one.key) && isKey(other.key))
  .filter(([one, other]) => JSON.stringify(one) !== JSON.stringify(other));

function liveOf({ policy, limit }: NonNullable<Bucket['names']>): LivePolicy {
  const parts = { windows: WINDOWS, wall: () => 0, places: [0] };
  return new LivePolicy(policyOf(policy, { limits: [bucketLimit(limit, 10)] }), parts);
}

function tableKey({ names, key }: Bucket): string {
  return names === null ? key : `${liveOf(names).limits[0]?.bucketsOf}${key}`;
}

test('in Redis', () => {
  fc.assert(
    fc.property(pair, ([one, other]) => {
      expect(bucketName('p', tableKey(one))).not.toBe(bucketName('p', tableKey(other)));
    }),
    { numRuns: 5_000 },
  );
});

describe.each(ENGINES)('in the table of the %s engine', (engine) => {
  test('what one has taken no other misses', () => {
    fc.assert(
      fc.property(pair, ([one, other]) => {
        const cells = new Cells(Cells.reserve(1), 0);
        const limiter = new LocalLimiter(reserveTable(8, { shards: 1, engine }), cells);
        const asker = new PolicyAsker({
          limiter,
          counts: new PolicyCounts(PolicyCounts.reserve(1), 0),
        });
        const left = ({ names, key }: Bucket, cost: number) => {
          if (names === null) {
            const decision = limiter.take({ key, limit: TEN, cost }, NOW_US);
            return decision.remaining;
          }
          const asked = { policy: liveOf(names), key, cost, overdraft: false };
          const decided = asker.ask(asked, NOW_US);
          if (decided instanceof Promise) throw new Error('it was not decided here');
          return decided.by?.decision.remaining;
        };
        expect([left(one, 10), left(other, 3), left(one, 0), left(other, 0)]).toEqual([0, 7, 0, 7]);
        if (other.names === null) expect(limiter.reset(other.key, NOW_US)).toBe(true);
        expect(left(one, 0)).toBe(0);
      }),
      { numRuns: 1_000 },
    );
  });
});
