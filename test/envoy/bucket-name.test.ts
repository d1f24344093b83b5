/** Two descriptors have one bucket only where they should. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BucketOf, bucketName, NO_BUCKET } from '../../src/envoy/bucket-name.ts';
import { NAMESPACES, namespaceOf } from '../../src/lib/namespace.ts';
import { Key } from '../../src/memory/key.ts';

const FUZZ = Number(process.env['ARGUS_FUZZ'] ?? 20_000);
const SEED = Number(process.env['ARGUS_FUZZ_SEED'] ?? 1);

const of = (entries: readonly string[], more: Partial<BucketOf> = {}): BucketOf => ({
  domain: 'd',
  entries,
  shared: null,
  unit: 0,
  ...more,
});

//  what its own service takes for one counter, or might
test.each([
  [of(['a', 'b_c']), of(['a_b', 'c'])],
  [of(['a', 'b', 'c', 'd']), of(['a', 'b_c_d'])],
  [of(['a', 'b', 'c', 'd']), of(['a1:b1:c', 'd'])],
  [of(['a', '1:b']), of(['a', '', 'b', ''])],
  [of(['a', 'b']), of(['a', 'b'], { domain: 'd2' })],
  [of(['a', 'b'], { domain: 'd' }), of(['', 'd', 'a', 'b'], { domain: '' })],
  [of(['a', 'b']), of(['a', 'b'], { unit: 2 })],
  [of(['a', 'b'], { unit: 1 }), of(['a', 'b'], { unit: 2 })],
  [of(['a', 'b/2']), of(['a', 'b'], { unit: 2 })],
  [of(['a', 'b*'], { shared: ['b*'] }), of(['a', 'b*'])],
  [of(['a', '1', 'b', '2'], { shared: ['*', null] }), of(['a', '1', 'b', '2'])],
  [of(['a', 'x'.repeat(300)]), of(['a', 'x'.repeat(301)])],
  [of(['a', '\xe9']), of(['a', '\xc3\xa9'])],
])('%j and %j have two buckets', (one, other) => {
  expect(bucketName(one)).not.toBe(bucketName(other));
});

test('values that share a bucket have one name', () => {
  const shared = ['10.*', null];
  const one = of(['ip', '10.1', 'path', 'a'], { shared });
  expect(bucketName(one)).toBe(bucketName(of(['ip', '10.2', 'path', 'a'], { shared })));
});

const text = fc.oneof(
  fc.constantFrom('', 'a', 'b', '1:', '1:a', '*', '/2', '_', '\0', ':'),
  fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes).toString('latin1')),
);
const bucket = fc.record({
  domain: text,
  entries: fc.array(fc.tuple(text, text), { maxLength: 3 }).map((pairs) => pairs.flat()),
  shared: fc.option(fc.array(fc.option(fc.constantFrom('*', 'a*')), { maxLength: 3 })),
  unit: fc.nat(2),
});

/** The same as far as it matters. */
function plain({ domain, entries, shared, unit }: BucketOf): string {
  const parts = entries.map((own, i) => {
    const pattern = i % 2 === 1 ? (shared?.[(i - 1) / 2] ?? null) : null;
    return pattern === null ? { own } : { pattern };
  });
  return JSON.stringify([domain, parts, unit]);
}

test(`${FUZZ} pairs: names are one exactly where what they are of is one`, () => {
  fc.assert(
    fc.property(bucket, bucket, (one, other) => {
      expect(bucketName(one) === bucketName(other)).toBe(plain(one) === plain(other));
      expect(bucketName(one)).not.toBe(NO_BUCKET);
    }),
    { numRuns: FUZZ, seed: SEED },
  );
}, 3_600_000);

test('every name is one of the namespace of Envoy that a slot can hold, and short', () => {
  fc.assert(
    fc.property(bucket, fc.nat(600), (one, length) => {
      const name = bucketName({ ...one, domain: one.domain + '\xff'.repeat(length) });
      expect(NAMESPACES[namespaceOf(name)]).toBe('envoy');
      expect(name.length).toBeLessThanOrEqual(257);
      new Key().set(name);
    }),
    { seed: SEED },
  );
});
