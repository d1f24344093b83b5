/** Keys as slots hold them: two keys are never one, whatever their bytes and namespaces. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { inNamespace, NAMESPACES, namespaceOf, withoutNamespace } from '../../src/lib/namespace.ts';
import { Key } from '../../src/memory/key.ts';

/** What a slot would hold of it. */
function held(text: string): string {
  const key = new Key();
  key.set(text);
  return `${key.length} ${key.words.subarray(0, key.wordCount).join()}`;
}

const piece = fc.oneof(
  fc.string({ unit: fc.constantFrom('a', 'b', '\0'), maxLength: 80 }),
  fc.string({ unit: 'binary', maxLength: 30 }),
  fc.constantFrom('\u{10000}', '\u{10400}', '\u{10ffff}', 'é'),
);
const plain = fc
  .array(piece, { maxLength: 3 })
  .map((pieces) => pieces.join(''))
  .filter((text) => text !== '' && text.isWellFormed());
const named = fc.tuple(fc.constantFrom('policy' as const, 'envoy' as const), plain);

describe('a key', () => {
  test('is itself alone', () => {
    fc.assert(
      fc.property(plain, plain, (one, other) => {
        expect(held(one) === held(other)).toBe(one === other);
      }),
      { numRuns: 3_000 },
    );
  });

  test('of another namespace is no plain one, of whatever bytes that is', () => {
    fc.assert(
      fc.property(named, plain, ([namespace, text], other) => {
        const marked = inNamespace(namespace, text);
        expect(held(marked)).not.toBe(held(text));
        expect(held(marked)).not.toBe(held(other));
        expect(held(inNamespace('policy', text))).not.toBe(held(inNamespace('envoy', text)));
      }),
      { numRuns: 3_000 },
    );
  });

  test('beyond 68 bytes differs in what is not kept of it', () => {
    const long = 'a'.repeat(250);
    expect(held(`${long}b`)).not.toBe(held(`${long}c`));
    expect(held(inNamespace('policy', `${long}b`))).not.toBe(
      held(inNamespace('policy', `${long}c`)),
    );
    // A policy's name, a limit's and a key, each as long as it may be.
    expect(held(inNamespace('policy', 'x'.repeat(64 + 64 + 256 + 2)))).toMatch(
      /^\d+ (-?\d+,){16}-?\d+$/,
    );
  });
});

describe('a namespace', () => {
  test('is read off the text, and so is the rest', () => {
    fc.assert(
      fc.property(named, ([namespace, text]) => {
        const marked = inNamespace(namespace, text);
        expect(NAMESPACES[namespaceOf(marked)]).toBe(namespace);
        expect(withoutNamespace(marked)).toBe(text);
        expect(marked.isWellFormed()).toBe(false);
      }),
    );
  });

  test('is plain of all that may come from outside', () => {
    fc.assert(
      fc.property(plain, (text) => {
        expect([namespaceOf(text), withoutNamespace(text)]).toEqual([0, text]);
      }),
      { numRuns: 3_000 },
    );
  });
});
