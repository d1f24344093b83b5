/** Messages are cut out of what comes, in whatever pieces that is. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { MessageCutter } from '../../../src/transport/grpc/message-cutter.ts';
import { lend } from '../connection/lent-bytes.ts';
import { framed } from '../http2/frames.ts';

const MOST_BYTES = 40;

test('messages come out as they went in, and nothing is kept once they are whole', () => {
  const texts = fc.array(fc.string({ unit: 'binary-ascii', maxLength: MOST_BYTES }));
  fc.assert(
    fc.property(texts, fc.array(fc.integer({ min: 1, max: 60 })), (sent, lengths) => {
      const cutter = new MessageCutter(MOST_BYTES);
      const bytes = Buffer.concat(sent.map((text) => framed(text)));
      const came: string[] = [];
      const ends = [...lengths, bytes.length];
      for (let at = 0, i = 0; at < bytes.length; i++) {
        const end = at + (ends[i] as number);
        lend(bytes.subarray(at, end), (piece) => {
          const fault = cutter.cut(piece, (message) => {
            came.push(Buffer.from(message).toString('latin1'));
            return true;
          });
          expect(fault).toBeNull();
        });
        expect(cutter.heldBytes).toBeLessThan(5 + MOST_BYTES);
        at = end;
      }
      expect(came).toEqual(sent);
      expect(cutter.heldBytes).toBe(0);
    }),
  );
});

test('whoever takes may stop it, and nothing is kept', () => {
  const cutter = new MessageCutter(MOST_BYTES);
  const came: number[] = [];
  const bytes = Buffer.concat([framed('a'), framed('bc'), framed('d').subarray(0, 3)]);
  expect(cutter.cut(bytes, ({ length }) => came.push(length) < 1)).toBeNull();
  expect([came, cutter.heldBytes]).toEqual([[1], 0]);
});
