/** Profiles of all threads together: for how long, and what becomes of threads that are stuck. */
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { ProfileKind } from '../../src/admin/profiles/taken-profile.ts';
import type { ProfiledThread, Profiling } from '../../src/threads/profiled-threads.ts';
import { ANSWER_WITHIN_MS, Profiler } from '../../src/threads/profiler.ts';
import { FakeTime } from '../support/fake-time.ts';

/** A thread that does what the test says, and remembers what was asked of it. */
class TestThread implements ProfiledThread {
  readonly calls: string[] = [];
  /** Null where it runs no more. */
  starts: Promise<unknown> | null = Promise.resolve();
  stops: Promise<unknown> = Promise.resolve();
  usedUs = 0;
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  async start(kind: ProfileKind): Promise<Profiling> {
    this.calls.push(`start ${kind}`);
    if (this.starts === null) throw new Error('not running');
    await this.starts;
    return {
      stop: async () => {
        this.calls.push('stop');
        await this.stops;
        return `json of ${this.name}`;
      },
    };
  }

  async cpuUs(): Promise<number> {
    return this.usedUs;
  }
}

function profiling(...names: string[]) {
  const time = new FakeTime();
  const threads = names.map((name) => new TestThread(name));
  const wall = () => time.nowUs + 5;
  const profiler = new Profiler({ threads, clock: time.clock, wall, timers: time });
  return { time, threads, profiler };
}

test('all threads are looked at for so long, each with the CPU time it used meanwhile', async () => {
  const { time, threads, profiler } = profiling('a', 'b');
  const [a, b] = threads as [TestThread, TestThread];
  a.usedUs = 1_000;
  const beganUs = time.nowUs + 5;
  const taken = profiler.take('profile', 3);
  await time.pass(2_999);
  a.usedUs = 1_700;
  b.usedUs = 40;
  expect([a.calls, b.calls]).toEqual([['start profile'], ['start profile']]);
  await time.pass(1);
  expect(await taken).toEqual({
    kind: 'profile',
    beganUs,
    tookUs: 3_000_000,
    threads: [
      { thread: 'a', json: 'json of a', cpuUs: 700 },
      { thread: 'b', json: 'json of b', cpuUs: 40 },
    ],
    late: [],
  });
  expect(time.planned).toBe(0);
});

test('it is taken to its end when nobody waits for it any more', async () => {
  const { time, profiler } = profiling('a');
  const taken = profiler.take('heap', 300);
  await time.pass(2_000);
  profiler.end();
  expect(await taken).toMatchObject({ tookUs: 2_000_000, threads: [{ thread: 'a' }] });
  expect(time.planned).toBe(0);
  profiler.end(); // with none being taken
  const again = profiler.take('heap', 1);
  await time.pass(1_000);
  expect(await again).toMatchObject({ tookUs: 1_000_000 });
});

test('one is stopped for it after the other', async () => {
  const { time, threads, profiler } = profiling('a', 'b');
  const [a, b] = threads as [TestThread, TestThread];
  const [begins, ends] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  a.starts = begins.promise;
  a.stops = ends.promise;
  const taken = profiler.take('profile', 1);
  await time.settle();
  expect(b.calls).toEqual([]);
  begins.resolve();
  await time.pass(1_000);
  expect([a.calls, b.calls]).toEqual([['start profile', 'stop'], ['start profile']]);
  ends.resolve();
  expect(await taken).toMatchObject({ threads: [{ thread: 'a' }, { thread: 'b' }] });
});

test('one that is stuck or has ended is named, and the others are told', async () => {
  const { time, threads, profiler } = profiling('begins late', 'ends late', 'gone', 'well');
  const [late, stuck, gone] = threads as [TestThread, TestThread, TestThread];
  const begins = Promise.withResolvers<void>();
  late.starts = begins.promise;
  stuck.stops = new Promise(() => undefined);
  gone.starts = null;
  const taken = profiler.take('allocs', 1);
  await time.pass(ANSWER_WITHIN_MS);
  await time.pass(ANSWER_WITHIN_MS);
  expect(await taken).toMatchObject({
    threads: [{ thread: 'well' }],
    late: ['begins late', 'ends late', 'gone'],
  });
  // It begins after all: nobody would ever stop it.
  expect(late.calls).toEqual(['start allocs']);
  begins.resolve();
  await turn();
  expect(late.calls).toEqual(['start allocs', 'stop']);
  expect(time.planned).toBe(0);
});
