/**
 * A gateway: takes uploads over HTTP, and puts into the queue those that the limits let through.
 */
import { once } from 'node:events';
import { createApp } from './app.ts';
import { ObjectQueue } from './object-queue.ts';
import { listSetting, textSetting, wholeSetting } from './settings.ts';
import { UserLimits } from './user-limits.ts';

/** Argus and Redis answer in milliseconds. */
const timeoutMs = wholeSetting('TIMEOUT_MS', 1_000);
const queue = new ObjectQueue({
  redisUrl: textSetting('REDIS_URL', 'redis://127.0.0.1:6379'),
  most: wholeSetting('QUEUE_LENGTH', 1_000),
  timeoutMs,
});
const app = createApp({
  queue,
  limits: new UserLimits(textSetting('ARGUS_URL', 'http://127.0.0.1:8123'), timeoutMs),
  allowed: listSetting('ALLOW'),
  denied: listSetting('DENY'),
});

const port = wholeSetting('PORT', 4_001);
const server = app.listen(port, textSetting('HOST', '127.0.0.1'), (error) => {
  if (error !== undefined) throw error;
  console.log(`gateway on port ${port}`);
});

// Connections are refused from here on, and nginx goes to the other gateway; requests that have
// come in are answered first.
process.once('SIGTERM', async () => {
  server.close();
  await once(server, 'close');
  await queue.close();
  console.log('gateway stopped');
});
