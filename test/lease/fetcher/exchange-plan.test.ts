/** How much of a lease an exchange keeps, and how much it asks for. */
import { expect, test } from 'vitest';
import { ExchangerScene, LARGE } from './exchanger-scene.ts';

test('a lease goes on as long as what was spent of it is to be expected again', async () => {
  const scene = new ExchangerScene();
  await scene.lease('alice');
  const question = { key: 'alice', limit: LARGE, cost: 60 };
  expect(scene.leases.take(question, scene.time.nowUs)?.source).toBe('lease');
  scene.ask('alice', [1]);
  await scene.time.settle();
  expect(scene.store.of('alice').at(-1)).toMatchObject({ keep: 40, want: 121 });
  scene.ask('alice', [1]);
  await scene.time.settle();
  expect(scene.store.of('alice').at(-1)).toMatchObject({ keep: 161, want: 1 });
});
