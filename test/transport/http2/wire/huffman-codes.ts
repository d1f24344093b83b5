/** Strings to the Huffman code of HPACK, bit by bit. */
import { LENGTHS } from '../../../../src/transport/http2/wire/huffman.ts';

/** Codes count upwards in the order of their lengths, then of their symbols. */
const CODES: readonly string[] = (() => {
  const order = LENGTHS.map((length, symbol) => ({ length, symbol }));
  order.sort((one, other) => one.length - other.length || one.symbol - other.symbol);
  const codes: string[] = [];
  let code = 0n;
  let before = 0;
  for (const { length, symbol } of order) {
    code <<= BigInt(length - before);
    before = length;
    codes[symbol] = code.toString(2).padStart(length, '0');
    code++;
  }
  return codes;
})();

export function huffman(text: string): Buffer {
  let bits = '';
  for (const byte of Buffer.from(text, 'latin1')) bits += CODES[byte];
  bits = bits.padEnd(Math.ceil(bits.length / 8) * 8, '1');
  return Buffer.from((bits.match(/.{8}/g) ?? []).map((byte) => Number.parseInt(byte, 2)));
}
