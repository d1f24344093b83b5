/**
 * Reads a request's body, up to a bound. Nearly every body comes as one piece, so one piece is
 * handed on as it came, and no request costs a closure.
 *
 * Bodies that arrive slowly would fill the memory: what they hold is counted for their connection,
 * and so are large ones until they are answered. One for which there is no room is refused.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Grant, NOTHING as NO_GRANT } from '../../../access/grant.ts';
import { MOST_BODY_BYTES } from '../../../contract/bounds.ts';
import { holdingOf } from '../../connection/client-bytes.ts';

export interface BodyReceiver {
  /** How much of it there may be. */
  readonly mostBytes: number;
  /** The whole body. */
  received(req: IncomingMessage, res: ServerResponse, body: Buffer, grant: Grant): void;
}

/** Who answers where a body is not read to its end. */
export interface BodyRefusals {
  /** There is more of it than its receiver takes. */
  tooLarge(req: IncomingMessage, res: ServerResponse, mostBytes: number): void;
  /** There is no room for it among others, just now. */
  noRoom(req: IncomingMessage, res: ServerResponse): void;
}

const BODY = Symbol('body');
const NOTHING = Buffer.alloc(0);

interface Receiving extends IncomingMessage {
  [BODY]?: Body;
}

type BodyParts = Pick<Body, 'res' | 'receiver' | 'refusals' | 'grant'>;

class Body {
  readonly res: ServerResponse;
  readonly receiver: BodyReceiver;
  readonly refusals: BodyRefusals;
  readonly grant: Grant;
  /** The first piece; from the second on, room for more, of which `bytes` are filled. */
  data: Buffer = NOTHING;
  bytes = 0;
  /** What its connection counts for it. */
  held = 0;

  constructor(parts: BodyParts) {
    this.res = parts.res;
    this.receiver = parts.receiver;
    this.refusals = parts.refusals;
    this.grant = parts.grant;
  }
}

/**
 * The receiver gets the body, once, or it is refused; neither if the client goes away before.
 * `grant`: what the request may do; left out, nothing.
 */
export function receiveBody(
  req: IncomingMessage,
  res: ServerResponse,
  receiver: BodyReceiver,
  refusals: BodyRefusals,
  grant: Grant = NO_GRANT,
): void {
  (req as Receiving)[BODY] = new Body({ res, receiver, refusals, grant });
  req.on('data', onData);
  req.on('end', onEnd);
}

function onData(this: Receiving, chunk: Buffer): void {
  const body = this[BODY] as Body;
  const bytes = body.bytes + chunk.length;
  if (bytes > body.receiver.mostBytes) {
    giveUp(this, body);
    body.refusals.tooLarge(this, body.res, body.receiver.mostBytes);
    return;
  }
  const room = body.bytes === 0 ? bytes : roomFor(body, bytes);
  if (!hold(this, body, room)) {
    giveUp(this, body);
    body.refusals.noRoom(this, body.res);
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
  const { res, receiver, grant, data, bytes } = body;
  // A large one is decided about for a while, and answered at length.
  if (body.held <= MOST_BODY_BYTES) release(this, body);
  else body.data = NOTHING;
  const whole = data.length === bytes ? data : data.subarray(0, bytes);
  receiver.received(this, res, whole, grant);
}

function onClose(this: ServerResponse): void {
  release(this.req, (this.req as Receiving)[BODY] as Body);
}

/** What follows is not read. */
function giveUp(req: Receiving, body: Body): void {
  req.off('data', onData);
  req.off('end', onEnd);
  release(req, body);
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

/** Counts a body that is to hold `bytes`; false where there is no room for a large one. */
function hold(req: Receiving, body: Body, bytes: number): boolean {
  const holding = holdingOf(req.socket);
  const more = bytes - body.held;
  if (holding === undefined || more === 0) return true;
  if (bytes > MOST_BODY_BYTES && !holding.hasRoom(more)) return false;
  if (body.held === 0) body.res.once('close', onClose);
  body.held = bytes;
  holding.addBody(more);
  return true;
}

function release(req: IncomingMessage, body: Body): void {
  const { held } = body;
  body.held = 0;
  body.data = NOTHING;
  if (held > 0) holdingOf(req.socket)?.addBody(-held);
}
