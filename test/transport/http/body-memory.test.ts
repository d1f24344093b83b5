/** What a body costs that comes in tiny pieces: memory, and copies of what is there already. */
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test, vi } from 'vitest';
import { receiveBody } from '../../../src/transport/http/core/body.ts';

const MOST_BYTES = 524_288;

/** A request whose body is received, and the bodies that were. */
function receiving(): { readonly req: IncomingMessage; readonly bodies: readonly Buffer[] } {
  const req = Object.assign(new EventEmitter(), { socket: {} }) as IncomingMessage;
  const bodies: Buffer[] = [];
  const refuse = () => {
    throw new Error('It is not too large');
  };
  const received = (_req: IncomingMessage, _res: ServerResponse, body: Buffer) => bodies.push(body);
  const receiver = { mostBytes: MOST_BYTES, received };
  receiveBody(req, {} as ServerResponse, receiver, { tooLarge: refuse, noRoom: refuse });
  return { req, bodies };
}

test('a body in single bytes is copied each time that it has doubled, and no more often', () => {
  const { req } = receiving();
  const made = vi.spyOn(Buffer, 'allocUnsafe');
  for (let i = 0; i < 60_000; i++) req.emit('data', Buffer.of(i & 0xff));
  const sizes = made.mock.calls.map(([size]) => size);
  made.mockRestore();
  expect(sizes).toHaveLength(3);
  expect(sizes.at(-1)).toBeGreaterThanOrEqual(60_000);
});

test('the memory that a body takes is a small multiple of its length, however small its pieces', () => {
  const collect = collector();
  const { req, bodies } = receiving();
  collect();
  const before = heldBytes();
  for (let i = 0; i < MOST_BYTES; i++) req.emit('data', Buffer.of(i & 0xff));
  collect();
  expect(heldBytes() - before).toBeLessThan(6 * MOST_BYTES);
  req.emit('end');
  expect(bodies.map(({ length }) => length)).toEqual([MOST_BYTES]);
  expect(bodies[0]?.every((byte, i) => byte === (i & 0xff))).toBe(true);
});

/** Runs the garbage collector, which has to be asked for by a flag. */
function collector(): () => void {
  setFlagsFromString('--expose-gc');
  return runInNewContext('gc') as () => void;
}

function heldBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
