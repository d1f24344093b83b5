/** Whether both sides of the Redis protocol limit, and answer the same questions alike. */
import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import type { Report } from '../support/report.ts';
import { range } from '../support/statistics.ts';

const CAPACITY = 1_000;
const CONNECT_WITHIN_MS = 5_000;

/** Where `CL.THROTTLE` is asked, or, where the script has a digest, the script. */
export interface Bucket {
  readonly port: number;
  readonly sha?: string;
}

/** Key, most burst, count, period and, in some, quantity. A token comes back in two seconds. */
const ALIKE: readonly (readonly (string | number)[])[] = [
  ['alike', 15, 30, 60],
  ['alike', 15, 30, 60],
  ['alike', 15, 30, 60, 5],
  ['alike', 15, 30, 60, 0],
  ['alike', 15, 30, 60, 10],
  ['alike', 15, 30, 60, 9],
  ['alike', 15, 30, 60],
  ['one', 0, 1, 60],
  ['one', 0, 1, 60],
];

/** Of as many takes as a bucket holds and one more, in one pipeline, only the last is denied. */
export async function checkThrottles(report: Report, name: string, bucket: Bucket): Promise<void> {
  const takes = range(CAPACITY + 1).map(() => ['spent', CAPACITY - 1, 1_000, 3_600]);
  const limited = (await askAll(bucket, takes)).map(([first]) => first);
  const denied = limited.filter((is) => is === 1).length;
  report.check(
    limited.lastIndexOf(0) === CAPACITY - 1 && denied === 1,
    `${name}: take ${CAPACITY + 1} alone is denied, ${denied} of ${limited.length} were`,
  );
}

/** All five integers, so that the script does no less than what it is compared with. */
export async function checkAlike(report: Report, ours: Bucket, theirs: Bucket): Promise<void> {
  const [one, same] = [await askAll(ours, ALIKE), await askAll(theirs, ALIKE)].map((answers) =>
    JSON.stringify(answers),
  );
  report.check(one === same, `both buckets answer alike, ours\n${one}\nthe script\n${same}`);
}

/** Resolves with the digest of the script. */
export function loadBucket(port: number): Promise<string> {
  const script = readFileSync(new URL('token-bucket.lua', import.meta.url), 'utf8');
  return connected(port, async (redis) => (await redis.script('LOAD', script)) as string);
}

/** How often Redis has carried out a command, failures not counted. */
export function callsOf(port: number, command: string): Promise<number> {
  return connected(port, async (redis) => {
    const line = new RegExp(`^cmdstat_${command}:calls=(\\d+),.*failed_calls=(\\d+)`, 'm');
    const [, calls = 0, failed = 0] = line.exec(await redis.info('commandstats')) ?? [];
    return Number(calls) - Number(failed);
  });
}

function askAll(
  { port, sha }: Bucket,
  questions: readonly (readonly (string | number)[])[],
): Promise<readonly (readonly number[])[]> {
  return connected(port, async (redis) => {
    const pipeline = redis.pipeline();
    for (const question of questions) {
      if (sha === undefined) pipeline.call('CL.THROTTLE', ...question);
      else pipeline.call('EVALSHA', sha, '1', ...question);
    }
    const answers = (await pipeline.exec()) ?? [];
    return answers.map(([error, answer]) => {
      if (error !== null) throw error;
      return answer as number[];
    });
  });
}

/** Does one thing over a connection of its own, which is tried only once. */
async function connected<T>(port: number, action: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis({
    host: '127.0.0.1',
    port,
    lazyConnect: true,
    connectTimeout: CONNECT_WITHIN_MS,
    retryStrategy: () => null,
  });
  // Without a listener it would print what the call below rejects with.
  redis.on('error', () => undefined);
  try {
    await redis.connect();
    return await action(redis);
  } finally {
    redis.disconnect();
  }
}
