/** What answers of gRPC are made of: header fields, which are always the same, and messages. */
import type { Stream, WholeAnswer } from '../http2/stream.ts';
import { fieldBlock, listBytes } from '../http2/wire/field-block.ts';
import type { GrpcFault } from './call.ts';

type Field = readonly [name: string, value: string];

/** Before each message: whether it is compressed, and its length in four bytes. */
export const PREFIX_BYTES = 5;
/** Longer words are cut: a block of header fields goes out in one frame. */
const MOST_WORDS = 1_024;
const NOTHING = new Uint8Array(0);

const TYPE: Field = ['content-type', 'application/grpc'];
export const HEAD: Buffer = fieldBlock(200, [TYPE]);
/** With nothing gone wrong. */
export const TRAILERS: Buffer = fieldBlock(null, [['grpc-status', '0']]);

/** For messages that are written before the next is made. */
const PREFIX = new Uint8Array(PREFIX_BYTES);

/** Gives a message that may be changed as soon as this returns. */
export function giveNow(stream: Stream, message: Uint8Array): void {
  stream.answer(wholeOf(prefix(message.length, PREFIX), message));
}

/** Gives a message that is left alone from now on. */
export function giveLate(stream: Stream, message: Uint8Array): void {
  stream.answer(wholeOf(prefixOf(message), message));
}

export function prefixOf(message: Uint8Array): Uint8Array {
  return prefix(message.length, new Uint8Array(PREFIX_BYTES));
}

/** An answer without a message. */
export function giveFault(stream: Stream, fault: GrpcFault, more: readonly Field[] = []): void {
  const status: Field = ['grpc-status', String(fault.code)];
  const words: Field = ['grpc-message', escaped(fault.message.slice(0, MOST_WORDS))];
  const fields = [TYPE, status, ...more];
  const isRoom = listBytes([[':status', '200'], ...fields, words]) <= stream.mostListBytes;
  const head = fieldBlock(200, isRoom ? [...fields, words] : fields);
  stream.answer({ head, prefix: NOTHING, data: NOTHING, trailers: null });
}

/** What ends an answer that has begun. */
export function faultTrailers({ code, message }: GrpcFault): Uint8Array {
  return fieldBlock(null, [
    ['grpc-status', String(code)],
    ['grpc-message', escaped(message.slice(0, MOST_WORDS))],
  ]);
}

function wholeOf(prefix: Uint8Array, data: Uint8Array): WholeAnswer {
  return { head: HEAD, prefix, data, trailers: TRAILERS };
}

function prefix(length: number, into: Uint8Array): Uint8Array {
  into[1] = length >>> 24;
  into[2] = length >>> 16;
  into[3] = length >>> 8;
  into[4] = length;
  return into;
}

/** In UTF-8, with all but printable ASCII, and the sign of an escape, escaped. */
function escaped(words: string): string {
  let text = '';
  for (const byte of Buffer.from(words, 'utf8')) {
    const isPlain = byte >= 0x20 && byte < 0x7f && byte !== PERCENT;
    const hex = byte.toString(16).toUpperCase().padStart(2, '0');
    text += isPlain ? String.fromCharCode(byte) : `%${hex}`;
  }
  return text;
}

const PERCENT = 0x25;
