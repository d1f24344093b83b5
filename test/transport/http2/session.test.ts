/** A session of HTTP/2: what is answered to which frames, and what must not be. */
import { expect, test } from 'vitest';
import {
  CALLS_OVER_BOUND,
  GOAWAY_REASONS,
  GOAWAYS,
  RESETS_BY_CLIENT,
  STREAMS,
} from '../../../src/metrics/cells.ts';
import { HEARD_WITHIN_MS } from '../../../src/transport/http2/goodbye.ts';
import { MOST_STREAMS } from '../../../src/transport/http2/streams.ts';
import {
  block,
  callFields,
  data,
  frame,
  headers,
  literal,
  number,
  PREFACE,
  ping,
  reset,
  SETTINGS_ACK,
  settings,
  windowUpdate,
} from './frames.ts';
import { answer, SessionScene } from './session-scene.ts';

const ECHO = block(callFields('/echo'));
const LATE = block(callFields('/late'));
/** A call and its answer, of five bytes. */
const HELLO = (id: number) => Buffer.concat([headers(id, ECHO), data(id, 'hello')]);
const ANSWER = (id: number) => [`HEADERS ${id} 1`, `DATA ${id} 5`, `HEADERS ${id} end 8`];

test('the first words, and a call in the same piece', () => {
  const scene = new SessionScene(true);
  expect(scene.receive(PREFACE, settings(), HELLO(1))).toEqual([
    'SETTINGS',
    `WINDOW_UPDATE 0 + ${2 ** 31 - 1 - 65_535}`,
    'SETTINGS ack',
    ...ANSWER(1),
  ]);
  expect(scene.data).toBe('hello');
  expect(scene.session.isSettled).toBe(false);
  scene.receive(SETTINGS_ACK);
  expect(scene.session.isSettled).toBe(true);
});

test('calls in any number, wherever their bytes are cut', () => {
  const bytes = Buffer.concat([
    HELLO(1),
    ping(),
    headers(3, ECHO),
    windowUpdate(3, 7),
    data(3, 'he', false),
    data(5, ''),
    data(3, 'llo'),
  ]);
  const good = Buffer.concat([
    HELLO(1),
    ping(),
    headers(3, ECHO),
    windowUpdate(3, 7),
    data(3, 'he', false),
    ping(),
    data(3, 'llo'),
  ]);
  expect(bytes.length).toBeGreaterThan(0);
  for (let at = 0; at <= good.length; at++) {
    const scene = new SessionScene();
    const sent = [...scene.receive(good.subarray(0, at)), ...scene.receive(good.subarray(at))];
    expect(sent).toEqual([...ANSWER(1), 'PING ack', 'PING ack', ...ANSWER(3)]);
    expect(scene.service.bodies).toEqual(['hello', 'hello']);
  }
});

test('a block that changed no table is remembered, and only as long as no table changes', () => {
  const scene = new SessionScene();
  const { asked } = scene.service;
  const same = Buffer.concat([ECHO, Buffer.of(0xbe)]);
  scene.receive(headers(1, Buffer.concat([ECHO, literal(0x40, 'x', '1')]), true));
  scene.receive(headers(3, same, true), headers(5, same, true), headers(7, same, true));
  expect(asked).toHaveLength(2);
  // Numbers stand for other fields now: the same bytes are another request.
  scene.receive(headers(9, Buffer.concat([ECHO, literal(0x40, 'connection', 'x')]), true));
  expect(scene.receive(headers(11, same, true))).toEqual(['RST_STREAM 11 = 1']);
  scene.receive(headers(13, Buffer.concat([Buffer.of(0x20), ECHO]), true));
  expect(scene.receive(headers(15, same, true))).toEqual(['GOAWAY 13 = 9']);
});

test('the same bytes that put a field into the table do so each time', () => {
  const scene = new SessionScene();
  const puts = Buffer.concat([ECHO, literal(0x40, 'x', '1')]);
  scene.receive(headers(1, puts, true), headers(3, puts, true), headers(5, puts, true));
  expect(scene.service.asked).toHaveLength(3);
  // The oldest of three.
  const last = headers(7, Buffer.concat([ECHO, Buffer.of(0xc0)]), true);
  expect(scene.receive(last)).toEqual(['HEADERS 7 1', 'HEADERS 7 end 8']);
});

test('trailers in the bytes of a remembered block are decoded as trailers', () => {
  const scene = new SessionScene();
  scene.receive(headers(1, ECHO, true), headers(3, ECHO), data(3, 'x', false));
  expect(scene.receive(headers(3, ECHO, true))).toEqual(['RST_STREAM 3 = 1']);
  scene.receive(headers(5, ECHO));
  expect(scene.receive(data(5, 'hello', false), headers(5, block([['x', 'y']]), true))).toEqual(
    ANSWER(5),
  );
});

test('every block is decoded, whatever becomes of its stream', () => {
  const scene = new SessionScene();
  scene.session.leave('age', scene.nowUs);
  scene.during(() => scene.session.checkTime(scene.nowUs + HEARD_WITHIN_MS * 1_000));
  // Not answered any more, but their numbers count.
  const other = new SessionScene();
  for (let id = 1; id < 2 * MOST_STREAMS; id += 2) other.receive(headers(id, ECHO));
  const refused = headers(
    2 * MOST_STREAMS + 1,
    Buffer.concat([ECHO, literal(0x40, 'x', '1')]),
    true,
  );
  expect(other.receive(refused)).toEqual([`RST_STREAM ${2 * MOST_STREAMS + 1} = 7`]);
  expect(other.counted(CALLS_OVER_BOUND + 2)).toBe(1);
  other.receive(reset(1));
  const next = headers(2 * MOST_STREAMS + 3, Buffer.concat([ECHO, Buffer.of(0xbe)]), true);
  expect(other.receive(next)).toEqual([
    `HEADERS ${2 * MOST_STREAMS + 3} 1`,
    `HEADERS ${2 * MOST_STREAMS + 3} end 8`,
  ]);
});

test('a block in several frames, cut anywhere, and nothing in between', () => {
  for (let at = 0; at <= ECHO.length; at++) {
    const scene = new SessionScene();
    const [one, other] = [ECHO.subarray(0, at), ECHO.subarray(at)];
    const begin = frame(1, 0, 1, one);
    expect(scene.receive(begin, frame(9, 0x4, 1, other), data(1, 'hello'))).toEqual(ANSWER(1));
  }
  const scene = new SessionScene();
  expect(scene.receive(frame(1, 0, 1, ECHO.subarray(0, 5)), ping())).toEqual(['GOAWAY 0 = 1']);
  const half = new SessionScene();
  expect(half.receive(headers(1, ECHO.subarray(0, 5)))).toEqual(['GOAWAY 0 = 9']);
});

test('padding counts, and is no data', () => {
  const scene = new SessionScene();
  const padded = Buffer.concat([Buffer.of(4), Buffer.from('hello'), Buffer.alloc(4)]);
  expect(scene.receive(headers(1, ECHO), frame(0, 0x9, 1, padded))).toEqual(ANSWER(1));
  const block = Buffer.concat([Buffer.of(3), number(0), Buffer.of(15), ECHO, Buffer.alloc(3)]);
  expect(scene.receive(frame(1, 0x2c, 3, block), data(3, 'hello'))).toEqual(ANSWER(3));
  expect(scene.receive(headers(5, ECHO), frame(0, 0x9, 5, Buffer.of(3, 1, 2)))).toEqual([
    'GOAWAY 5 = 1',
  ]);
});

//  what is wrong, what is sent on a connection with streams 1 (open) and 3 (answered), the answer
test.each<readonly [string, Buffer, string]>([
  ['DATA of a stream that never was', data(5, 'x'), 'GOAWAY 3 = 1'],
  ['DATA of no stream', data(0, 'x'), 'GOAWAY 3 = 1'],
  ['DATA of an answered stream', data(3, 'x'), 'RST_STREAM 3 = 5'],
  ['header fields of an answered stream', headers(3, ECHO, true), 'GOAWAY 3 = 5'],
  ['an even stream', headers(4, ECHO, true), 'GOAWAY 3 = 1'],
  ['a stream below the last', headers(1, ECHO), 'RST_STREAM 1 = 1'],
  ['a reset of a stream that never was', reset(5), 'GOAWAY 3 = 1'],
  ['room for a stream that never was', windowUpdate(5, 1), 'GOAWAY 3 = 1'],
  ['no room at all', windowUpdate(0, 0), 'GOAWAY 3 = 1'],
  ['no room on a stream', windowUpdate(1, 0), 'RST_STREAM 1 = 1'],
  ['too much room', windowUpdate(0, 2 ** 31 - 1), 'GOAWAY 3 = 3'],
  ['too much room on a stream', windowUpdate(1, 2 ** 31 - 1), 'RST_STREAM 1 = 3'],
  ['a push', frame(5, 0x4, 1, number(2)), 'GOAWAY 3 = 1'],
  ['a frame that is too long', frame(0, 0, 1, Buffer.alloc(16_385)), 'GOAWAY 3 = 6'],
  ['half a setting', frame(4, 0, 0, Buffer.alloc(5)), 'GOAWAY 3 = 6'],
  ['a window that is too large', settings([4, 2 ** 31]), 'GOAWAY 3 = 3'],
  ['a block that is none', headers(5, Buffer.of(0x80)), 'GOAWAY 3 = 9'],
  [
    'a stream that depends on itself',
    frame(2, 0, 5, Buffer.concat([number(5), Buffer.of(1)])),
    'GOAWAY 3 = 1',
  ],
])('refused: %s', (_, bytes, answer) => {
  const scene = new SessionScene();
  scene.receive(headers(1, ECHO), HELLO(3));
  expect(scene.receive(bytes).filter((sent) => sent !== 'SETTINGS ack')).toEqual([answer]);
  expect(scene.session.isOver).toBe(answer.startsWith('GOAWAY'));
});

//  what is wrong with the fields
test.each<readonly [string, readonly (readonly [string, string])[]]>([
  ['no method', callFields('/echo').slice(1)],
  ['an empty path', callFields('')],
  ['two paths', [[':path', '/x'], ...callFields('/echo')]],
  ['one of a response', [[':status', '200'], ...callFields('/echo')]],
  ['one of them behind others', [['x', 'y'], ...callFields('/echo')]],
  ['a capital letter', callFields('/echo', [['X', 'y']])],
  ['one of a connection', callFields('/echo', [['connection', 'close']])],
  ['a line in a value', callFields('/echo', [['x', 'a\nb']])],
  ['a length that is none', callFields('/echo', [['content-length', '-1']])],
  [
    'two lengths',
    callFields('/echo', [
      ['content-length', '5'],
      ['content-length', '6'],
    ]),
  ],
  ['a length below that of the data', callFields('/echo', [['content-length', '4']])],
  ['a length above that of the data', callFields('/echo', [['content-length', '6']])],
])('malformed: %s', (_, fields) => {
  const scene = new SessionScene();
  const [first] = scene.receive(headers(1, block(fields)), data(1, 'hello'));
  expect(first).toBe('RST_STREAM 1 = 1');
  expect(scene.service.bodies).toEqual([]);
  expect(scene.receive(HELLO(3))).toEqual(ANSWER(3));
});

test('after a reset here what is on its way is passed over', () => {
  const scene = new SessionScene();
  scene.receive(headers(1, block(callFields('/echo', [['X', 'y']]))));
  expect(scene.receive(data(1, 'x', false), data(1, 'y'), windowUpdate(1, 5), reset(1))).toEqual(
    [],
  );
  expect(scene.receive(HELLO(3))).toEqual(ANSWER(3));
});

test('a call that is taken back is not answered, and is forgotten', () => {
  const scene = new SessionScene();
  scene.receive(headers(1, LATE), data(1, 'x'), HELLO(3));
  expect(scene.counted(STREAMS)).toBe(1);
  const [stream] = scene.service.late;
  let gone = 0;
  if (stream !== undefined) stream.onGone = () => gone++;
  scene.receive(reset(1));
  expect([gone, scene.counted(STREAMS), scene.counted(RESETS_BY_CLIENT)]).toEqual([1, 0, 1]);
  if (stream !== undefined) answer(stream, 'y');
  expect(scene.during(() => undefined)).toEqual([]);
});

test('late answers wait until they may be written, and then go in their order', () => {
  const scene = new SessionScene();
  scene.receive(headers(1, LATE), data(1, 'x'), headers(3, LATE), data(3, 'y'));
  for (const stream of scene.service.late.toReversed()) answer(stream, 'hello');
  expect(scene.wakes).toBe(1);
  expect(scene.writer.length).toBe(0);
  expect(scene.during(() => undefined)).toEqual([...ANSWER(3), ...ANSWER(1)]);
});

test('goodbye: nothing is refused that was asked before the client knew', () => {
  const scene = new SessionScene();
  scene.receive(headers(1, LATE), data(1, 'x'));
  expect(scene.during(() => scene.session.leave('shutdown', scene.nowUs))).toEqual([
    'GOAWAY 2147483647 = 0',
    'PING',
  ]);
  const payload = scene.frames[1]?.payload.toString('latin1');
  expect(scene.receive(HELLO(3))).toEqual(ANSWER(3));
  expect(scene.receive(ping('12345678', 1))).toEqual([]);
  expect(scene.receive(ping(payload, 1))).toEqual(['GOAWAY 3 = 0']);
  // What comes now was sent by a client that had been told not to.
  expect(scene.receive(HELLO(5))).toEqual([]);
  expect(scene.session.isOver).toBe(false);
  for (const stream of scene.service.late) answer(stream, 'hello');
  expect(scene.during(() => undefined)).toEqual(ANSWER(1));
  scene.session.answered();
  expect(scene.session.isOver).toBe(true);
  expect(scene.counted(GOAWAYS + GOAWAY_REASONS.indexOf('shutdown'))).toBe(1);
});

test('goodbye: a client that does not say that it has heard is given a while', () => {
  const scene = new SessionScene();
  scene.during(() => scene.session.leave('age', scene.nowUs));
  const after = (ms: number) =>
    scene.during(() => scene.session.checkTime(scene.nowUs + ms * 1_000));
  expect(after(HEARD_WITHIN_MS - 1)).toEqual([]);
  expect(scene.session.isOver).toBe(false);
  expect(after(HEARD_WITHIN_MS)).toEqual(['GOAWAY 0 = 0']);
  expect(scene.session.isOver).toBe(true);
});

test('without time for more it stops between two frames, and goes on there', () => {
  const scene = new SessionScene();
  scene.hasTime = false;
  const ids = Array.from({ length: 1_000 }, (_, i) => 2 * i + 1);
  const bytes = Buffer.concat(ids.map(HELLO));
  scene.during(() => {
    const at = scene.session.receive(bytes, 0, scene.nowUs);
    expect(scene.session.hasMore).toBe(true);
    expect(at).toBeLessThan(bytes.length / 8);
    let done = at;
    for (let steps = 0; done < bytes.length; steps++) {
      expect(steps).toBeLessThan(100);
      done = scene.session.receive(bytes, done, scene.nowUs);
    }
  });
  expect(scene.service.bodies).toHaveLength(ids.length);
});
