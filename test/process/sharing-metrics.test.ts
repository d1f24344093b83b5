/** What an instance that shares its limits tells Prometheus of it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshKey, get } from '../support/ask.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import type { RespService } from '../support/resp-service.ts';
import { isMissing } from '../support/resp-tools.ts';
import { type Samples, scrape, total } from '../support/scrape.ts';
import { startService } from '../support/service.ts';
import {
  type Asked,
  askOnce,
  press,
  startInstances,
  stopAll,
  Tally,
  until,
  untilAway,
  untilShared,
} from './shared-services.ts';
import { rollBack, wipe } from './stored-key.ts';

let redis: RedisServer;
let services: readonly RespService[] = [];
let service: RespService;

beforeAll(async () => {
  if (isMissing('redis-server')) return;
  redis = await startRedis();
  services = await startInstances(2, redis.url);
  service = services[0] as RespService;
  await untilShared(services);
});

afterAll(async () => {
  await stopAll(services);
  await redis?.stop();
});

/** Each sample less what it was before. */
async function growth(act: () => Promise<unknown>): Promise<(sample: string) => number> {
  const before: Samples = await scrape(service);
  await act();
  const after: Samples = await scrape(service);
  return (sample) => (after.get(sample) ?? Number.NaN) - (before.get(sample) ?? 0);
}

const FORFEITED = 'argus_forfeited_tokens_total';
const hot = (): Asked => ({ key: freshKey(), capacity: 100_000, interval: 100 });
const source = (name: string) => `argus_decisions_by_source_total{source="${name}"}`;

describe.skipIf(isMissing('redis-server'))('metrics', () => {
  test('say how many instances there are, and that the store is there', async () => {
    for (const samples of await Promise.all(services.map(scrape))) {
      expect(samples.get('argus_instances')).toBe(2);
      expect(samples.get('argus_store_breaker_state')).toBe(0);
      expect(samples.get('argus_version_regressions_total')).toBe(0);
      expect(total(samples, 'argus_fallback_decisions_total')).toBe(0);
    }
  });

  test('count decisions by their source, and exchanges with how long they took', async () => {
    const question = { key: freshKey(), capacity: 5, interval: 1, unit: 'd' };
    const grown = await growth(async () => {
      for (let i = 0; i < 5; i++) await askOnce(service, question);
      await askOnce(service, { ...question, strict: true });
    });
    expect(grown(source('store'))).toBe(6);
    for (const name of ['local', 'lease', 'fallback']) expect(grown(source(name))).toBe(0);
    expect(grown('argus_exchanges_total{outcome="answered"}')).toBeGreaterThanOrEqual(6);
    expect(grown('argus_exchanges_total{outcome="lost"}')).toBe(0);
    expect(grown('argus_exchange_duration_seconds_count')).toBe(
      grown('argus_exchanges_total{outcome="answered"}'),
    );
    expect(grown('argus_exchange_duration_seconds_sum')).toBeGreaterThan(0);
  });

  test('count leases while they are held, and notes of denials', async () => {
    const tallies = [new Tally(hot()), new Tally(hot())];
    const over = { isOver: false };
    const grown = await growth(async () => {
      const asking = tallies.map((tally) => press(tally, service, over, 1));
      await until(async () => (await scrape(service)).get('argus_leases') === 2);
      over.isOver = true;
      await Promise.all(asking);
    });
    expect(grown(source('lease'))).toBeGreaterThan(0);
    await until(async () => (await scrape(service)).get('argus_leases') === 0);
    const empty = { ...hot(), capacity: 1_000, interval: 10, cost: 1_000 };
    const noted = await growth(() =>
      until(async () => (await askOnce(service, empty)).source === 'denied-until'),
    );
    expect(noted(source('denied-until'))).toBeGreaterThan(0);
  });

  test('count what the store has forgotten: a key that was wiped, one that was set back', async () => {
    const { port } = redis;
    const regressions = async () =>
      (await scrape(service)).get('argus_version_regressions_total') ?? 0;
    const question = { key: freshKey(), capacity: 1_000, interval: 1, unit: 'd', strict: true };
    await until(async () => {
      // What was said before is remembered for a moment only.
      await askOnce(service, question);
      await rollBack(port, question.key, 1);
      await askOnce(service, question);
      return (await regressions()) > 0;
    });
    const before = await regressions();
    const tally = new Tally(hot());
    const over = { isOver: false };
    const asking = press(tally, service, over, 1);
    await until(async () => {
      await wipe(port, tally.question.key);
      return (await regressions()) > before;
    });
    over.isOver = true;
    await asking;
  });

  test('tell an outage: the state of the breaker, decisions without the store, what is lost', async () => {
    const own = await startRedis();
    const flags = ['--on-store-down', 'open', '--store-timeout-ms', '100'];
    const [alone] = (await startInstances(1, own.url, flags)) as [RespService];
    const tally = new Tally(hot());
    const over = { isOver: false };
    const asking = press(tally, alone, over, 1);
    await until(() => tally.answers.filter(({ source }) => source === 'lease').length > 100);
    over.isOver = true;
    await asking;
    own.process.kill('SIGSTOP');
    await untilAway(alone);
    // What is given back now is lost.
    await askOnce(alone, { ...hot(), cost: -3 });
    for (let i = 0; i < 5; i++) {
      expect(await askOnce(alone, hot())).toMatchObject({ allowed: true, source: 'fallback' });
    }
    const samples = await scrape(alone);
    expect([1, 2]).toContain(samples.get('argus_store_breaker_state'));
    expect(samples.get(source('fallback'))).toBeGreaterThanOrEqual(5);
    const standIns = ['fallback', 'late', 'overloaded'].map((one) => samples.get(source(one)) ?? 0);
    expect(samples.get('argus_fallback_decisions_total{outcome="allowed"}')).toBe(
      standIns.reduce((sum, count) => sum + count, 0),
    );
    expect(samples.get('argus_exchanges_total{outcome="lost"}')).toBeGreaterThan(0);
    own.process.kill('SIGCONT');
    await untilShared([alone]);
    await until(async () => {
      const after = await scrape(alone);
      return after.get('argus_leases') === 0 && (after.get(FORFEITED) ?? 0) >= 3;
    });
    await stopAll([alone]);
    await own.stop();
  });
});

test('an instance without a store says nothing of one', async () => {
  const alone = await startService({ flags: ['--threads', '1'] });
  const { body } = await get(alone, '/metrics');
  expect(body).not.toMatch(/argus_(exchange|lease|store|forfeited|fallback|version|instances)/);
  expect(body).not.toContain('source');
  await alone.stop();
});
