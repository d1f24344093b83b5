/**
 * Reads a request's body, up to a bound. Nearly every body comes as one piece, so one piece is
 * handed on as it came, and no request costs a closure.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

export const MOST_BODY_BYTES = 16 * 1_024;
export const MOST_BATCH_BYTES = 512 * 1_024;

export interface BodyReceiver {
  /** How much of it there may be. */
  readonly mostBytes: number;
  /** The whole body. */
  received(req: IncomingMessage, res: ServerResponse, body: Buffer): void;
  /** There is more of it. What follows is not read. */
  tooLarge(req: IncomingMessage, res: ServerResponse): void;
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
    this.off('data', onData);
    this.off('end', onEnd);
    body.receiver.tooLarge(this, body.res);
    return;
  }
  if (body.bytes === 0) {
    body.data = chunk;
  } else {
    // Kept as pieces, a body sent byte by byte would cost hundreds of bytes for each.
    if (body.data.length < bytes) body.data = withRoom(body, bytes);
    chunk.copy(body.data, body.bytes);
  }
  body.bytes = bytes;
}

function onEnd(this: Receiving): void {
  const { res, receiver, data, bytes } = this[BODY] as Body;
  receiver.received(this, res, data.length === bytes ? data : data.subarray(0, bytes));
}

/** Twice what is wanted, so that a body is not copied for each of its pieces. */
function withRoom({ data, bytes, receiver }: Body, wanted: number): Buffer {
  const most = Math.max(MOST_BODY_BYTES, 2 * wanted);
  const room = Buffer.allocUnsafe(Math.min(receiver.mostBytes, most));
  data.copy(room, 0, 0, bytes);
  return room;
}
