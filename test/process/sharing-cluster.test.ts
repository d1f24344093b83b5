/** Instances that share their limits through a cluster: each key at the node that has its slot. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { withRedis } from '../lease/store/redis-harness.ts';
import { freshKey } from '../support/ask.ts';
import { type RedisCluster, startRedisCluster } from '../support/redis-cluster.ts';
import type { RespService } from '../support/resp-service.ts';
import { isMissing } from '../support/resp-tools.ts';
import {
  Asker,
  look,
  press,
  startInstances,
  stopAll,
  Tally,
  until,
  untilShared,
} from './shared-services.ts';

let cluster: RedisCluster;
let services: readonly RespService[] = [];

beforeAll(async () => {
  if (isMissing('redis-server')) return;
  cluster = await startRedisCluster(3);
  services = await startInstances(2, cluster.url);
  await untilShared(services);
});

afterAll(async () => {
  await stopAll(services);
  await cluster?.stop();
});

test.skipIf(isMissing('redis-server'))(
  'each of many keys has one bucket, and every node some of them',
  async () => {
    const questions = Array.from({ length: 90 }, () => ({
      key: freshKey(),
      capacity: 2,
      interval: 1,
      unit: 'd',
    }));
    const askers = await Promise.all(services.map((service) => Asker.to(service)));
    for (const [i, asker] of [...askers, ...askers].entries()) {
      const items = await asker.askMany(questions);
      expect(items.map(({ allowed }) => allowed)).toEqual(questions.map(() => i < 2));
    }
    for (const asker of askers) asker.close();
    for (const { port } of cluster.nodes) {
      const names = await withRedis(port, (client) => client.keys('argus:b:*'));
      expect(names.length).toBeGreaterThan(0);
    }
  },
);

test.skipIf(isMissing('redis-server'))('and leases of hot keys at every node', async () => {
  const tallies = Array.from(
    { length: 12 },
    () => new Tally({ key: freshKey(), capacity: 100_000, interval: 1_000 }),
  );
  const over = { isOver: false };
  const asking = tallies.flatMap((tally) =>
    services.map((service) => press(tally, service, over, 5)),
  );
  await until(() => tallies.every(({ sources }) => sources.has('lease')));
  over.isOver = true;
  await Promise.all(asking);
  for (const tally of tallies) {
    await until(async () => {
      const { remaining } = await look(services[0] as RespService, tally.question);
      return remaining + tally.admitted >= tally.question.capacity;
    });
    expect(tally.admitted).toBeLessThanOrEqual(tally.most);
  }
});
