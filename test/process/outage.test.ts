/**
 * Redis is killed, frozen, and swallowed by the network, under a light load: what instances of each
 * policy answer meanwhile, how long they take, what they admit, and what they make of it
 * afterwards.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshKey, get } from '../support/ask.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import type { RespService } from '../support/resp-service.ts';
import { isMissing } from '../support/resp-tools.ts';
import { scrape } from '../support/scrape.ts';
import { type BlackHole, startBlackHole } from './black-hole.ts';
import {
  askOnce,
  look,
  press,
  ratePerMs,
  startInstances,
  stopAll,
  Tally,
  until,
  untilAway,
  untilShared,
} from './shared-services.ts';

const POLICIES = ['local', 'open', 'closed'] as const;
type Policy = (typeof POLICIES)[number];

/** Of each policy, with a database of its own. */
const INSTANCES = 2;
const STORE_TIMEOUT_MS = 100;
/** A lease that was fetched before the store went is over by then. */
const LEASES_OVER_MS = 600;
const OUTAGE_MS = 700;
const EVERY_MS = 8;
/** No answer is later, however busy the machine is; and half of them are far sooner. */
const HARD_MS = 3_000;
const MEDIAN_MS = 300;
/** On a busy machine one instance may take the store to be away while the other still asks it. */
const SLACK = 0.15;

let redis: RedisServer;
let hole: BlackHole;
let services: Record<Policy, readonly RespService[]>;
let everyone: readonly RespService[] = [];

beforeAll(async () => {
  if (isMissing('redis-server')) return;
  redis = await startRedis();
  hole = await startBlackHole(redis.port);
  const pairs = await Promise.all(POLICIES.map(startPair));
  everyone = pairs.flat();
  const [local, open, closed] = pairs as [RespService[], RespService[], RespService[]];
  services = { local, open, closed };
});

afterAll(async () => {
  await stopAll(everyone);
  await hole?.stop();
  await redis?.stop();
});

function startPair(policy: Policy, database: number): Promise<RespService[]> {
  const url = `redis://127.0.0.1:${hole.port}/${database}`;
  const flags = ['--threads', '1', '--store-timeout-ms', String(STORE_TIMEOUT_MS)];
  const sharing = ['--on-store-down', policy, '--instances', String(INSTANCES)];
  return startInstances(INSTANCES, url, [...flags, ...sharing]);
}

interface Outage {
  readonly name: string;
  begin(): Promise<void>;
  end(): Promise<void>;
  /** Whether all that Redis had is lost. */
  readonly forgets: boolean;
}

const outages: readonly Outage[] = [
  {
    name: 'killed',
    begin: () => redis.stop(),
    end: async () => {
      redis = await startRedis({ port: redis.port });
    },
    forgets: true,
  },
  {
    name: 'frozen',
    begin: async () => void redis.process.kill('SIGSTOP'),
    end: async () => void redis.process.kill('SIGCONT'),
    forgets: false,
  },
  {
    name: 'swallowed',
    begin: () => hole.turn('swallow'),
    end: () => hole.turn('pass'),
    forgets: false,
  },
];

async function untilAllShared(): Promise<void> {
  await Promise.all(POLICIES.map((policy) => untilShared(services[policy])));
}

/** What became of one outage. */
interface Course {
  readonly tallies: Readonly<Record<Policy, Tally>>;
  /** How many of its answers a policy had given when leases were over. */
  readonly from: Readonly<Record<Policy, number>>;
  /** All that might have been admitted when the last answer was there. */
  readonly most: Readonly<Record<Policy, number>>;
  readonly ready: Readonly<Record<Policy, number>>;
  readonly endedMs: number;
}

function each<T>(of: (policy: Policy) => T): Record<Policy, T> {
  return { local: of('local'), open: of('open'), closed: of('closed') };
}

/** How many exchanges were answered. */
async function exchanges(service: RespService): Promise<number> {
  return (await scrape(service)).get('argus_exchanges_total{outcome="answered"}') ?? 0;
}

/** Asks all instances before and while Redis is away, and ends when it is back. */
async function live(outage: Outage): Promise<Course> {
  await untilAllShared();
  const tallies = each(() => new Tally({ key: freshKey(), capacity: 100, interval: 1 }));
  const over = { isOver: false };
  const asking = POLICIES.flatMap((policy) =>
    services[policy].map((service) => press(tallies[policy], service, over, EVERY_MS)),
  );
  await until(() => POLICIES.every((policy) => tallies[policy].sources.has('lease')));
  await outage.begin();
  await Promise.all(everyone.map(untilAway));
  await sleep(LEASES_OVER_MS);
  const from = each((policy) => tallies[policy].answers.length);
  const [local, open, closed] = await Promise.all(
    POLICIES.map(
      async (policy) => (await get(services[policy][0] as RespService, '/readyz')).status,
    ),
  );
  await sleep(OUTAGE_MS);
  over.isOver = true;
  await Promise.all(asking);
  const most = each((policy) => tallies[policy].most);
  const endedMs = performance.now();
  const before = await Promise.all(services.local.map(exchanges));
  await outage.end();
  await untilAllShared();
  // Both have told what they spent.
  await until(async () => {
    const after = await Promise.all(services.local.map(exchanges));
    return after.every((count, i) => count > (before[i] ?? 0));
  });
  const ready = { local, open, closed } as Record<Policy, number>;
  return { tallies, from, most, ready, endedMs };
}

describe.skipIf(isMissing('redis-server')).each(outages)('Redis is $name:', (outage) => {
  let course: Course;
  beforeAll(async () => {
    course = await live(outage);
  });

  test.each(POLICIES)(
    '%s answers every request, in time, and is recovered then',
    async (policy) => {
      const tookMs = course.tallies[policy].tookMs.toSorted((one, other) => one - other);
      expect(tookMs.length).toBeGreaterThan(0);
      expect(tookMs.at(-1)).toBeLessThan(HARD_MS);
      expect(tookMs[Math.floor(tookMs.length / 2)]).toBeLessThan(MEDIAN_MS);
      for (const service of services[policy]) {
        expect(await get(service, '/readyz')).toMatchObject({ status: 200, body: 'OK' });
        expect(service.process.exitCode).toBe(null);
        await until(async () => {
          const question = { key: freshKey(), capacity: 5, interval: 1, unit: 'd' };
          return (await askOnce(service, question)).source === 'store';
        });
      }
    },
  );

  //  policy, whether it is ready meanwhile, what it may answer once leases are over
  test.each([
    ['local', 200, [true, false]],
    ['open', 200, [true]],
    ['closed', 503, [false]],
  ] as const)('%s is ready or not, %d, and allows %j', (policy, status, allows) => {
    expect(course.ready[policy]).toBe(status);
    const answers = course.tallies[policy].answers.slice(course.from[policy]);
    expect(answers.length).toBeGreaterThan(0);
    for (const answer of answers) {
      expect(answer).toMatchObject({ degraded: true, source: 'fallback', limit: 100 });
      expect(allows).toContain(answer.allowed);
      expect(answer.retryAfterMs > 0).toBe(!answer.allowed);
    }
    expect(new Set(answers.map(({ allowed }) => allowed)).size).toBe(allows.length);
  });

  test('closed and local admit no more than the limit, the whole time', () => {
    const { tallies, most } = course;
    expect(tallies.closed.admitted).toBeLessThanOrEqual(most.closed);
    expect(tallies.local.admitted).toBeLessThanOrEqual(most.local * (1 + SLACK));
  });

  test('what local has spent meanwhile is charged when Redis is back', async () => {
    const { tallies, endedMs } = course;
    const { question, answers, admitted } = tallies.local;
    const [service] = services.local as readonly [RespService, RespService];
    const spent = answers.filter(({ allowed, source }) => allowed && source === 'fallback').length;
    const { remaining } = await look(service, question);
    const refilled = (performance.now() - endedMs) * ratePerMs(question);
    expect(spent).toBeGreaterThan(0);
    // A share that was not asked for last had a little left.
    const left = Math.max(0, question.capacity - spent) + SLACK * question.capacity;
    expect(remaining).toBeLessThanOrEqual(left + refilled);
    const reminted = outage.forgets ? question.capacity : 0;
    expect(admitted + remaining).toBeLessThanOrEqual(tallies.local.most + reminted);
  });
});
