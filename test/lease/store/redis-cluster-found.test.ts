/** A cluster that hides what it is, behind one address. */
import { expect, test } from 'vitest';
import { startRedisCluster } from '../../support/redis-cluster.ts';
import { isMissing } from '../../support/resp-tools.ts';
import { exchangeOne, openStore, take, until } from './redis-harness.ts';

const KEYS = Array.from({ length: 20 }, (_, i) => `key ${i}`);

test.skipIf(isMissing('redis-server'))(
  'one address of a cluster that does not say what it is: it is found out by what is moved',
  async () => {
    const silent = await startRedisCluster(2, ['--rename-command', 'HELLO', '']);
    const { store, lines, usable } = openStore(silent.nodes[0]?.url ?? '');
    try {
      // A key of the other node, whichever that is.
      await until(async () => {
        await store.beat();
        const all = await Promise.allSettled(KEYS.map((key) => exchangeOne(store, take(key))));
        return all.every(({ status }) => status === 'fulfilled');
      });
      expect(usable()).toBe(1);
      await until(() => lines.some((line) => line.includes('it is a node of a cluster')));
    } finally {
      await store.close();
      await silent.stop();
    }
  },
);
