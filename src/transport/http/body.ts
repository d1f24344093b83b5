/**
 * Reads a request's body, up to a bound. Nearly every body comes as one piece, so one piece is
 * handed on as it came, and no request costs a closure.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';

export const MOST_BODY_BYTES = 16 * 1_024;

export interface BodyReceiver {
  /** The whole body. */
  received(req: IncomingMessage, res: ServerResponse, body: Buffer): void;
  /** There is more of it than MOST_BODY_BYTES. What follows is not read. */
  tooLarge(req: IncomingMessage, res: ServerResponse): void;
}

const BODY = Symbol('body');

interface Receiving extends IncomingMessage {
  [BODY]?: Body;
}

class Body {
  readonly res: ServerResponse;
  readonly receiver: BodyReceiver;
  first: Buffer | null = null;
  rest: Buffer[] | null = null;
  bytes = 0;

  constructor(res: ServerResponse, receiver: BodyReceiver) {
    this.res = res;
    this.receiver = receiver;
  }
}

const NOTHING = Buffer.alloc(0);

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
  body.bytes += chunk.length;
  if (body.bytes > MOST_BODY_BYTES) {
    this.off('data', onData);
    this.off('end', onEnd);
    body.receiver.tooLarge(this, body.res);
  } else if (body.first === null) {
    body.first = chunk;
  } else {
    body.rest ??= [body.first];
    body.rest.push(chunk);
  }
}

function onEnd(this: Receiving): void {
  const { res, receiver, first, rest } = this[BODY] as Body;
  receiver.received(this, res, rest === null ? (first ?? NOTHING) : Buffer.concat(rest));
}
