/**
 * Reads a request's body, up to a bound. Nearly every body comes as one piece, so one piece is
 * handed on as it came, and no request costs a closure.
 *
 * Large bodies that arrive slowly would fill the memory: what they hold together has a bound too.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

export const MOST_BODY_BYTES = 16 * 1_024;
export const MOST_BATCH_BYTES = 512 * 1_024;
/** Of all bodies of a thread that hold more than MOST_BODY_BYTES. */
export const MOST_HELD_BYTES = 64 * 1_024 * 1_024;

export interface BodyReceiver {
  /** How much of it there may be. */
  readonly mostBytes: number;
  /** The whole body. */
  received(req: IncomingMessage, res: ServerResponse, body: Buffer): void;
  /** There is more of it; or, for now, too much of others. What follows is not read. */
  tooLarge(req: IncomingMessage, res: ServerResponse, isForNow: boolean): void;
}

const BODY = Symbol('body');
const NOTHING = Buffer.alloc(0);

interface Receiving extends IncomingMessage {
  [BODY]?: Body;
}

class Body {
  readonly res: ServerResponse;
  readonly receiver: BodyReceiver;
  /** The first piece; from the second on, room for more, of which `bytes` are filled. */
  data: Buffer = NOTHING;
  bytes = 0;
  /** What it counts for in `heldBytes`. */
  held = 0;

  constructor(res: ServerResponse, receiver: BodyReceiver) {
    this.res = res;
    this.receiver = receiver;
  }
}

/** Calls one of the receiver's methods, once, unless the client goes away before. */
export function receiveBody(
  req: IncomingMessage,
  res: ServerResponse,
  receiver: BodyReceiver,
): void {
  (req as Receiving)[BODY] = new Body(res, receiver);
  req.on('data', onData);
  req.on('end', onEnd);
}

function onData(this: Receiving, chunk: Buffer): void {
  const body = this[BODY] as Body;
  const bytes = body.bytes + chunk.length;
  if (bytes > body.receiver.mostBytes) {
    refuse(this, body, false);
    return;
  }
  const room = body.bytes === 0 ? bytes : roomFor(body, bytes);
  if (room > MOST_BODY_BYTES && !hold(this, body, room)) {
    refuse(this, body, true);
    return;
  }
  if (body.bytes === 0) {
    body.data = chunk;
  } else {
    // Kept as pieces, a body sent byte by byte would cost hundreds of bytes for each.
    if (body.data.length < room) body.data = moved(body, room);
    chunk.copy(body.data, body.bytes);
  }
  body.bytes = bytes;
}

function onEnd(this: Receiving): void {
  const body = this[BODY] as Body;
  const { res, receiver, data, bytes } = body;
  release(body);
  receiver.received(this, res, data.length === bytes ? data : data.subarray(0, bytes));
}

function onClose(this: Receiving): void {
  release(this[BODY] as Body);
}

function refuse(req: Receiving, body: Body, isForNow: boolean): void {
  req.off('data', onData);
  req.off('end', onEnd);
  release(body);
  body.receiver.tooLarge(req, body.res, isForNow);
}

/** Twice what is wanted, so that a body is not copied for each of its pieces. */
function roomFor({ data, receiver }: Body, wanted: number): number {
  if (wanted <= data.length) return data.length;
  return Math.min(receiver.mostBytes, Math.max(MOST_BODY_BYTES, 2 * wanted));
}

function moved({ data, bytes }: Body, room: number): Buffer {
  const moved = Buffer.allocUnsafe(room);
  data.copy(moved, 0, 0, bytes);
  return moved;
}

/** Of this thread. */
let heldBytes = 0;

/** Counts a body that is to hold `bytes`; false where that would be too much. */
function hold(req: Receiving, body: Body, bytes: number): boolean {
  const more = bytes - body.held;
  if (heldBytes + more > MOST_HELD_BYTES) return false;
  if (body.held === 0) req.once('close', onClose);
  heldBytes += more;
  body.held = bytes;
  return true;
}

function release(body: Body): void {
  heldBytes -= body.held;
  body.held = 0;
  body.data = NOTHING;
}
