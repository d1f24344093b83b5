/**
 * What is where in Redis: no two things have one name, and no client chooses a place in a cluster.
 */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bucketName, instancesName, PREFIX_PATTERN } from '../../../src/lease/store/redis-names.ts';
import { inNamespace } from '../../../src/lib/namespace.ts';

/** SHA-256 of `{tag}`. */
const TAG_DIGEST = '5ae20b1c830f1111fee635aa2cd68546d560614d1dc00805df53108363023890';

describe('names in Redis', () => {
  test.each([
    ['alice', 'argus:b:alice'],
    ['', 'argus:b:'],
    ['b:alice', 'argus:b:b:alice'],
    ['instances', 'argus:b:instances'],
    ['é \r\n\0*', 'argus:b:é \r\n\0*'],
    ['a}b', 'argus:b:a}b'],
    ['{tag}', `argus:b:{${TAG_DIGEST}}`],
  ])('the bucket of %j is %j', (key, name) => {
    expect(bucketName('argus', key)).toBe(name);
  });

  test('that of a limit of a policy is named by all of it, with the key out of sight', () => {
    // SHA-256 of `uploads NUL alice`.
    const digest = '1206781d05a5e6003ae13eff6304e0d79e126981133822b3400493c8066960d3';
    const key = inNamespace('policy', 'volume\0uploads\0alice');
    expect(bucketName('argus', key)).toBe(`argus:p:{${digest}}:volume`);
  });

  test('that of descriptors is a digest', () => {
    // SHA-256 of `x`.
    const digest = '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881';
    expect(bucketName('argus', inNamespace('envoy', 'x'))).toBe(`argus:e:{${digest}}`);
  });

  test('instances are counted where no bucket is', () => {
    expect(instancesName('argus')).toBe('argus:instances');
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (key) => {
        expect(bucketName('argus', key)).not.toBe(instancesName('argus'));
      }),
    );
  });

  test('a digest has the name of no key that somebody may ask for', () => {
    const digest = bucketName('p', 'a{b').slice('p:b:'.length);
    for (const key of [digest, digest.slice(1, -1)]) {
      expect(bucketName('p', key)).not.toBe(bucketName('p', 'a{b'));
    }
  });

  test('no name has a part that a key chose and a cluster goes by', () => {
    const key = fc.string({ unit: fc.constantFrom('{', '}', 'a') });
    fc.assert(
      fc.property(key, (one) => {
        const tag = /\{([^}]+)\}/.exec(bucketName('argus', one))?.[1];
        expect(tag === undefined || /^[0-9a-f]{64}$/.test(tag)).toBe(true);
      }),
    );
  });

  test('names of two prefixes are never one', () => {
    const prefix = fc.string({ unit: fc.constantFrom('a', 'b', ':', '-') }).filter(isPrefix);
    const key = fc.string({ unit: fc.constantFrom('a', 'b', ':', '-') });
    fc.assert(
      fc.property(prefix, key, prefix, key, (p, one, q, other) => {
        fc.pre(p !== q);
        expect(bucketName(p, one)).not.toBe(bucketName(q, other));
        expect(bucketName(p, one)).not.toBe(instancesName(q));
      }),
      { numRuns: 5_000 },
    );
  });
});

test.each(['a', 'argus', 'team-1.prod_2', 'x'.repeat(64)])('%s is a prefix', (text) => {
  expect(isPrefix(text)).toBe(true);
});

test.each(['', 'a:b', 'a*', 'a?', '[a]', '{a}', 'a b', 'a\n', 'é', 'x'.repeat(65)])(
  '%j is none',
  (text) => {
    expect(isPrefix(text)).toBe(false);
  },
);

function isPrefix(text: string): boolean {
  return PREFIX_PATTERN.test(text);
}
