/** Calls that stay open for as long as their clients want: few a connection, and until it ends. */
import type { Stream } from '../http2/stream.ts';
import { faultTrailers, giveFault } from './answers.ts';
import type { GrpcFault } from './call.ts';
import { RESOURCE_EXHAUSTED, UNAVAILABLE } from './statuses.ts';

const ENDING: GrpcFault = {
  code: UNAVAILABLE,
  message: 'the connection is about to end: call on another',
};
const TOO_MANY: GrpcFault = {
  code: RESOURCE_EXHAUSTED,
  message: 'too many calls of this connection stay open',
};

/** Comes after what was answered so far, when the connection is about to end. */
export const ENDING_TRAILERS: Uint8Array = faultTrailers(ENDING);

/** Whether it may; else it is answered. `tooMany` counts those for which there is no place. */
export function mayStay(stream: Stream, tooMany: () => void): boolean {
  if (stream.isEnding) giveFault(stream, ENDING);
  else if (stream.stay()) return true;
  else {
    tooMany();
    giveFault(stream, TOO_MANY);
  }
  return false;
}
