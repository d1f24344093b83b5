/** Keys: the order of their bytes, and no two keys that are one. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inNamespace } from '../../src/lib/namespace.ts';
import { KEY_LENGTH, KEY_WORDS, RECORD_WORDS } from '../../src/memory/layout.ts';
import { compareKey, compareSlots } from '../../src/tree/node-key.ts';
import { arenaOf, bytesIn, compareBytes, keyOf, slotWith } from '../memory/slots.ts';

/** How two keys compare, by each of the ways in which a tree compares them. */
function order(one: string, other: string): number {
  const arena = arenaOf(2);
  const [a, b] = [slotWith(arena, one), slotWith(arena, other)];
  const ways = [
    compareKey(arena, keyOf(one), b),
    compareSlots(arena, a, b),
    -compareKey(arena, keyOf(other), a),
    -compareSlots(arena, b, a),
  ].map((way) => Math.sign(way) + 0); // -0 is 0
  expect(new Set(ways).size).toBe(1);
  return ways[0] as number;
}

function heldBytes(text: string): Buffer {
  const arena = arenaOf(1);
  return bytesIn(arena, slotWith(arena, text));
}

describe('a slot holds', () => {
  test.each([1, 2, 3, 4, 5, 15, 16, 17, 63, 64, 65, 66, 67, 68])(
    'a key of %i bytes whole',
    (length) => {
      const ascii = 'abcdefghijklmnopqrstuvwxyz'.repeat(3).slice(0, length);
      const texts = length < 2 ? [ascii] : [ascii, `${ascii.slice(2)}é`];
      for (const text of texts) {
        const bytes = Buffer.from(text);
        const padding = Buffer.alloc(KEY_WORDS * 4 - bytes.length);
        expect(heldBytes(text).equals(Buffer.concat([bytes, padding]))).toBe(true);
      }
    },
  );

  test.each([
    ['69 bytes of ASCII', 'a'.repeat(69)],
    ['69 bytes with an emoji', `${'a'.repeat(65)}😀`],
    ['256 bytes of ASCII', 'ab'.repeat(128)],
    ['256 bytes of emoji', '😀'.repeat(64)],
  ])('the first 36 bytes and the SHA-256 of %s', (_name, text) => {
    const bytes = Buffer.from(text);
    const digest = createHash('sha256').update(bytes).digest();
    const expected = Buffer.concat([bytes.subarray(0, 36), digest]);
    expect(heldBytes(text).equals(expected)).toBe(true);
  });

  test.each([
    ['a', 1],
    ['\0', 1],
    ['é', 2],
    ['a'.repeat(68), 68],
    [`${'a'.repeat(67)}é`, 69],
    ['😀'.repeat(64), 256],
  ])('the length of %j in bytes', (text, length) => {
    const arena = arenaOf(1);
    const slot = slotWith(arena, text);
    expect(arena.records[slot * RECORD_WORDS + KEY_LENGTH]).toBe(length);
  });
});

test('a Key is set anew whatever it held before', () => {
  const arena = arenaOf(4);
  const texts = ['ab', 'a'.repeat(200), '😀', 'a'.repeat(67)];
  const slots = texts.map((text) => slotWith(arena, text));
  const key = keyOf('z'.repeat(68));
  for (const [i, text] of [...texts.entries(), ...[...texts.entries()].reverse()]) {
    key.set(text);
    expect(slots.map((slot) => compareKey(arena, key, slot) === 0)).toEqual(
      slots.map((_, other) => other === i),
    );
  }
});

test('a key of more than 256 bytes is an error of the caller', () => {
  expect(() => keyOf('a'.repeat(257))).toThrow('a key has at most 256 bytes');
  expect(() => keyOf(`${'😀'.repeat(64)}a`)).toThrow('a key has at most 256 bytes');
});

describe('keys stand in the order of their bytes', () => {
  test.each([
    ['a', 'b'],
    ['a', 'aa'],
    ['a', 'a\0'],
    ['a\0', 'a\0\0'],
    ['a\0z', 'aa'],
    ['\0', '\0\0'],
    ['abcd', 'abcd\0'],
    ['abcd', 'abcde'],
    ['Z', 'a'],
    ['z', 'é'], // 0x7a and 0xc3
    ['\x7f', '\x80'], // the sign bit of a byte
    ['abc\x7f', 'abc\x80'],
    ['é', '€'],
    ['€', '😀'],
    ['\uffff', '😀'], // UTF-16 has them the other way round
    ['a'.repeat(15), 'a'.repeat(16)],
    ['a'.repeat(16), 'a'.repeat(17)],
    ['a'.repeat(67), 'a'.repeat(68)],
    [`${'a'.repeat(67)}a`, `${'a'.repeat(67)}b`],
    [`${'a'.repeat(66)}\0`, 'a'.repeat(67)],
    [`${'a'.repeat(67)}`, `${'a'.repeat(67)}\0`],
    ['__proto__', 'constructor'],
  ])('%j before %j', (before, after) => {
    expect(order(before, after)).toBe(-1);
    expect(order(after, before)).toBe(1);
    expect(order(before, before)).toBe(0);
    expect(order(after, after)).toBe(0);
  });

  test('for any two keys of up to 68 bytes', () => {
    const alphabet = fc.constantFrom(
      '\0',
      '\x01',
      'a',
      'b',
      '\x7f',
      '\x80',
      'é',
      '€',
      '\uffff',
      '😀',
    );
    const texts = fc
      .oneof(
        fc.string({ unit: alphabet, minLength: 1, maxLength: 68 }),
        fc.string({ unit: 'binary', minLength: 1, maxLength: 68 }),
        fc.string({ minLength: 1, maxLength: 68 }),
      )
      .filter((text) => Buffer.byteLength(text) <= 68);
    const tails = fc.string({ unit: alphabet, maxLength: 3 });
    const pairs = fc.oneof(
      fc.tuple(texts, texts),
      // Keys that begin alike are those that a comparison can get wrong.
      fc
        .tuple(texts, tails, tails)
        .map(([text, one, other]) => [text + one, text + other] as const)
        .filter((pair) => pair.every((text) => Buffer.byteLength(text) <= 68)),
    );
    const property = fc.property(pairs, ([one, other]) => {
      expect(order(one, other)).toBe(compareBytes(one, other));
    });
    fc.assert(property, { numRuns: 1_000 });
  });
});

describe('no key passes for another', () => {
  test.each([
    ['share 64 bytes', `${'p'.repeat(64)}a`, `${'p'.repeat(64)}b`],
    ['share 68 bytes', `${'p'.repeat(68)}a`, `${'p'.repeat(68)}b`],
    ['share 255 bytes', `${'p'.repeat(255)}a`, `${'p'.repeat(255)}b`],
    ['are 68 and 69 bytes of the same', 'p'.repeat(68), 'p'.repeat(69)],
    ['are 255 and 256 NULs', '\0'.repeat(255), '\0'.repeat(256)],
    ['are 67 and 68 NULs', '\0'.repeat(67), '\0'.repeat(68)],
  ])('when two %s', (_name, one, other) => {
    expect(order(one, other)).not.toBe(0);
    expect(order(one, one)).toBe(0);
    expect(order(other, other)).toBe(0);
  });

  test('when it spells the prefix and the digest of a longer one', () => {
    // One digest in 10^8 is UTF-8; this key was searched for.
    const long = 'two keys may stand in the same words 00000000000000000000000054813135';
    const posing = heldBytes(long).toString();
    expect(Buffer.byteLength(posing)).toBe(68);
    expect(heldBytes(posing).equals(heldBytes(long))).toBe(true);
    expect(order(posing, long)).toBe(-1);
    expect(order(long, posing)).toBe(1);
  });
});

test('the order is total, long keys and short ones together', () => {
  const texts = fc.array(
    fc.oneof(
      fc.string({ minLength: 1, maxLength: 4 }),
      fc.nat(3).map((tail) => `${'x'.repeat(34)}${tail}`),
      fc.nat(30).map((tail) => `${'x'.repeat(100)}${tail}`),
    ),
    { minLength: 3, maxLength: 3 },
  );
  const property = fc.property(texts, ([a = '', b = '', c = '']) => {
    expect(order(a, b)).toBe(0 - order(b, a));
    if (order(a, b) <= 0 && order(b, c) <= 0) expect(order(a, c)).toBeLessThanOrEqual(0);
    expect(order(a, b) === 0).toBe(a === b);
  });
  fc.assert(property, { numRuns: 500 });
});

test('keys of several namespaces have one order, however they are compared', () => {
  const text = 'sixteen bytes ok';
  // All that a search looks at of the first key is what the second begins with.
  for (const longer of [text, `${text}\0`, `${text}zzzz`, `${text}${'z'.repeat(40)}`]) {
    expect(order(inNamespace('envoy', text), longer)).toBe(longer === text ? 1 : -1);
    expect(order(inNamespace('policy', text), inNamespace('envoy', longer))).toBe(-1);
  }
  expect(order(inNamespace('envoy', text), inNamespace('policy', text))).toBe(1);
});
