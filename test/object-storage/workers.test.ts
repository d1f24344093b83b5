/**
 * The workers of the object-storage example: what they store, and what becomes of it when they die.
 */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ObjectStore } from '../../examples/object-storage/object-store.ts';
import type { AcceptedObject } from '../../examples/object-storage/upload.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { type ExampleQueue, isIncomplete, openQueue } from './example-queue.ts';
import { anObject, eventually, startWorker, storedIn } from './running-example.ts';

let parent: string;
let folder: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'argus-objects-'));
  folder = join(parent, 'objects');
  mkdirSync(folder);
});

afterEach(() => {
  rmSync(parent, { recursive: true });
});

function hasStoredSomething(): boolean {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).some((path) =>
    path.endsWith('.json'),
  );
}

describe('the store', () => {
  test('comes to the same when an object is stored twice, or the first attempt was cut short', async () => {
    const store = new ObjectStore(folder);
    const object = anObject('1');
    await store.store(object);
    writeFileSync(join(folder, 'holiday/object-1.1.tmp'), 'half of something');
    await store.store(object);
    expect(storedIn(folder)).toEqual([object]);
  });

  test('keeps the later of two objects of one name', async () => {
    const store = new ObjectStore(folder);
    const later = anObject('2', { objectId: 'object-1', sizeInByte: 5, fileName: 'déjà vu' });
    await store.store(anObject('1'));
    await store.store(later);
    expect(storedIn(folder)).toEqual([later]);
  });
});

describe.skipIf(isIncomplete('redis-server'))('a worker', () => {
  let redis: RedisServer;
  let queue: ExampleQueue;
  let added: AcceptedObject[];
  let workers: Awaited<ReturnType<typeof startWorker>>[];

  beforeEach(async () => {
    redis = await startRedis();
    queue = await openQueue(redis.url);
    added = [];
    workers = [];
  });

  afterEach(async () => {
    await Promise.all(workers.map((worker) => worker.stop('SIGKILL')));
    await queue.close();
    await redis.stop();
  });

  async function start() {
    const worker = await startWorker({ REDIS_URL: redis.url, OBJECTS: folder, LOCK_MS: '1000' });
    workers.push(worker);
    return worker;
  }

  /** Adds so many objects more, numbered on from those there are. */
  async function addObjects(count: number): Promise<void> {
    const more = Array.from({ length: count }, (_, i) => anObject(String(added.length + i + 1)));
    added.push(...more);
    const options = (id: string) => ({ jobId: `job-${id}` });
    await queue.addBulk(more.map((data) => ({ name: 'store', data, opts: options(data.id) })));
  }

  async function untilCompleted(count: number): Promise<void> {
    await eventually(`${count} objects are stored`, async () => {
      return (await queue.getCompletedCount()) === count;
    });
  }

  function byId(objects: readonly AcceptedObject[]): readonly AcceptedObject[] {
    return objects.toSorted((one, other) => Number(one.id) - Number(other.id));
  }

  test('killed in the middle of its work loses no object', async () => {
    await addObjects(100);
    const first = await start();
    await eventually('it is frozen with objects in hand', async () => {
      // While some wait, it takes the next in the same step in which it is done with one.
      if ((await queue.getWaitingCount()) < 100) await addObjects(100);
      if (!hasStoredSomething()) return false;
      first.process.kill('SIGSTOP');
      if ((await queue.getActiveCount()) > 0) return true;
      first.process.kill('SIGCONT');
      return false;
    });
    await first.stop('SIGKILL');
    expect(await queue.getActiveCount()).toBeGreaterThan(0);

    await start();
    await untilCompleted(added.length);
    expect(byId(storedIn(folder))).toEqual(added);
    expect(await queue.getFailedCount()).toBe(0);
  });

  test('stopped in the middle of its work finishes what it has in hand', async () => {
    await addObjects(300);
    const worker = await start();
    await eventually('it has begun', hasStoredSomething);
    expect(await worker.stop('SIGTERM')).toBe(0);
    const counts = await queue.getJobCounts('wait', 'active', 'completed', 'failed');
    const { wait = 0, completed = 0 } = counts;
    expect(counts).toEqual({ wait, completed, active: 0, failed: 0 });
    expect([storedIn(folder).length, wait + completed]).toEqual([completed, 300]);
  });

  test('counts a poisoned object among the failed ones, at once, and writes nothing', async () => {
    await start();
    const poisons = [
      { ...anObject('1'), bucketName: '..' },
      { ...anObject('2'), objectId: '../../escaped' },
      { ...anObject('3'), id: '../escaped' },
      { ...anObject('4'), sizeInByte: -1 },
    ];
    for (const poison of poisons) await queue.add('store', poison, { attempts: 5 });
    await eventually('all have failed', async () => (await queue.getFailedCount()) === 4);
    expect((await queue.getFailed()).map((job) => job.attemptsMade)).toEqual([1, 1, 1, 1]);
    expect(readdirSync(parent, { recursive: true })).toEqual(['objects']);
  });

  test('keeps an object that it cannot store, for when that is mended', async () => {
    await start();
    const blocking = join(folder, 'holiday');
    writeFileSync(blocking, 'a file where the folder should be');
    const object = anObject('1');
    const backoff = { type: 'fixed', delay: 20 };
    const job = await queue.add('store', object, { attempts: 3, backoff });
    await eventually('it has failed', async () => (await queue.getFailedCount()) === 1);
    expect(await queue.getJob(job.id as string)).toMatchObject({ attemptsMade: 3 });
    rmSync(blocking);
    await job.retry();
    await untilCompleted(1);
    expect(storedIn(folder)).toEqual([object]);
  });
});
