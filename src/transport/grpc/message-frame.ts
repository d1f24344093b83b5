/** The one message that DATA of a unary call is made of, or what is wrong with it. */
import { PREFIX_BYTES } from './answers.ts';
import type { GrpcFault } from './call.ts';
import { INTERNAL, UNIMPLEMENTED } from './statuses.ts';

/** As long as a message may be. */
export const MOST_MESSAGE_BYTES: number = 4 * 1_048_576;

export const NO_COMPRESSION: GrpcFault = {
  code: UNIMPLEMENTED,
  message: 'compressed messages are not understood: send them with grpc-encoding identity',
};
const NO_MESSAGE: GrpcFault = {
  code: INTERNAL,
  message: 'a unary call must have one message, has none',
};
const NOT_ONE: GrpcFault = {
  code: INTERNAL,
  message: 'a unary call must have one message, and nothing else',
};
const COMPRESSED: GrpcFault = {
  code: INTERNAL,
  message: 'the message says that it is compressed, and grpc-encoding that it is not',
};

/** What is wrong with the DATA of a unary call; null where nothing is. */
export function faultOf(body: Uint8Array): GrpcFault | null {
  if (body.length === 0) return NO_MESSAGE;
  if (body.length < PREFIX_BYTES) return NOT_ONE;
  if (body[0] !== 0) return COMPRESSED;
  return lengthAt(body, 0) === body.length - PREFIX_BYTES ? null : NOT_ONE;
}

/** The length of the message whose prefix is at `at`. */
export function lengthAt(body: Uint8Array, at: number): number {
  const high = (body[at + 1] as number) * 0x100_0000;
  return (
    high +
    (((body[at + 2] as number) << 16) | ((body[at + 3] as number) << 8) | (body[at + 4] as number))
  );
}
