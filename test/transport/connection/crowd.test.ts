/**
 * When a crowd begins and when it is over: a line each, by one thread, however many are sent away.
 */
import { beforeEach, expect, test } from 'vitest';
import { Cells, CONNECTIONS_REFUSED, HTTP, RESP, sumCells } from '../../../src/metrics/cells.ts';
import { Crowd } from '../../../src/transport/connection/crowd.ts';
import { ServiceState } from '../../../src/transport/service-state.ts';
import { FakeTime } from '../../support/fake-time.ts';

const MOST = 20;

let time: FakeTime;
let memory: SharedArrayBuffer;
let words: SharedArrayBuffer;
let lines: [string, object][];

beforeEach(() => {
  time = new FakeTime();
  memory = Cells.reserve(2);
  words = ServiceState.reserve();
  lines = [];
});

/** That of one thread. */
function crowd(row: number): Crowd {
  return new Crowd({
    state: new ServiceState(words, MOST),
    cells: new Cells(memory, row),
    timers: time,
    log: {
      warn: (more: object) => void lines.push(['begins', more]),
      info: (more: object) => void lines.push(['ends', more]),
    } as never,
    maxConnections: MOST,
  });
}

const counted = (protocol: number) => sumCells(memory)[CONNECTIONS_REFUSED + protocol];

test('is told once as it begins, and once when nobody was for ten seconds at least', async () => {
  const one = crowd(0);
  for (let i = 0; i < 3; i++) one.refused(HTTP);
  expect(lines).toEqual([['begins', { protocol: 'http', maxConnections: MOST }]]);
  await time.pass(9_999);
  expect(lines).toHaveLength(1);
  await time.pass(10_001);
  expect(lines.slice(1)).toEqual([['ends', { refused: 3 }]]);
  expect(counted(HTTP)).toBe(3);
  expect(time.planned).toBe(0);
});

test('goes on for as long as somebody is sent away in ten seconds', async () => {
  const one = crowd(0);
  for (let i = 0; i < 5; i++) {
    one.refused(HTTP);
    await time.pass(9_000);
  }
  expect(lines).toHaveLength(1);
  await time.pass(20_000);
  expect(lines.slice(1)).toEqual([['ends', { refused: 5 }]]);
});

test('of two threads is one: who refuses first tells of both, also of its end', async () => {
  const [one, other] = [crowd(0), crowd(1)];
  one.refused(RESP);
  other.refused(HTTP);
  await time.pass(5_000);
  other.refused(HTTP);
  await time.pass(20_000);
  expect(lines).toEqual([
    ['begins', { protocol: 'resp', maxConnections: MOST }],
    ['ends', { refused: 3 }],
  ]);
  expect([counted(HTTP), counted(RESP)]).toEqual([2, 1]);
});

test('that comes after the end of another is told again, and counts its own only', async () => {
  crowd(0).refused(HTTP);
  await time.pass(10_000);
  crowd(1).refused(RESP);
  await time.pass(10_000);
  expect(lines.slice(2)).toEqual([
    ['begins', { protocol: 'resp', maxConnections: MOST }],
    ['ends', { refused: 1 }],
  ]);
});
