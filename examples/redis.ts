/** The same buckets in the words of redis-cell, from any Redis client. */
import { Redis } from 'ioredis';

const redis = new Redis(process.env['ARGUS_RESP'] ?? 'redis://127.0.0.1:6380');

// A burst of 2, being 1 and 1 more, and 2 back every 60 seconds.
for (let i = 0; i < 3; i++) {
  const reply = await redis.call('CL.THROTTLE', 'frank', '1', '2', '60');
  const [limited, , remaining, retryAfter] = reply as number[];
  console.log(limited === 0 ? `allowed, ${remaining} left` : `denied for ${retryAfter} s`);
}
await redis.quit();
