/** Floods of frames that ask nothing, and what is no flood. */
import { expect, test } from 'vitest';
import { GOAWAY_REASONS, GOAWAYS } from '../../../src/metrics/cells.ts';
import { MOST_IDLE_FRAMES } from '../../../src/transport/http2/flood.ts';
import { block, callFields, data, frame, headers, ping, reset, settings } from './frames.ts';
import { SessionScene } from './session-scene.ts';

const ECHO = block(callFields('/echo'));
const LATE = block(callFields('/late'));

//  which frames, of which no call is made
test.each<readonly [string, Buffer]>([
  ['PING', ping()],
  ['SETTINGS', settings()],
  ['empty DATA', data(1, '', false)],
  ['PRIORITY', frame(2, 0, 9, Buffer.alloc(5))],
  ['of no known type', frame(77, 0, 0, Buffer.alloc(0))],
])('a flood of frames that ask nothing ends the connection: %s', (_, bytes) => {
  const scene = new SessionScene();
  scene.receive(headers(1, ECHO));
  const many = Buffer.concat(Array.from({ length: MOST_IDLE_FRAMES - 100 }, () => bytes));
  // A second later, or with a call among them, as many again are no flood.
  scene.receive(many);
  scene.nowUs += 1_100_000;
  scene.receive(many);
  scene.receive(headers(3, ECHO, true));
  scene.receive(many);
  expect(scene.session.isOver).toBe(false);
  const sent = scene.receive(many.subarray(0, bytes.length * 200));
  expect(sent.at(-1)).toBe('GOAWAY 3 = 11');
  expect(scene.counted(GOAWAYS + GOAWAY_REASONS.indexOf('flood'))).toBe(1);
});

test('rapid resets end a connection, those of calls that were made do not', () => {
  const scene = new SessionScene();
  const ids = Array.from({ length: MOST_IDLE_FRAMES }, (_, i) => 2 * i + 1);
  for (const id of ids) scene.receive(headers(id, LATE), data(id, 'x'), reset(id));
  expect(scene.session.isOver).toBe(false);
  const other = new SessionScene();
  for (const id of ids) if (!other.session.isOver) other.receive(headers(id, ECHO), reset(id));
  expect(other.session.isOver).toBe(true);
});

test('a flood of pieces of a block ends the connection', () => {
  const scene = new SessionScene();
  scene.receive(frame(1, 0, 1, ECHO));
  const pieces = Array.from({ length: MOST_IDLE_FRAMES }, () => frame(9, 0, 1, Buffer.alloc(0)));
  expect(scene.receive(...pieces)).toEqual(['GOAWAY 0 = 11']);
});
