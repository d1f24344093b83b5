/** Real threads, as V8 looks at them: one that sleeps, one that works. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test } from 'vitest';
import { pprofFile } from '../../src/admin/profiles/pprof-file.ts';
import { PROFILE_KINDS } from '../../src/admin/profiles/taken-profile.ts';
import { profiledThreads, readyForProfiles } from '../../src/threads/profiled-threads.ts';
import { Profiler } from '../../src/threads/profiler.ts';
import { readPprof } from '../admin/profiles/pprof-reading.ts';

const CAN = 'startCpuProfile' in Worker.prototype;
const SCRIPTS = {
  asleep: new URL('./sleeping-thread.ts', import.meta.url),
  busy: new URL('./busy-thread.ts', import.meta.url),
};

let workers: Worker[] = [];
afterEach(() => Promise.all(workers.map((worker) => worker.terminate())));

async function start() {
  const threads = Object.entries(SCRIPTS).map(([name, script]) => {
    return { name, worker: new Worker(script) };
  });
  workers = threads.map(({ worker }) => worker);
  for (const worker of workers) void readyForProfiles(worker);
  // They say once that they have begun.
  await Promise.all(workers.map((worker) => once(worker, 'message')));
  return new Profiler({ threads: profiledThreads(threads) });
}

test.skipIf(!CAN)(
  'what sleeps in Atomics.wait is looked at, and seen to do nothing',
  async () => {
    const profiler = await start();
    const taken = await profiler.take('profile', 1);
    expect(taken.threads.map(({ thread }) => thread)).toEqual([
      'the main thread',
      'asleep',
      'busy',
    ]);
    const { samples } = readPprof(await pprofFile(taken, '0.0.0'));
    const of = (thread: string) =>
      samples.filter((sample) => sample.startsWith(`thread=${thread} `));
    expect(of('busy').join('\n')).toMatch(
      / \| RegExp: \^\[\\d"\]\+\$ .* < searches .*busy-thread\.ts:/,
    );
    // It was there all the time, and might have been seen a hundred times.
    expect(of('asleep').join('\n')).not.toMatch(/sleep/i);
    expect(of('asleep').length).toBeLessThan(10);
  },
  30_000,
);

test.skipIf(!CAN)(
  'of the heap, what is in use is a part of what was allocated',
  async () => {
    const profiler = await start();
    for (const kind of PROFILE_KINDS.slice(1)) {
      const { samples } = readPprof(await pprofFile(await profiler.take(kind, 1), '0.0.0'));
      const bytes = samples
        .filter((sample) => sample.includes('searches'))
        .map((sample) => Number(sample.split(' | ')[1]?.split(' ')[1]));
      const all = bytes.reduce((sum, each) => sum + each, 0);
      // In a second it throws away far more than a thread keeps.
      if (kind === 'allocs') expect(all).toBeGreaterThan(64 * 2 ** 20);
      else expect(all).toBeLessThan(64 * 2 ** 20);
    }
  },
  30_000,
);
