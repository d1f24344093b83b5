/** Every bucket has one name for a request, which leads back to it and to no other. */
import { describe, expect, test } from 'vitest';
import { keyId, readKeyId } from '../../src/admin/key-id.ts';
import { inNamespace } from '../../src/lib/namespace.ts';
import type { Key } from '../../src/memory/key.ts';
import { keyOf } from '../memory/slots.ts';

const TEXTS = [
  'a',
  'alice',
  'a\0',
  'a\0\0\0',
  '\0',
  'é',
  '😀',
  '<img src=x onerror=alert(1)>',
  'a\r\nSet-Cookie: x=1',
  '../../etc/passwd',
  'x'.repeat(68),
  'x'.repeat(69),
  `${'x'.repeat(35)}é${'x'.repeat(80)}`,
  '😀'.repeat(64),
  inNamespace('policy', 'daily\0api\0alice'),
  inNamespace('policy', `daily\0api\0${'x'.repeat(256)}`),
  inNamespace('envoy', '1:d1:k8:abcdefgh'),
  inNamespace('envoy', 'alice'),
];

test('it is text for a URL, and one of its own for each key', () => {
  const ids = TEXTS.map((text) => keyId(keyOf(text)));
  for (const id of ids) expect(id).toMatch(/^[\w-]{7,96}$/);
  expect(new Set(ids).size).toBe(TEXTS.length);
});

test.each(TEXTS)('and leads back: %j', (text) => {
  const key = keyOf(text);
  const read = readKeyId(keyId(key)) as Key;
  expect([read.length, read.wordCount]).toEqual([key.length, key.wordCount]);
  const words = ({ words, wordCount }: Key) => [...words.subarray(0, wordCount)];
  expect(words(read)).toEqual(words(key));
});

test('whatever a Key held before, its name is that of what it holds', () => {
  const key = keyOf('z'.repeat(68));
  key.set('a');
  expect(keyId(key)).toBe(keyId(keyOf('a')));
});

describe('what names no key is none', () => {
  const image = (length: number, bytes: string | Buffer) => {
    const head = Buffer.alloc(4);
    head.writeUInt32BE(length);
    return Buffer.concat([head, Buffer.from(bytes as string)]).toString('base64url');
  };

  /** The same bytes to a lenient decoder: the last character has bits to spare. */
  function sparing(id: string): string {
    const last = id.charAt(id.length - 1);
    const other = String.fromCharCode(last.charCodeAt(0) + 1);
    const text = id.slice(0, -1) + other;
    expect(Buffer.from(text, 'base64url')).toEqual(Buffer.from(id, 'base64url'));
    return text;
  }

  test.each([
    ['nothing', ''],
    ['too short', 'AAAA'],
    ['not of its characters', 'AAAABWFsaWNl='],
    ['not of its characters either', 'AAAABWFs%aWNl'],
    ['too long', 'A'.repeat(97)],
    ['of no length', image(0, 'a')],
    ['longer than it says', image(4, 'alice')],
    ['shorter than it says', image(6, 'alice')],
    ['of a namespace that is none', image(5 | (3 << 24), 'alice')],
    ['no text', image(5, Buffer.from([0xff, 0xfe, 0x80, 0x80, 0x80]))],
    ['half of a surrogate pair', image(3, Buffer.from([0xed, 0xa0, 0x80]))],
    ['another name of one that has one', sparing(image(4, 'alic'))],
  ])('%s', (_what, id) => {
    expect(readKeyId(id)).toBeNull();
  });

  test('but this is one', () => {
    expect(readKeyId(image(5, 'alice'))).not.toBeNull();
  });
});

test('none is that of no key at all', () => {
  expect(readKeyId(Buffer.from([0, 0, 0, 0]).toString('base64url').slice(0, 4))).toBeNull();
  expect(readKeyId('AAAA')).toBeNull();
  expect(readKeyId('')).toBeNull();
});
