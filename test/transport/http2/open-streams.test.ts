/** Streams whose DATA is taken as it comes, both ways, for as long as the client wants. */
import { expect, test } from 'vitest';
import { MOST_STAYING } from '../../../src/transport/http2/stream.ts';
import { STREAM_WINDOW, TOP_UP_BYTES } from '../../../src/transport/http2/streams.ts';
import { block, callFields, data, headers, reset, settings, windowUpdate } from './frames.ts';
import { SessionScene } from './session-scene.ts';

const OPEN = block(callFields('/open'));
const INITIAL_WINDOW = 4;

test('each piece is answered as it comes, and the end by the end', () => {
  const scene = new SessionScene();
  expect(scene.receive(headers(1, OPEN))).toEqual(['HEADERS 1 1']);
  expect(scene.receive(data(1, 'ab', false), data(1, 'c', false))).toEqual([
    'DATA 1 2',
    'DATA 1 1',
  ]);
  expect(scene.receive(data(1, 'd'))).toEqual(['DATA 1 1', 'HEADERS 1 end 8']);
  expect(scene.session.streams.size).toBe(0);
});

test('one that begins with its end has no data', () => {
  const scene = new SessionScene();
  expect(scene.receive(headers(1, OPEN, true))).toEqual(['HEADERS 1 1', 'HEADERS 1 end 8']);
});

test('its window is topped up for as long as it is open', () => {
  const scene = new SessionScene();
  scene.receive(
    settings([INITIAL_WINDOW, 2 ** 31 - 1]),
    windowUpdate(0, 2 ** 30),
    headers(1, OPEN),
  );
  let told = 0;
  let sent = 0;
  for (; sent < STREAM_WINDOW + TOP_UP_BYTES; sent += 16_384) {
    for (const words of scene.receive(data(1, Buffer.alloc(16_384), false))) {
      const [, more = 0] = /^WINDOW_UPDATE 1 \+ (\d+)$/.exec(words) ?? [];
      told += Number(more);
    }
  }
  expect(sent - told).toBeLessThan(TOP_UP_BYTES);
  expect(scene.session.streams.size).toBe(1);
});

test('what answers wait for room comes when there is some, and then the end', () => {
  const scene = new SessionScene();
  scene.receive(settings([INITIAL_WINDOW, 1]), headers(1, OPEN));
  expect(scene.receive(data(1, 'abc', false), data(1, 'd'))).toEqual(['DATA 1 1']);
  expect(scene.receive(windowUpdate(1, 2))).toEqual(['DATA 1 2']);
  expect(scene.receive(windowUpdate(1, 2))).toEqual(['DATA 1 1', 'HEADERS 1 end 8']);
});

test('when the connection is about to end it is ended, and the client may stop sending', () => {
  const scene = new SessionScene();
  scene.receive(headers(1, OPEN), data(1, 'abc', false));
  const sent = scene.during(() => scene.session.leave('age', scene.nowUs));
  expect(sent).toEqual(['GOAWAY 2147483647 = 0', 'PING', 'HEADERS 1 end 8', 'RST_STREAM 1 = 0']);
  expect(scene.receive(data(1, 'on its way', false))).toEqual([]);
  expect(scene.session.heldBytes).toBeLessThan(2_000);
});

test('what comes while the end waits for room is taken by nobody', () => {
  const scene = new SessionScene();
  scene.receive(settings([INITIAL_WINDOW, 0]), headers(1, OPEN), data(1, 'abc', false));
  scene.during(() => scene.session.leave('age', scene.nowUs));
  const before = scene.session.heldBytes;
  expect(scene.receive(data(1, Buffer.alloc(5_000), false))).toEqual([]);
  expect(scene.session.heldBytes).toBe(before);
  expect(scene.receive(windowUpdate(1, 9))).toEqual([
    'DATA 1 3',
    'HEADERS 1 end 8',
    'RST_STREAM 1 = 0',
  ]);
});

test('places and what was kept become free with a reset', () => {
  const scene = new SessionScene();
  const ids = Array.from({ length: MOST_STAYING + 1 }, (_, i) => 2 * i + 1);
  scene.receive(...ids.flatMap((id) => [headers(id, OPEN), data(id, Buffer.alloc(5_000), false)]));
  expect(scene.session.streams.size).toBe(MOST_STAYING);
  const before = scene.session.heldBytes;
  scene.receive(reset(1), data(1, 'on its way', false));
  expect(before - scene.session.heldBytes).toBeGreaterThanOrEqual(5_000);
  expect(scene.receive(headers(101, OPEN))).toEqual(['HEADERS 101 1']);
});
