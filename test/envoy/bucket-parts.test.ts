/** What the name of a bucket was made of comes out of it again. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BucketOf, bucketName, NO_BUCKET } from '../../src/envoy/bucket-name.ts';
import { bucketParts } from '../../src/envoy/bucket-parts.ts';
import { withoutNamespace } from '../../src/lib/namespace.ts';

const parts = (of: BucketOf) => bucketParts(withoutNamespace(bucketName(of)));

test('domain, keys, values, patterns and unit', () => {
  const of = {
    domain: 'd',
    entries: ['a', '1/2:*', 'ip', '10.1'],
    shared: [null, '10.*'],
    unit: 2,
  };
  expect(parts(of)).toEqual({
    domain: 'd',
    entries: [
      { key: 'a', value: '1/2:*', isShared: false },
      { key: 'ip', value: '10.*', isShared: true },
    ],
    unit: 2,
  });
});

const text = fc.string({ maxLength: 12 });
test('whatever they are', () => {
  const entry = fc.tuple(text, text, fc.boolean());
  const any = fc.tuple(text, fc.array(entry, { maxLength: 4 }), fc.nat({ max: 7 }));
  fc.assert(
    fc.property(any, ([domain, entries, unit]) => {
      const of = {
        domain,
        entries: entries.flatMap((entry) => [entry[0], entry[1]]),
        shared: entries.map(([, value, isShared]) => (isShared ? value : null)),
        unit,
      };
      const expected = entries.map(([key, value, isShared]) => ({ key, value, isShared }));
      expect(parts(of)).toEqual({ domain, entries: expected, unit });
    }),
    { numRuns: 2_000, seed: 1 },
  );
});

test('of a digest, of no bucket and of what is cut there is nothing', () => {
  expect(parts({ domain: 'd', entries: ['a', 'x'.repeat(300)], shared: null, unit: 0 })).toBeNull();
  expect(bucketParts(withoutNamespace(NO_BUCKET))).toBeNull();
  expect(bucketParts('1:d1:a9:only')).toBeNull();
  expect(bucketParts('1:d1:a')).toBeNull();
  expect(bucketParts('1:d1:a1:b/x')).toBeNull();
});
