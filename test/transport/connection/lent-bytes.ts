/**
 * Bytes as a socket has them that reads into the buffer of its thread: once they were received
 * something else is there. What is kept of them without a copy turns into garbage.
 */
import { MOST_READ_BYTES, type Receiver } from '../../../src/transport/connection/read-buffer.ts';

/** No byte of a request, a command or a key. */
const GARBAGE = 0xff;

const BUFFER = Buffer.alloc(MOST_READ_BYTES);
/** By their lengths: what comes next may well be the same object. */
const VIEWS = new Map<number, Buffer>();

/** Hands the bytes over as they are read. */
export function lend(bytes: Uint8Array, receiver: Receiver): void {
  const view = viewOf(bytes.length);
  view.set(bytes);
  receiver(view);
  view.fill(GARBAGE);
}

function viewOf(length: number): Buffer {
  const view = VIEWS.get(length) ?? BUFFER.subarray(0, length);
  if (length > BUFFER.length) return Buffer.alloc(length);
  VIEWS.set(length, view);
  return view;
}
