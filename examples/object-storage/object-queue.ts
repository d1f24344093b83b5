/**
 * The queue between gateways and workers: a BullMQ queue that has an end.
 *
 * Whoever wants to add an object takes a place first. A place counts like an object that waits, so
 * the queue holds at most `most` objects, whatever the number of gateways: that is decided in one
 * script. The place of a gateway that died ends by itself.
 */
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { AwayError } from './away-error.ts';
import type { AcceptedObject } from './upload.ts';

export const QUEUE_NAME = 'objects';

/** The braces keep all keys on one machine of a Redis cluster. */
export const KEY_PREFIX = '{object-storage}';

/**
 * How many times its own time limit a place lasts: from taking it to adding the object a gateway
 * waits for Argus and for Redis, once each.
 */
const PLACE_TIMEOUTS = 10;

const TAKE_PLACE = `
  local wait, active, delayed, places = unpack(KEYS)
  local id, most, lasts_ms = ARGV[1], tonumber(ARGV[2]), tonumber(ARGV[3])
  local time = redis.call('TIME')
  local now_ms = time[1] * 1000 + math.floor(time[2] / 1000)
  redis.call('ZREMRANGEBYSCORE', places, '-inf', now_ms)
  local length = redis.call('LLEN', wait) + redis.call('LLEN', active)
    + redis.call('ZCARD', delayed) + redis.call('ZCARD', places)
  if length >= most then return 0 end
  redis.call('ZADD', places, now_ms + lasts_ms, id)
  redis.call('PEXPIRE', places, lasts_ms)
  return 1`;

/** Five attempts within a quarter of a minute; then the object is kept among the failed ones. */
const JOB_OPTIONS = {
  attempts: 5,
  backoff: { type: 'exponential', delay: 1_000 },
  removeOnComplete: { count: 1_000 },
  removeOnFail: false,
} as const;

export interface QueueOptions {
  readonly redisUrl: string;
  /** The most objects that wait or are worked on. */
  readonly most: number;
  /** How long Redis may take to answer before it counts as away. */
  readonly timeoutMs: number;
}

export class ObjectQueue {
  readonly #redis: Redis;
  readonly #queue: Queue<AcceptedObject>;
  readonly #places: string;
  readonly #most: number;
  readonly #placeMs: number;

  constructor({ redisUrl, most, timeoutMs }: QueueOptions) {
    // Fails at once or soon instead of waiting for a Redis that is away, and sends nothing twice.
    this.#redis = new Redis(redisUrl, {
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      commandTimeout: timeoutMs,
    });
    this.#queue = new Queue(QUEUE_NAME, {
      connection: this.#redis,
      prefix: KEY_PREFIX,
      defaultJobOptions: JOB_OPTIONS,
    });
    this.#queue.on('error', (error) => console.error(`queue: ${error.message}`));
    this.#places = this.#queue.toKey('places');
    this.#most = most;
    this.#placeMs = PLACE_TIMEOUTS * timeoutMs;
  }

  get isReady(): boolean {
    return this.#redis.status === 'ready';
  }

  /** False where the queue is full. Rejects with an AwayError, as all of these. */
  async takePlace(id: string): Promise<boolean> {
    const keys = ['wait', 'active', 'delayed'].map((name) => this.#queue.toKey(name));
    const values = [id, this.#most, this.#placeMs];
    const taken = this.#redis.eval(TAKE_PLACE, 4, ...keys, this.#places, ...values);
    return (await orAway(taken)) === 1;
  }

  /** Never rejects: a place that cannot be left ends by itself. */
  async leavePlace(id: string): Promise<void> {
    await this.#redis.zrem(this.#places, id).catch(() => undefined);
  }

  /** REQUIRES: a place was taken for its id. One that is added twice is one object. */
  async add(object: AcceptedObject): Promise<void> {
    await orAway(this.#queue.add('store', object, { jobId: object.id }));
  }

  async counts(): Promise<Readonly<Record<string, number>>> {
    const counts = this.#queue.getJobCounts('wait', 'active', 'delayed', 'completed', 'failed');
    const places = this.#redis.zcard(this.#places);
    return { ...(await orAway(counts)), places: await orAway(places), most: this.#most };
  }

  async close(): Promise<void> {
    await this.#queue.close();
    this.#redis.disconnect();
  }
}

async function orAway<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw new AwayError('the queue', error as Error);
  }
}
