/** Protobuf, as far as messages of health and reflection need it: fields, one after the other. */

const VARINT = 0;
const LENGTH = 2;
const FIXED_64 = 1;
const FIXED_32 = 5;
const MOST_VARINT_BYTES = 10;

/** Told of each field that is bytes, and of each that is a number. */
export interface FieldReader {
  bytes?(number: number, value: Uint8Array): void;
  number?(number: number, value: number): void;
}

/** Whether these bytes are a message. Fields of other kinds are passed over. */
export function readFields(bytes: Uint8Array, reader: FieldReader): boolean {
  let at = 0;
  /** NaN where there is none. */
  const varint = (): number => {
    let value = 0;
    for (let i = 0; i < MOST_VARINT_BYTES && at < bytes.length; i++) {
      const byte = bytes[at++] as number;
      value += (byte & 0x7f) * 2 ** (7 * i);
      if (byte < 0x80) return value;
    }
    return Number.NaN;
  };
  while (at < bytes.length) {
    const tag = varint();
    const number = Math.floor(tag / 8);
    if (!(number >= 1)) return false;
    const kind = tag % 8;
    if (kind === VARINT) {
      const value = varint();
      if (Number.isNaN(value)) return false;
      reader.number?.(number, value);
    } else if (kind === LENGTH) {
      const length = varint();
      if (!(length <= bytes.length - at)) return false;
      reader.bytes?.(number, bytes.subarray(at, at + length));
      at += length;
    } else if (kind === FIXED_64) at += 8;
    else if (kind === FIXED_32) at += 4;
    else return false;
  }
  return at === bytes.length;
}

type Value = number | string | Uint8Array;

/** A message of these fields, in this order: text is UTF-8, a number a varint. */
export function message(fields: readonly (readonly [number: number, value: Value])[]): Buffer {
  return Buffer.concat(
    fields.map(([number, value]) => {
      if (typeof value === 'number') return Buffer.concat([varintOf(number * 8), varintOf(value)]);
      const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value;
      return Buffer.concat([varintOf(number * 8 + LENGTH), varintOf(bytes.length), bytes]);
    }),
  );
}

function varintOf(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  bytes.push(left);
  return Buffer.from(bytes);
}
