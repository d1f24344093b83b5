/** The Huffman code: every byte, and what is no string in it. */
import { expect, test } from 'vitest';
import { decodeHuffman, mostDecodedBytes } from '../../../../src/transport/http2/wire/huffman.ts';
import { huffman } from './huffman-codes.ts';

function decode(coded: Uint8Array): string | null {
  const into = Buffer.alloc(mostDecodedBytes(coded.length));
  const length = decodeHuffman(coded, 0, coded.length, into);
  return length < 0 ? null : into.toString('latin1', 0, length);
}

//  examples of RFC 7541, Appendix C.4 and C.6
test.each([
  ['f1e3c2e5f23a6ba0ab90f4ff', 'www.example.com'],
  ['a8eb10649cbf', 'no-cache'],
  ['25a849e95ba97d7f', 'custom-key'],
  ['25a849e95bb8e8b4bf', 'custom-value'],
  ['6402', '302'],
  ['aec3771a4b', 'private'],
  ['d07abe941054d444a8200595040b8166e082a62d1bff', 'Mon, 21 Oct 2013 20:13:21 GMT'],
  ['9d29ad171863c78f0b97c8e9ae82ae43d3', 'https://www.example.com'],
  ['', ''],
])('%s is %j', (hex, text) => {
  expect(decode(Buffer.from(hex, 'hex'))).toBe(text);
  expect(huffman(text).toString('hex')).toBe(hex);
});

test('every byte, between two others', () => {
  for (let byte = 0; byte < 256; byte++) {
    const text = `a${String.fromCharCode(byte)}/`;
    expect(decode(huffman(text))).toBe(text);
  }
});

//  what is wrong, the bits
test.each([
  ['the end of the string within it', '1'.repeat(32)],
  ['the end, padded', `${'1'.repeat(30)}11`],
  ['padding of eight bits', `00011${'1'.repeat(11)}`],
  ['padding with zeros', '00011000'],
  ['padding that is not all ones', '00011110'],
  ['half a code', '11111111110'.padEnd(16, '0')],
])('no string: %s', (_, bits) => {
  const bytes = Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
  expect(decode(bytes)).toBeNull();
});
