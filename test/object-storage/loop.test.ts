/**
 * The object-storage example whole: nginx, two gateways before an Argus each, two workers, Redis.
 * The loop of
 * 200 uploads of 1,000,000 bytes each runs against it, and what it was answered is judged by the
 * limits and the clock: 10 requests at once and one more a second, 50,000,000 bytes a month.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Nginx, startNginx } from '../support/nginx.ts';
import { startRedis } from '../support/redis-server.ts';
import { startService } from '../support/service.ts';
import { isIncomplete } from './example-queue.ts';
import {
  anUpload,
  eventually,
  type Gateway,
  nginxConfig,
  post,
  type Reply,
  startGateway,
  startWorker,
  storedIn,
} from './running-example.ts';

/** The two limits of a user, and how long an empty bucket takes to refill. */
const LIMITS = {
  requests: { capacity: 10, interval: 10, unit: 's', refillMs: 10_000 },
  volume: { capacity: 50_000_000, interval: 30, unit: 'd', refillMs: 30 * 86_400_000 },
} as const;
type Name = keyof typeof LIMITS;

const BURST = LIMITS.requests.capacity;
const VOLUME = LIMITS.volume.capacity;
const BYTES = 1_000_000;

/** By so much the clocks of two processes may differ in a test that takes seconds. */
const SLACK_MS = 50;

/** Something happened after the one and before the other. */
interface Between {
  readonly afterMs: number;
  readonly beforeMs: number;
}

interface Sent extends Reply {
  readonly objectId: string;
  readonly sentMs: number;
  readonly answeredMs: number;
}

describe.skipIf(isIncomplete('redis-server', 'nginx'))('the object-storage example', () => {
  const running: { stop(): Promise<unknown> }[] = [];
  let argusUrl: string;
  let statusUrl: string;
  let nginx: Nginx;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'argus-objects-'));
    const redis = started(await startRedis());
    const env = { REDIS_URL: redis.url, OBJECTS: folder, TIMEOUT_MS: '5000' };
    // On a busy machine no answer may come from a fallback: the judge knows of none.
    const sharing = ['--redis-url', redis.url, '--store-timeout-ms', '4000', '--instances', '2'];
    const flags = ['--threads', '1', '--max-keys', '1000', ...sharing];
    const gateways: Gateway[] = [];
    for (let i = 0; i < 2; i++) {
      const { url } = started(await startService({ flags }));
      gateways.push(started(await startGateway({ ...env, ARGUS_URL: url })));
      started(await startWorker(env));
      argusUrl = url;
    }
    statusUrl = `${(gateways[0] as Gateway).url}/status`;
    nginx = started(await startNginx({ config: ({ port }) => nginxConfig(port, gateways) }));
  });

  afterAll(async () => {
    for (const one of running.toReversed()) await one.stop();
    rmSync(folder, { recursive: true });
  });

  function started<T extends (typeof running)[number]>(one: T): T {
    running.push(one);
    return one;
  }

  async function send(userId: string, objectId: string): Promise<Sent> {
    const sentMs = performance.now();
    const reply = await post(nginx.url, `?userId=${userId}`, anUpload(objectId, BYTES));
    return { ...reply, objectId, sentMs, answeredMs: performance.now() };
  }

  /** Asks an Argus itself; 0 only looks. */
  async function take(name: Name, userId: string, cost: number): Promise<number> {
    const { capacity, interval, unit } = LIMITS[name];
    const body = JSON.stringify({ key: `${name}:${userId}`, capacity, interval, unit, cost });
    const answer = await fetch(`${argusUrl}/api/v1/limit`, { method: 'POST', body });
    const decision = await answer.json();
    const { allowed, remaining } = decision as { allowed: boolean; remaining: number };
    expect(allowed).toBe(true);
    return remaining;
  }

  /** Expects this to be used of a limit, less what came back since the first of it was taken. */
  async function expectUsed(name: Name, userId: string, used: number, first: Between) {
    await eventually(`no more than ${used} is used of ${name}`, async () => {
      const askedMs = performance.now();
      const remaining = await take(name, userId, 0);
      const sinceMs = performance.now() - first.afterMs + SLACK_MS;
      expect(remaining).toBeLessThanOrEqual(leftOf(name, used, sinceMs));
      // What Argus leased for a request that was denied comes back a moment later.
      return remaining >= Math.floor(leftOf(name, used, askedMs - first.beforeMs - SLACK_MS));
    });
  }

  /** Expects the store to hold, of this user, what was accepted and nothing else. */
  async function expectStored(userId: string, accepted: readonly Sent[]): Promise<void> {
    const wanted = accepted.map(({ body, objectId }) => {
      return { ...anUpload(objectId, BYTES), id: body['id'], userId };
    });
    await eventually('the queue is empty', async () => {
      const counts = await (await fetch(statusUrl)).json();
      const { wait, active, delayed, failed } = counts as Record<string, number>;
      return [wait, active, delayed, failed].every((count) => count === 0);
    });
    const stored = storedIn(folder).filter((object) => object.userId === userId);
    const byName = (one: { objectId: string }, other: { objectId: string }) =>
      one.objectId < other.objectId ? -1 : 1;
    expect(stored.toSorted(byName)).toEqual(wanted.toSorted(byName));
  }

  test('admits of 200 uploads what the limits say, charges nothing else, and stores those', async () => {
    // A loop waits for each answer. A few at once, and no more: each that is denied holds a
    // megabyte of the volume for a moment, and so many that they denied each other would be another
    // test.
    const sent: Sent[] = [];
    const loops = [0, 1, 2, 3].map(async (first) => {
      for (let i = first; i < 200; i += 4) {
        sent.push(await send('1', `loop-${i}`));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
    await Promise.all(loops);
    const accepted = sent.filter(({ status }) => status === 202);
    const refused = sent.filter(({ status }) => status !== 202);

    // The buckets begin to refill when the first is taken.
    const afterMs = Math.min(...sent.map(({ sentMs }) => sentMs));
    const beforeMs = Math.min(...accepted.map(({ answeredMs }) => answeredMs));
    const lastMs = Math.max(...sent.map(({ answeredMs }) => answeredMs));
    const most = BURST + refilled('requests', lastMs - afterMs + SLACK_MS);
    expect(accepted.length).toBeLessThanOrEqual(most);
    expect(accepted.length * BYTES).toBeLessThanOrEqual(VOLUME);
    for (const { status, body, headers, sentMs } of refused) {
      expect([status, body['limit']]).toEqual([429, 'requests']);
      expect(body['decision']).toMatchObject({ allowed: false, limit: BURST });
      const { retryAfterMs } = body['decision'] as { retryAfterMs: number };
      expect(headers.get('retry-after')).toBe(String(Math.ceil(retryAfterMs / 1_000)));
      // Less than one request was left for it: all others had been taken.
      const least = BURST + refilled('requests', sentMs - beforeMs - SLACK_MS) - 1;
      expect(accepted.length).toBeGreaterThan(least);
    }

    await expectUsed('requests', '1', accepted.length, { afterMs, beforeMs });
    await expectUsed('volume', '1', accepted.length * BYTES, { afterMs, beforeMs });
    await expectStored('1', accepted);
    // They took turns.
    const counts = [...Map.groupBy(sent, ({ headers }) => headers.get('x-gateway')).values()];
    expect(counts.map((some) => some.length > 50)).toEqual([true, true]);
  });

  test('stops at the volume: five objects are left of it, and then no request is charged', async () => {
    const afterMs = performance.now();
    await take('volume', '2', VOLUME - 5 * BYTES);
    const beforeMs = performance.now();
    const sent: Sent[] = [];
    for (let i = 0; i < 30; i++) sent.push(await send('2', `volume-${i}`));
    const accepted = sent.slice(0, 5);
    expect(accepted.map(({ status }) => status)).toEqual([202, 202, 202, 202, 202]);
    for (const { status, body } of sent.slice(5)) {
      expect([status, body['limit']]).toEqual([429, 'volume']);
      expect(body['decision']).toMatchObject({ allowed: false, limit: VOLUME });
    }
    const [first] = sent as [Sent];
    const firstRequest = { afterMs: first.sentMs, beforeMs: first.answeredMs };
    await expectUsed('requests', '2', 5, firstRequest);
    await expectUsed('volume', '2', VOLUME, { afterMs, beforeMs });
    await expectStored('2', accepted);
  });
});

function leftOf(name: Name, used: number, sinceMs: number): number {
  const { capacity } = LIMITS[name];
  return Math.min(capacity, capacity - used + refilled(name, sinceMs));
}

function refilled(name: Name, ms: number): number {
  const { capacity, refillMs } = LIMITS[name];
  return (capacity * ms) / refillMs;
}
