/**
 * A thousand new keys at once, and who asks for one beside them. How soon a thousand are decided is
 * for the bench to say: here a question may wait for as long as a busy machine needs. The store's
 * timeout is that of 20 ms by default, and no reason to deny anybody while the store answers.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { freshKey } from '../support/ask.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { RespClient } from '../support/resp-client.ts';
import { frames } from '../support/resp-frames.ts';
import { type RespService, startResp } from '../support/resp-service.ts';
import { isMissing } from '../support/resp-tools.ts';
import { scrape } from '../support/scrape.ts';
import { type HoldingProxy, startHoldingProxy } from './holding-proxy.ts';
import { type Answered, Asker, untilShared } from './shared-services.ts';

const KEYS = 1_000;
const FLOODS = 5;
const FLOOD_EVERY_MS = 200;
const INNOCENT_EVERY_MS = 20;
const PATIENT = ['--decide-within-ms', '10000'];

const question = (capacity = 10) => ({ key: freshKey(), capacity, interval: 1, unit: 'h' });
const batch = (keys: number) => Array.from({ length: keys }, () => question());
const toldIn = (answers: readonly Partial<Answered>[]) =>
  new Set(answers.map(({ source, allowed }) => `${source} ${allowed}`));

describe.skipIf(isMissing('redis-server'))('new keys in a flood', () => {
  let redis: RedisServer;
  let service: RespService;
  let proxy: HoldingProxy | null = null;

  afterEach(async () => {
    await service.stop('SIGKILL');
    proxy?.stop();
    proxy = null;
    await redis.stop();
  });

  async function start(flags: readonly string[], url?: string): Promise<void> {
    const usual = ['--drain-delay-ms', '0', '--redis-url', url ?? redis.url];
    service = await startResp({ flags: [...usual, ...flags] });
    await untilShared([service]);
  }

  test('a batch of a thousand', async () => {
    redis = await startRedis();
    await start(PATIENT);
    const asker = await Asker.to(service);
    const items = await asker.askMany(batch(KEYS));
    asker.close();
    expect([items.length, toldIn(items)]).toEqual([KEYS, new Set(['store true'])]);
  });

  test('a pipeline of a thousand', async () => {
    redis = await startRedis();
    await start(PATIENT);
    const client = await RespClient.connect(service.respPort);
    const commands = batch(KEYS).map(({ key }) => `CL.THROTTLE ${key} 9 10 3600`);
    client.send(frames(...commands));
    const replies: string[] = [];
    for (let i = 0; i < KEYS; i++) replies.push(await client.reply());
    client.destroy();
    const samples = await scrape(service);
    expect(samples.get('argus_decisions_by_source_total{source="store"}')).toBe(KEYS);
    expect(new Set(replies).size).toBe(1);
  });

  test('whoever asks for one new key beside them is not denied', async () => {
    redis = await startRedis();
    await start(PATIENT);
    const [crowd, innocent] = [await Asker.to(service), await Asker.to(service)];
    let isOver = false;
    const answers: Answered[] = [];
    const asking = (async () => {
      while (!isOver) {
        answers.push(await innocent.ask(question()));
        await sleep(INNOCENT_EVERY_MS);
      }
    })();
    const items: Partial<Answered>[] = [];
    for (let i = 0; i < FLOODS; i++) {
      items.push(...(await crowd.askMany(batch(KEYS))));
      await sleep(FLOOD_EVERY_MS);
    }
    isOver = true;
    await asking;
    for (const asker of [crowd, innocent]) asker.close();
    expect(answers.length).toBeGreaterThan(FLOODS);
    expect(toldIn(answers)).toEqual(new Set(['store true']));
    expect([items.length, toldIn(items)]).toEqual([FLOODS * KEYS, new Set(['store true'])]);
  });

  test('answers that are held for 400 ms deny nobody whose bucket is full', async () => {
    redis = await startRedis();
    proxy = await startHoldingProxy({ to: redis.port, everyMs: 2_000, holdMs: 400 });
    await start(['--store-timeout-ms', '200'], proxy.url);
    const asker = await Asker.to(service);
    const answers: Answered[] = [];
    while (proxy.holds() < 3 || answers.length < 100) {
      const key = question(100);
      for (let i = 0; i < 5; i++) answers.push(await asker.ask(key));
      await sleep(10);
    }
    asker.close();
    expect(answers.filter(({ allowed }) => !allowed)).toEqual([]);
  });
});
