/** What people read of a key is what was asked for, as far as it is kept. */
import { hash } from 'node:crypto';
import { expect, test } from 'vitest';
import { inNamespace } from '../../src/lib/namespace.ts';
import { Key } from '../../src/memory/key.ts';
import { keyText } from '../../src/memory/key-text.ts';

function read(text: string) {
  const key = new Key();
  key.set(text);
  return keyText(key.words, key.length);
}

test.each([
  ['a', 1],
  ['user:1', 6],
  ['a\0\0', 3],
  ['\ufeffa', 4],
  ['naïve', 6],
  ['😀'.repeat(17), 68],
  ['x'.repeat(68), 68],
])('%j is read as it is', (text, bytes) => {
  expect(read(text)).toEqual({ namespace: 'plain', text, bytes, sha256: null });
});

//  the key, and its beginning of at most 36 bytes, in whole characters
test.each([
  ['x'.repeat(69), 'x'.repeat(36)],
  ['é'.repeat(128), 'é'.repeat(18)],
  [`x${'é'.repeat(100)}`, `x${'é'.repeat(17)}`],
  [`xx${'😀'.repeat(40)}`, `xx${'😀'.repeat(8)}`],
])('of %j its beginning is read, and its digest', (text, beginning) => {
  const bytes = Buffer.byteLength(text);
  const sha256 = hash('sha256', text);
  expect(read(text)).toEqual({ namespace: 'plain', text: beginning, bytes, sha256 });
});

test('the namespace is told apart from the text', () => {
  const text = 'daily\0api\0alice';
  const kept = { text, bytes: text.length, sha256: null };
  expect(read(inNamespace('policy', text))).toEqual({ namespace: 'policy', ...kept });
  expect(read(inNamespace('envoy', text))).toEqual({ namespace: 'envoy', ...kept });
});
