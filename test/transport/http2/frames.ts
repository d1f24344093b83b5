/** Frames of HTTP/2 as tests write and read them: with nothing of the source but its numbers. */
import * as numbers from '../../../src/transport/http2/wire/numbers.ts';

export const PREFACE: Buffer = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1');

export interface Frame {
  readonly type: number;
  readonly flags: number;
  readonly streamId: number;
  readonly payload: Buffer;
}

export function frame(type: number, flags: number, streamId: number, payload: Uint8Array): Buffer {
  const head = Buffer.alloc(9);
  head.writeUIntBE(payload.length, 0, 3);
  head[3] = type;
  head[4] = flags;
  head.writeUInt32BE(streamId, 5);
  return Buffer.concat([head, payload]);
}

export function number(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function settings(...pairs: readonly (readonly [name: number, value: number])[]): Buffer {
  const payload = pairs.map(([name, value]) => Buffer.concat([Buffer.of(0, name), number(value)]));
  return frame(numbers.SETTINGS, 0, 0, Buffer.concat(payload));
}

export const SETTINGS_ACK: Buffer = frame(numbers.SETTINGS, numbers.ACK, 0, Buffer.alloc(0));

export function windowUpdate(streamId: number, more: number): Buffer {
  return frame(numbers.WINDOW_UPDATE, 0, streamId, number(more));
}

export function reset(streamId: number, code: number = numbers.CANCEL): Buffer {
  return frame(numbers.RST_STREAM, 0, streamId, number(code));
}

export function ping(payload = '12345678', flags = 0): Buffer {
  return frame(numbers.PING, flags, 0, Buffer.from(payload, 'latin1'));
}

export function data(streamId: number, payload: Uint8Array | string, isLast = true): Buffer {
  const bytes = typeof payload === 'string' ? Buffer.from(payload, 'latin1') : payload;
  return frame(numbers.DATA, isLast ? numbers.END_STREAM : 0, streamId, bytes);
}

export function headers(streamId: number, block: Uint8Array, isLast = false): Buffer {
  const flags = numbers.END_HEADERS | (isLast ? numbers.END_STREAM : 0);
  return frame(numbers.HEADERS, flags, streamId, block);
}

type Field = readonly [name: string, value: string];

/** Fields as literals that change no table. */
export function block(fields: readonly Field[]): Buffer {
  return Buffer.concat(fields.map(([name, value]) => literal(0, name, value)));
}

/** A literal whose first byte is `kind`: 0x40 puts it into the table. */
export function literal(kind: number, name: string, value: string): Buffer {
  return Buffer.concat([Buffer.of(kind), text(name), text(value)]);
}

export function text(words: string): Buffer {
  const bytes = Buffer.from(words, 'latin1');
  return Buffer.concat([integer(bytes.length, 7, 0), bytes]);
}

/** A number in `bits` bits, and as many bytes as it takes; `first` is what stands before it. */
export function integer(value: number, bits: number, first: number): Buffer {
  const most = 2 ** bits - 1;
  if (value < most) return Buffer.of(first | value);
  const bytes = [first | most];
  let left = value - most;
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 128);
  return Buffer.from([...bytes, left]);
}

/** The fields of a call of gRPC. */
export function callFields(path: string, more: readonly Field[] = []): readonly Field[] {
  return [
    [':method', 'POST'],
    [':scheme', 'http'],
    [':path', path],
    [':authority', 'a'],
    ['content-type', 'application/grpc'],
    ['te', 'trailers'],
    ...more,
  ];
}

/** A message with its prefix. */
export function framed(message: Uint8Array | string): Buffer {
  const bytes = typeof message === 'string' ? Buffer.from(message, 'latin1') : message;
  return Buffer.concat([Buffer.of(0), number(bytes.length), bytes]);
}

/** All of a call: header fields, and one message. */
export function call(streamId: number, path: string, message: Uint8Array | string): Buffer {
  return Buffer.concat([
    headers(streamId, block(callFields(path))),
    data(streamId, framed(message)),
  ]);
}

/** The frames; throws where half a one is left. */
export function framesIn(bytes: Buffer): readonly Frame[] {
  const frames = framesSoFar(bytes);
  const length = frames.reduce((sum, { payload }) => sum + 9 + payload.length, 0);
  if (length !== bytes.length) throw new Error(`half a frame at ${length}`);
  return frames;
}

/** The frames that are whole. */
export function framesSoFar(bytes: Buffer): readonly Frame[] {
  const frames: Frame[] = [];
  let at = 0;
  while (at + 9 <= bytes.length) {
    const end = at + 9 + bytes.readUIntBE(at, 3);
    if (end > bytes.length) break;
    frames.push({
      type: bytes[at + 3] as number,
      flags: bytes[at + 4] as number,
      streamId: bytes.readUInt32BE(at + 5),
      payload: Buffer.from(bytes.subarray(at + 9, end)),
    });
    at = end;
  }
  return frames;
}

const NAMES = new Map(
  [
    'DATA',
    'HEADERS',
    'PRIORITY',
    'RST_STREAM',
    'SETTINGS',
    'PUSH_PROMISE',
    'PING',
    'GOAWAY',
    'WINDOW_UPDATE',
    'CONTINUATION',
  ].map((name, type) => [type, name]),
);

/** In words, such as `DATA 1 end 5`, `RST_STREAM 3 = 8`, `GOAWAY 1 = 0`. */
export function shown({ type, flags, streamId, payload }: Frame): string {
  const name = NAMES.get(type) ?? `type ${type}`;
  const { END_STREAM, RST_STREAM, WINDOW_UPDATE, GOAWAY, SETTINGS, PING, ACK } = numbers;
  if (type === RST_STREAM) return `${name} ${streamId} = ${payload.readUInt32BE()}`;
  if (type === WINDOW_UPDATE) return `${name} ${streamId} + ${payload.readUInt32BE()}`;
  if (type === GOAWAY) return `${name} ${payload.readUInt32BE()} = ${payload.readUInt32BE(4)}`;
  if (type === SETTINGS || type === PING) return `${name}${(flags & ACK) === 0 ? '' : ' ack'}`;
  return `${name} ${streamId}${(flags & END_STREAM) === 0 ? '' : ' end'} ${payload.length}`;
}
