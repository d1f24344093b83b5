/** Frames, cut wherever bytes may be cut. */
import { expect, test } from 'vitest';
import { FrameCutter, HALF, TOO_LONG } from '../../../../src/transport/http2/wire/frame-cutter.ts';
import { lend } from '../../connection/lent-bytes.ts';
import { frame, framesIn, shown } from '../frames.ts';

const FRAMES = [
  frame(0, 1, 7, Buffer.from('hello')),
  frame(6, 0, 0, Buffer.from('12345678')),
  frame(4, 1, 0, Buffer.alloc(0)),
  frame(200, 0xff, 2 ** 31 - 1, Buffer.from('x')),
];
const WHOLE = Buffer.concat(FRAMES);

/** All that is found in these pieces, each of which is gone once it was read. */
function cut(...pieces: readonly Buffer[]): readonly string[] {
  const cutter = new FrameCutter();
  const found: string[] = [];
  for (const piece of pieces) {
    lend(piece, (chunk) => {
      let at = 0;
      while (at < chunk.length) {
        at = cutter.next(chunk, at);
        if (at === HALF) break;
        const { bytes, at: from, end, type, flags, streamId } = cutter;
        found.push(
          shown({ type, flags, streamId, payload: Buffer.from(bytes.subarray(from, end)) }),
        );
      }
    });
  }
  expect(cutter.hasHalf).toBe(false);
  expect(cutter.heldBytes).toBe(0);
  return found;
}

test('frames are found whole, and cut at every pair of places', () => {
  const frames = framesIn(WHOLE).map(shown);
  expect(frames).toEqual(['DATA 7 end 5', 'PING', 'SETTINGS ack', 'type 200 2147483647 end 1']);
  for (let one = 0; one <= WHOLE.length; one++) {
    for (let other = one; other <= WHOLE.length; other++) {
      const pieces = [WHOLE.subarray(0, one), WHOLE.subarray(one, other), WHOLE.subarray(other)];
      expect(cut(...pieces)).toEqual(frames);
    }
  }
});

test('the highest bit of a number of a stream says nothing', () => {
  const bytes = frame(0, 1, 7, Buffer.alloc(0));
  bytes[5] = 0x80;
  expect(cut(bytes)).toEqual(['DATA 7 end 0']);
});

test('a frame that is too long is refused by its head, whole or cut', () => {
  const head = Buffer.from('004001000000000001', 'hex');
  expect(new FrameCutter().next(head, 0)).toBe(TOO_LONG);
  const cutter = new FrameCutter();
  expect(cutter.next(head.subarray(0, 5), 0)).toBe(HALF);
  expect(cutter.next(head, 5)).toBe(TOO_LONG);
});

test('of a frame that has begun no more is kept than it has', () => {
  const cutter = new FrameCutter();
  expect(cutter.next(Buffer.from('004000000000000001', 'hex'), 0)).toBe(HALF);
  expect(cutter.heldBytes).toBe(9 + 16_384);
});
