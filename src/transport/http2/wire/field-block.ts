/**
 * Header fields to HPACK, as answers have them: nothing that changes a table, so that a block is
 * the same bytes on every connection, and is made once.
 */
import { assert } from '../../../lib/assert.ts';

type Field = readonly [name: string, value: string];

/** Numbers of statuses in the table of all connections. */
const STATUSES: Readonly<Record<number, number>> = { 200: 8, 400: 12, 404: 13 };
const INDEXED = 0x80;
/** As the first byte of a change of the table's size: to nothing. */
export const EMPTY_TABLE = 0x20;
const MOST_IN_7_BITS = 127;

/** Names have small letters; a character of a value is a byte. */
export function fieldBlock(status: number | null, fields: readonly Field[]): Buffer {
  const parts: Buffer[] = [];
  if (status !== null) {
    const index = STATUSES[status];
    if (index === undefined) parts.push(literal([':status', String(status)]));
    else parts.push(Buffer.of(INDEXED | index));
  }
  return Buffer.concat([...parts, ...fields.map(literal)]);
}

/** Its size as the other side reckons it, where it has said how large a list may be. */
export function listBytes(fields: readonly Field[]): number {
  return fields.reduce((sum, [name, value]) => sum + name.length + value.length + 32, 0);
}

function literal([name, value]: Field): Buffer {
  assert(!/[A-Z]/.test(name), 'names of fields have small letters');
  return Buffer.concat([Buffer.of(0), string(name), string(value)]);
}

function string(text: string): Buffer {
  return Buffer.concat([lengthOf(text), Buffer.from(text, 'latin1')]);
}

function lengthOf({ length }: string): Buffer {
  if (length < MOST_IN_7_BITS) return Buffer.of(length);
  const bytes = [MOST_IN_7_BITS];
  let left = length - MOST_IN_7_BITS;
  for (; left >= 0x80; left = Math.floor(left / 0x80)) bytes.push((left % 0x80) | 0x80);
  bytes.push(left);
  return Buffer.from(bytes);
}
