/**
 * A worker: takes objects out of the queue and stores them. Start as many as are needed.
 *
 * While it works on an object it holds a lock on it, and renews it. The lock of a worker that dies
 * ends after LOCK_MS; another worker sees that within as long again and takes the object over. An
 * object that outlives its worker too often may be what kills it: it ends among the failed ones.
 */
import { UnrecoverableError, Worker } from 'bullmq';
import { KEY_PREFIX, QUEUE_NAME } from './object-queue.ts';
import { ObjectStore } from './object-store.ts';
import { textSetting, wholeSetting } from './settings.ts';
import { type AcceptedObject, faultIn, OBJECT_RULES } from './upload.ts';

/** Far longer than an object takes, so that only a worker that is dead or stuck loses its lock. */
const lockMs = wholeSetting('LOCK_MS', 10_000);
const store = new ObjectStore(textSetting('OBJECTS', '/tmp/objects'));

const worker = new Worker<AcceptedObject>(
  QUEUE_NAME,
  async ({ data }) => {
    const fault = faultIn(data, OBJECT_RULES);
    // No later attempt will find it better.
    if (fault !== null) throw new UnrecoverableError(fault.detail);
    await store.store(data);
  },
  {
    connection: { url: textSetting('REDIS_URL', 'redis://127.0.0.1:6379') },
    prefix: KEY_PREFIX,
    concurrency: 4,
    lockDuration: lockMs,
    stalledInterval: lockMs / 2,
    maxStalledCount: 5,
  },
);

worker.on('ready', () => console.log('worker ready'));
worker.on('failed', (job, error) => console.error(`object ${job?.id} failed: ${error.message}`));
worker.on('error', (error) => console.error(`worker: ${error.message}`));

process.once('SIGTERM', async () => {
  // Takes no more, and finishes what it has.
  await worker.close();
  console.log('worker stopped');
});
