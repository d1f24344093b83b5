/** The service is looked at once a second: what has happened is kept, how it does is worked out. */
import { expect, test } from 'vitest';
import { Live } from '../../src/admin/live.ts';
import {
  ALLOWED,
  Cells,
  CONNECTIONS,
  DENIED,
  DURATION,
  EVICTIONS,
  GRPC,
  HTTP,
  LOCK_CONTENDED,
  RELOADS_APPLIED,
  RESP,
  SNAPSHOT_TAKEN_US,
  SWAPS,
  TABLE_FULL,
} from '../../src/metrics/cells.ts';
import { FakeTime } from '../support/fake-time.ts';

class Scene {
  readonly time = new FakeTime();
  readonly #memory = Cells.reserve(2);
  readonly threads = [new Cells(this.#memory, 0), new Cells(this.#memory, 1)] as const;
  readonly live: Live;
  looks = 0;

  constructor(hasSnapshots = false) {
    this.live = new Live({
      cells: this.#memory,
      store: null,
      keys: () => 7,
      maxKeys: 10,
      hasSnapshots,
      isDraining: () => false,
      clock: this.time.clock,
      wall: () => 1_000_000,
      timers: this.time,
    });
    this.live.begin(() => {
      this.looks++;
    });
  }
}

test('there is nothing to tell before the first second is over', async () => {
  const { live, time } = new Scene();
  expect(live.now()).toBeNull();
  await time.pass(999);
  expect(live.now()).toBeNull();
  await time.pass(1);
  expect(live.now()).not.toBeNull();
});

test('how it does is by the second, over all threads, and by protocol', async () => {
  const { live, time, threads } = new Scene();
  threads[0].add(ALLOWED + HTTP, 1_000);
  await time.pass(1_000);
  threads[0].add(ALLOWED + HTTP, 30);
  threads[1].add(ALLOWED + HTTP, 12);
  threads[1].add(DENIED + RESP, 5);
  threads[1].add(ALLOWED + GRPC, 1);
  for (let i = 0; i < 99; i++) threads[0].observe(DURATION, 0.000_06);
  threads[1].observe(DURATION, 0.2);
  threads[0].add(TABLE_FULL, 2);
  threads[0].add(SWAPS, 3);
  threads[0].add(EVICTIONS, 4);
  threads[0].add(LOCK_CONTENDED, 6);
  threads[0].add(CONNECTIONS + HTTP, 8);
  threads[1].add(CONNECTIONS + HTTP, 1);
  await time.pass(1_000);
  expect(live.now()).toEqual({
    time: '1970-01-01T00:00:01.000Z',
    seconds: 1,
    decisionsPerSecond: {
      http: { allowed: 42, denied: 0 },
      resp: { allowed: 0, denied: 5 },
      grpc: { allowed: 1, denied: 0 },
    },
    answerSeconds: { count: 100, mean: 0.002_059, p50AtMost: 0.0001, p99AtMost: 0.0001 },
    keys: 7,
    maxKeys: 10,
    tableFull: 2,
    swapsPerSecond: 3,
    evictionsPerSecond: 4,
    lockWaitsPerSecond: 6,
    connections: { http: 9, resp: 0, grpc: 0 },
    store: { isShared: false },
    snapshotAgeSeconds: null,
    uptimeSeconds: 2,
  });
  await time.pass(1_000);
  expect(live.now()).toMatchObject({
    decisionsPerSecond: { http: { allowed: 0 } },
    answerSeconds: null,
    connections: { http: 9 },
  });
});

test('a look that comes late is over more than a second', async () => {
  const { live, time, threads } = new Scene();
  await time.pass(1_000);
  threads[0].add(ALLOWED, 30);
  time.nowUs += 2_000_000;
  await time.settle();
  expect(live.now()).toMatchObject({ seconds: 2, decisionsPerSecond: { http: { allowed: 15 } } });
});

test('a snapshot is as old as the time since it was taken', async () => {
  const { live, time, threads } = new Scene(true);
  threads[1].set(SNAPSHOT_TAKEN_US, time.nowUs - 500_000);
  await time.pass(1_000);
  expect(live.now()).toMatchObject({ snapshotAgeSeconds: 1.5 });
});

test('what happens is kept though nobody listens, and each look is told of', async () => {
  const scene = new Scene();
  const { live, time, threads } = scene;
  threads[0].add(RELOADS_APPLIED, 1);
  await time.pass(3_000);
  expect(scene.looks).toBe(3);
  expect(live.happenings.after(0)).toMatchObject([
    { number: 1, time: '1970-01-01T00:00:01.000Z', happening: { kind: 'reload' } },
  ]);
});
