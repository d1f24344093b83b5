/** A filter shows the keys that are wanted, by their bytes, and of cut ones those that may be. */
import { describe, expect, test } from 'vitest';
import { type KeyFilter, KeyMatcher } from '../../../src/admin/keys/key-filter.ts';
import { bucketName } from '../../../src/envoy/bucket-name.ts';
import { bytesOf } from '../../../src/envoy/request.ts';
import { inNamespace } from '../../../src/lib/namespace.ts';
import { keyOf } from '../../memory/slots.ts';

const ALL: KeyFilter = { prefix: '', policy: null, namespace: null, isDenied: false };

function isShown(filter: Partial<KeyFilter>, text: string): boolean {
  const { words, length } = keyOf(text);
  // As in a page of copies: not at its begin.
  const copies = new Int32Array(40);
  copies.set(words, 17);
  return new KeyMatcher({ ...ALL, ...filter }).matches(copies, 17, length);
}

const policy = (limit: string, name: string, key: string) =>
  inNamespace('policy', `${limit}\0${name}\0${key}`);

describe('by how a key begins', () => {
  //  the prefix, a key, whether it is shown
  test.each([
    ['', 'a', true],
    ['a', 'a', true],
    ['a', 'b', false],
    ['ab', 'a', false],
    ['abcd', 'abcdefgh', true],
    ['abcde', 'abcdxfgh', false],
    ['abcdefghi', 'abcdefgh', false],
    ['a\0', 'a', false],
    ['a\0', 'a\0\0', true],
    ['é', 'éa', true],
    ['è', 'éa', false],
    ['A', 'a', false],
    ['', policy('daily', 'api', 'alice'), true],
    ['al', policy('daily', 'api', 'alice'), true],
    ['da', policy('daily', 'api', 'alice'), false],
    ['api', policy('daily', 'api', 'alice'), false],
    ['daily\0api\0alice', 'daily\0api\0alice', true],
    ['1:d', inNamespace('envoy', '1:d1:k1:v'), true],
    ['1:e', inNamespace('envoy', '1:d1:k1:v'), false],
  ])('%j: %j', (prefix, text, shown) => {
    expect(isShown({ prefix }, text)).toBe(shown);
  });

  test('of Envoy’s as the text that is told', () => {
    const entries = ['path', bytesOf('/café')];
    const name = bucketName({ domain: 'd', entries, shared: null, unit: 0 });
    expect(isShown({ prefix: '1:d4:path6:/café' }, name)).toBe(true);
    expect(isShown({ prefix: '1:d4:path6:/cafè' }, name)).toBe(false);
  });

  test('of long keys as far as they are kept', () => {
    const long = 'abcdefghi'.repeat(10);
    expect(isShown({ prefix: long.slice(0, 36) }, long)).toBe(true);
    expect(isShown({ prefix: `${long.slice(0, 35)}_` }, long)).toBe(false);
    // What follows nobody knows: the key is told as cut.
    expect(isShown({ prefix: long }, long)).toBe(true);
    expect(isShown({ prefix: `${long.slice(0, 36)}_` }, long)).toBe(true);
    // And none of it is the digest that stands behind.
    expect(isShown({ prefix: long.slice(0, 68) }, 'x'.repeat(90))).toBe(false);
  });
});

describe('by policy and namespace', () => {
  const plain = 'alice';
  const daily = policy('daily', 'api', 'alice');
  const envoy = inNamespace('envoy', 'alice');

  //  the filter, which of the three are shown
  test.each([
    [{}, [true, true, true]],
    [{ namespace: 'plain' }, [true, false, false]],
    [{ namespace: 'policy' }, [false, true, false]],
    [{ namespace: 'envoy' }, [false, false, true]],
    [{ policy: 'api' }, [false, true, false]],
    [{ policy: 'ap' }, [false, false, false]],
    [{ policy: 'api2' }, [false, false, false]],
    [{ policy: 'daily' }, [false, false, false]],
    [{ policy: 'alice' }, [false, false, false]],
    [{ policy: 'api', prefix: 'al' }, [false, true, false]],
    [{ policy: 'api', prefix: 'bo' }, [false, false, false]],
    [{ namespace: 'policy', prefix: 'al' }, [false, true, false]],
  ] as [Partial<KeyFilter>, boolean[]][])('%j', (filter, shown) => {
    expect([plain, daily, envoy].map((text) => isShown(filter, text))).toEqual(shown);
  });

  test('whatever a plain key looks like, it is of no policy', () => {
    expect(isShown({ policy: 'api' }, 'daily\0api\0alice')).toBe(false);
  });

  test('a policy whose name is not kept may be any', () => {
    const long = policy('l'.repeat(40), 'api', 'alice'.repeat(20));
    expect(isShown({ policy: 'api' }, long)).toBe(true);
    const half = policy('l'.repeat(30), 'api', 'alice'.repeat(20));
    expect(isShown({ policy: 'api' }, half)).toBe(true);
    expect(isShown({ policy: 'apj' }, half)).toBe(false);
    expect(isShown({ policy: 'api', prefix: 'a' }, half)).toBe(true);
    expect(isShown({ policy: 'api', prefix: 'b' }, half)).toBe(false);
  });
});
