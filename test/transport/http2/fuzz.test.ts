/**
 * Random conversations of HTTP/2: no crash, no hang, nothing kept beyond its bounds, whole frames
 * only, one answer a call, and the same bytes however they were cut.
 * ARGUS_FUZZ says how many, and ARGUS_FUZZ_SEED where they start.
 */
import { expect, test } from 'vitest';
import { STREAMS } from '../../../src/metrics/cells.ts';
import { lend } from '../connection/lent-bytes.ts';
import { Dice } from '../resp/resp-noise.ts';
import { noise } from './frame-noise.ts';
import { type Frame, framesIn, shown } from './frames.ts';
import { answer, SessionScene } from './session-scene.ts';

const RUNS = Number(process.env['ARGUS_FUZZ'] ?? 2_000);
const SEED = Number(process.env['ARGUS_FUZZ_SEED'] ?? 20_261_128);

const HTTP1 = Buffer.from('HTTP');

/** What is sent to these pieces, in one row. */
function converse(scene: SessionScene, pieces: readonly Buffer[], dice: Dice | null): Buffer {
  const sent: Buffer[] = [];
  const { session, writer } = scene;
  const writing = (act: () => void) => {
    session.sender.begin();
    act();
    session.sender.end();
    sent.push(Buffer.from(writer.take()));
  };
  for (const piece of pieces) {
    lend(piece, (chunk) => {
      let at = 0;
      while (at < chunk.length && !session.isOver) {
        writing(() => {
          at = session.receive(chunk, at, scene.nowUs);
        });
      }
    });
    if (session.isOver) {
      session.streams.leaveAll();
      break;
    }
    while (dice !== null && scene.service.late.length > 0 && dice.roll(2) === 0) {
      const [stream] = scene.service.late.splice(dice.roll(scene.service.late.length), 1);
      writing(() => {
        if (stream !== undefined) answer(stream, 'late');
      });
    }
  }
  return Buffer.concat(sent);
}

/** What of each stream may come, and how often. */
function check(frames: readonly Frame[]): void {
  const ended = new Set<number>();
  for (const { type, flags, streamId } of frames) {
    if (type !== 0 && type !== 1) continue;
    if (ended.has(streamId)) throw new Error(`more of stream ${streamId} after its end`);
    if ((flags & 1) !== 0) ended.add(streamId);
  }
  const over = frames.findIndex(({ type }) => type === 7);
  if (over >= 0 && over < frames.length - 1)
    throw new Error(`after the last word: ${frames.slice(over).map(shown)}`);
}

function play(seed: number): void {
  const dice = new Dice(seed);
  const bytes = noise(seed);
  const [whole, cut] = [new SessionScene(true), new SessionScene(true)];
  const places = Array.from({ length: dice.roll(6) }, () => dice.roll(bytes.length + 1));
  places.sort((one, other) => one - other);
  const ends = [...places, bytes.length];
  const pieces = ends.map((end, i) => bytes.subarray(i === 0 ? 0 : ends[i - 1], end));
  const one = converse(whole, [bytes], null);
  const other = converse(cut, pieces, null);
  // Whether it was a request of HTTP/1 is seen only where enough of it came at once.
  if ([one, other].some((sent) => sent.subarray(0, 4).equals(HTTP1))) return;
  if (!one.equals(other)) {
    const inWords = (sent: Buffer) => framesIn(sent).map(shown);
    expect({ seed, words: inWords(other) }).toEqual({ seed, words: inWords(one) });
  }
  check(framesIn(one));
  if (!whole.session.isOver) expect(whole.session.heldBytes).toBe(cut.session.heldBytes);
  expect(whole.counted(STREAMS)).toBe(whole.session.streams.size);
  const late = converse(new SessionScene(true), pieces, dice);
  check(framesIn(late));
}

test(`${RUNS} random conversations from seed ${SEED}`, { timeout: 3_600_000 }, () => {
  for (let run = 0; run < RUNS; run++) play(SEED + 2 * run);
});

test('one conversation, cut at every byte', () => {
  for (let seed = SEED, done = 0; done < 5; seed += 2) {
    const bytes = noise(seed);
    if (bytes.length > 6_000) continue;
    done++;
    const whole = converse(new SessionScene(true), [bytes], null);
    for (let at = 0; at <= bytes.length; at++) {
      const pieces = [bytes.subarray(0, at), bytes.subarray(at)];
      expect(converse(new SessionScene(true), pieces, null).equals(whole)).toBe(true);
    }
  }
});
