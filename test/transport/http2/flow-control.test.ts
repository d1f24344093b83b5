/** Flow control, both ways: what may be sent, and that a client is told what it may send again. */
import { expect, test } from 'vitest';
import { STREAM_WINDOW, TOP_UP_BYTES } from '../../../src/transport/http2/streams.ts';
import { block, callFields, data, headers, reset, settings, windowUpdate } from './frames.ts';
import { SessionScene } from './session-scene.ts';

const ECHO = block(callFields('/echo'));
const INITIAL_WINDOW = 4;
const MOST_FRAME = 5;
const TABLE_SIZE = 1;

/** Calls whose answers are `text`. */
function calls(text: string, ...ids: readonly number[]): readonly Buffer[] {
  return ids.flatMap((id) => [headers(id, ECHO), data(id, text)]);
}

test('an answer waits for room on its stream, and others pass it', () => {
  const scene = new SessionScene();
  scene.receive(settings([INITIAL_WINDOW, 3]));
  expect(scene.receive(...calls('hello', 1), ...calls('abc', 3))).toEqual([
    'HEADERS 1 1',
    'DATA 1 3',
    'HEADERS 3 1',
    'DATA 3 3',
    'HEADERS 3 end 8',
  ]);
  expect(scene.session.sender.heldBytes).toBe(2);
  expect(scene.receive(windowUpdate(1, 1))).toEqual(['DATA 1 1']);
  expect(scene.receive(windowUpdate(1, 9))).toEqual(['DATA 1 1', 'HEADERS 1 end 8']);
  expect(scene.session.sender.heldBytes).toBe(0);
});

test('an answer waits for room on the connection, in turn', () => {
  const scene = new SessionScene();
  const long = 'x'.repeat(60_000);
  scene.receive(headers(1, ECHO), ...pieces(1, long));
  expect(scene.receive(...calls('y'.repeat(6_000), 3), ...calls('zz', 5))).toEqual([
    'HEADERS 3 1',
    `DATA 3 ${65_535 - 60_000}`,
    'HEADERS 5 1',
  ]);
  expect(scene.receive(windowUpdate(0, 466))).toEqual([
    'DATA 3 465',
    'HEADERS 3 end 8',
    'DATA 5 1',
  ]);
  expect(scene.receive(windowUpdate(0, 1))).toEqual(['DATA 5 1', 'HEADERS 5 end 8']);
});

test('a smaller window makes those of open streams smaller too, below 0', () => {
  const scene = new SessionScene();
  scene.receive(settings([INITIAL_WINDOW, 4]), ...calls('hello', 1));
  expect(scene.receive(settings([INITIAL_WINDOW, 1]))).toEqual(['SETTINGS ack']);
  expect(scene.receive(windowUpdate(1, 3))).toEqual([]);
  expect(scene.receive(settings([INITIAL_WINDOW, 2]))).toEqual([
    'SETTINGS ack',
    'DATA 1 1',
    'HEADERS 1 end 8',
  ]);
});

test('windows of open streams that become too large end the connection', () => {
  const scene = new SessionScene();
  scene.receive(settings([INITIAL_WINDOW, 0]), ...calls('hello', 1));
  scene.receive(windowUpdate(1, 4), windowUpdate(1, 0));
  const other = new SessionScene();
  other.receive(settings([INITIAL_WINDOW, 0]), headers(1, ECHO), windowUpdate(1, 2 ** 31 - 1));
  expect(other.receive(settings([INITIAL_WINDOW, 1]))).toEqual(['SETTINGS ack', 'GOAWAY 1 = 3']);
});

test('data goes in frames that every client takes', () => {
  const scene = new SessionScene();
  scene.receive(settings([MOST_FRAME, 2 ** 24 - 1]));
  expect(scene.receive(headers(1, ECHO), ...pieces(1, 'x'.repeat(40_000)))).toEqual([
    'HEADERS 1 1',
    'DATA 1 16384',
    'DATA 1 16384',
    'DATA 1 7232',
    'HEADERS 1 end 8',
  ]);
});

test('a client that makes the table smaller is told once that ours is empty', () => {
  const scene = new SessionScene();
  scene.receive(settings([TABLE_SIZE, 0]), settings([TABLE_SIZE, 100]));
  const blocks = () =>
    scene.frames.filter(({ type }) => type === 1).map(({ payload }) => payload[0]);
  scene.receive(...calls('x', 1, 3));
  expect(blocks()).toEqual([0x20, 0, 0x88, 0]);
  scene.receive(settings([TABLE_SIZE, 4_096]), settings([TABLE_SIZE, 0]), ...calls('x', 5));
  expect(blocks()).toEqual([0x88, 0]);
});

test('what is taken back while it waits holds nothing any more', () => {
  const scene = new SessionScene();
  scene.receive(settings([INITIAL_WINDOW, 0]), ...calls('hello', 1));
  expect(scene.session.sender.heldBytes).toBe(5);
  scene.receive(reset(1));
  expect(scene.session.sender.heldBytes).toBe(0);
  expect(scene.receive(windowUpdate(0, 9))).toEqual([]);
});

//  what becomes of the stream of which the data is
test.each([
  ['answered', (scene: SessionScene, id: number) => scene.receive(headers(id, ECHO))],
  [
    'reset here',
    (scene: SessionScene, id: number) =>
      scene.receive(headers(id, block(callFields('/echo', [['X', 'y']])))),
  ],
])('all data is told back on the connection: %s', (_, begin) => {
  const scene = new SessionScene();
  let [told, sent] = [0, 0];
  for (let id = 1; sent < 3 * TOP_UP_BYTES; id += 2) {
    begin(scene, id);
    sent += 16_000;
    for (const words of scene.receive(data(id, 'x'.repeat(16_000)))) {
      const [, more = 0] = /^WINDOW_UPDATE 0 \+ (\d+)$/.exec(words) ?? [];
      told += Number(more);
    }
  }
  expect(sent - told).toBeLessThan(TOP_UP_BYTES);
});

test('padding is told back, too', () => {
  const scene = new SessionScene();
  const padded = Buffer.concat([Buffer.of(255), Buffer.alloc(256)]);
  const frames = Math.ceil(TOP_UP_BYTES / padded.length);
  let sent: readonly string[] = [];
  for (let i = 0; i < frames; i++) {
    const id = 2 * i + 1;
    const bytes = Buffer.concat([Buffer.from('0001010009', 'hex'), Buffer.alloc(4), padded]);
    bytes.writeUInt32BE(id, 5);
    sent = scene.receive(
      headers(id, ECHO),
      Buffer.concat([bytes.subarray(0, 3), Buffer.of(0, 9), bytes.subarray(5)]),
    );
  }
  expect(sent).toContain(`WINDOW_UPDATE 0 + ${frames * padded.length}`);
});

test('a stream that sends more than it may is reset', () => {
  const scene = new SessionScene();
  scene.service.mostBytes = Number.POSITIVE_INFINITY;
  scene.receive(headers(1, ECHO));
  let sent = 0;
  let answer: readonly string[] = [];
  while (sent <= STREAM_WINDOW && answer.every((words) => words.startsWith('WINDOW'))) {
    answer = scene.receive(data(1, Buffer.alloc(16_384), false));
    sent += 16_384;
  }
  expect(answer.at(-1)).toBe('RST_STREAM 1 = 3');
  expect(scene.session.heldBytes).toBeLessThan(10_000);
});

test('a body that is too long is refused once, and not kept', () => {
  const scene = new SessionScene();
  scene.service.mostBytes = 10;
  const sent = scene.receive(headers(1, ECHO), data(1, '1234567890', false), data(1, 'x', false));
  expect(sent).toEqual(['HEADERS 1 1', 'DATA 1 8', 'HEADERS 1 end 8', 'RST_STREAM 1 = 0']);
  expect(scene.data).toBe('too much');
  expect(scene.receive(data(1, 'y'))).toEqual([]);
  expect(scene.session.streams.size).toBe(0);
});

test('nor is it while the answer to it waits for room', () => {
  const scene = new SessionScene();
  scene.service.mostBytes = 50_000;
  scene.receive(settings([INITIAL_WINDOW, 0]), headers(1, ECHO));
  const piece = Buffer.alloc(16_000);
  for (let i = 0; i < 3; i++) scene.receive(data(1, piece, false));
  expect(scene.session.heldBytes).toBeGreaterThan(48_000);
  expect(scene.receive(data(1, piece, false))).toEqual(['HEADERS 1 1']);
  expect(scene.session.streams.size).toBe(1);
  expect(scene.session.heldBytes).toBeLessThan(10_000);
});

function pieces(id: number, text: string): readonly Buffer[] {
  const frames: Buffer[] = [];
  for (let at = 0; at < text.length; at += 16_384) {
    frames.push(data(id, text.slice(at, at + 16_384), at + 16_384 >= text.length));
  }
  return frames;
}
