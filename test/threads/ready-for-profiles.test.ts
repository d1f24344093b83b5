/** A CPU profile of a thread begins without stopping it: one runs in each from its start on. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { readyForProfiles } from '../../src/threads/profiled-threads.ts';
import { THREAD_KINDS } from '../../src/threads/thread-kinds.ts';
import type { SharedData } from '../../src/threads/thread-messages.ts';
import { Workers } from '../../src/threads/workers.ts';

const CAN = 'startCpuProfile' in Worker.prototype;
const SLEEPING = new URL('./sleeping-thread.ts', import.meta.url);

afterEach(() => vi.restoreAllMocks());

describe.skipIf(!CAN)('the CPU time that the begin of a profile takes of a thread', () => {
  async function beginUs(worker: Worker): Promise<number> {
    const before = await worker.cpuUsage();
    const profile = await worker.startCpuProfile({ sampleInterval: 10, maxBufferSize: 1 });
    const { user, system } = await worker.cpuUsage(before);
    await profile.stop();
    return user + system;
  }

  test('is a part of what it is without one that runs already', async () => {
    const [bare, ready] = [new Worker(SLEEPING), new Worker(SLEEPING)];
    try {
      const isReady = readyForProfiles(ready);
      await Promise.all([once(bare, 'message'), once(ready, 'message'), isReady]);
      const [without, withOne] = [await leastOf(bare), await leastOf(ready)];
      expect(withOne).toBeLessThan(without / 2);
    } finally {
      await Promise.all([bare.terminate(), ready.terminate()]);
    }
  });

  async function leastOf(worker: Worker): Promise<number> {
    let least = Number.POSITIVE_INFINITY;
    for (let i = 0; i < 5; i++) least = Math.min(least, await beginUs(worker));
    return least;
  }
});

describe.skipIf(!CAN)('the threads of a service', () => {
  test.each([
    ['have one each where there are operators', true],
    ['have none where there are not', false],
  ])('%s', async (_words, hasAdmin) => {
    const begins = vi.spyOn(Worker.prototype, 'startCpuProfile');
    const watches = vi.spyOn(Worker.prototype, 'on');
    const scripts = Object.fromEntries(Object.keys(THREAD_KINDS).map((kind) => [kind, SLEEPING]));
    const shape = { deciders: 2, isSharing: false, hasPolicies: false, hasSnapshots: false };
    const data = {} as SharedData;
    const workers = new Workers({ data, ...shape, hasAdmin, scripts, failed: () => undefined });
    expect(workers.started).toBeInstanceOf(Promise);
    const threads = new Set(watches.mock.contexts as Worker[]);
    try {
      await Promise.all([...threads].map((thread) => once(thread, 'message')));
      // With the rebalancer, and the threads of the keys and of the admin port.
      const wanted = hasAdmin ? 5 : 0;
      await vi.waitUntil(() => begins.mock.calls.length >= wanted, { timeout: 10_000 });
      expect(begins.mock.contexts).toHaveLength(wanted);
      expect(threads.size).toBe(hasAdmin ? 5 : 3);
      for (const [options] of begins.mock.calls) {
        expect(options).toMatchObject({ sampleInterval: 1_000_000, maxBufferSize: 1 });
      }
    } finally {
      await Promise.all([...threads].map((thread) => thread.terminate()));
    }
  });
});
