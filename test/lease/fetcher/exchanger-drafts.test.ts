/** Overdrafts at the exchanger: each is taken once, whatever becomes of who asked for it. */
import { beforeEach, expect, test } from 'vitest';
import type { Exchange } from '../../../src/lease/terms/exchange.ts';
import { limitOf } from '../../table/tables.ts';
import { ExchangerScene, LARGE } from './exchanger-scene.ts';

/** Too small to be leased. */
const SMALL = limitOf(10, 10);

let scene: ExchangerScene;

beforeEach(() => {
  scene = new ExchangerScene();
});

const draw = (...costs: readonly number[]) => {
  return scene.ask('alice', costs, { limit: SMALL, overdraft: true });
};
const said = ({ costs, overdrafts, vain, owed }: Exchange) => [costs, overdrafts, vain, owed];
const last = () => said(scene.store.of('alice').at(-1) as Exchange);
/** Tokens in use in the store. */
const used = () => Number(scene.store.model.hash('alice')?.['bucket']?.split(':')[1]) / 1e6;

test('those who draw are told whether it was there, and come last', async () => {
  const drawn = draw(8, 7);
  const firm = scene.ask('alice', [4], { limit: SMALL });
  await scene.time.settle();
  expect(last()).toEqual([[4, 8, 7], 2, 0, 0]);
  expect(firm).toMatchObject([{ allowed: true, remaining: 6 }]);
  expect(drawn).toMatchObject([
    { allowed: false, remaining: 0, retryAfterMs: 10_000 },
    { allowed: false, remaining: 0, retryAfterMs: 16_000 },
  ]);
  expect(used()).toBe(19);
});

test('what is told after a reset that was lost goes by the limit that it was drawn under', async () => {
  scene.exchanger.goAway();
  scene.exchanger.reset('alice', () => undefined);
  draw(15);
  await scene.time.settle();
  scene.exchanger.comeBack();
  await scene.time.settle();
  await scene.time.pass(100);
  expect(used()).toBe(15);
});

test('who draws on a leased bucket gives his lease back first', async () => {
  await scene.lease('alice');
  scene.ask('alice', [150_000], { limit: LARGE, overdraft: true });
  await scene.time.settle();
  const exchange = scene.store.of('alice').at(-1);
  expect([exchange?.keep, exchange?.want]).toEqual([0, 0]);
  expect(exchange?.back).toBeGreaterThan(0);
  expect(scene.leases.take({ key: 'alice', limit: LARGE, cost: 1 }, scene.time.nowUs)).toBe(null);
});

test('what was given up is not given back when its answer comes', async () => {
  scene.store.manner = 'hold';
  const told = draw(5);
  await scene.time.pass(95);
  expect(told).toEqual(['late']);
  scene.store.manner = 'answer';
  scene.store.calls[0]?.answer();
  await scene.time.pass(600);
  expect([used() > 4, scene.store.of('alice')]).toMatchObject([true, { length: 1 }]);
});

test('what was lost on its way is taken once: the next exchange undoes it and says it again', async () => {
  scene.store.manner = 'deafen';
  const told = draw(15);
  await scene.time.pass(110);
  expect(told).toEqual(['late']);
  scene.store.manner = 'answer';
  await scene.time.pass(600);
  const [first, ...more] = scene.store.of('alice');
  expect(more.length).toBeGreaterThan(0);
  expect([more[0]?.unanswered, said(more[0] as Exchange)]).toEqual([first?.seq, [[15], 1, 0, 0]]);
  expect(more.slice(1).flatMap(({ costs }) => costs)).toEqual([]);
  expect(used()).toBeLessThanOrEqual(15);
  expect(used()).toBeGreaterThan(14);
});

test('what was never sent is taken too', async () => {
  scene.store.manner = 'hold';
  scene.ask('alice', [1], { limit: SMALL });
  await scene.time.pass(5);
  const told = draw(6, 7);
  await scene.time.pass(88);
  expect(told).toEqual([]);
  await scene.time.pass(3);
  expect(told).toEqual(['late', 'late']);
  scene.store.manner = 'answer';
  scene.store.calls[0]?.answer();
  await scene.time.pass(600);
  expect(said(scene.store.of('alice')[1] as Exchange)).toEqual([[13], 1, 1, 0]);
  expect(
    scene.store
      .of('alice')
      .slice(2)
      .flatMap(({ costs }) => costs),
  ).toEqual([]);
});

test('what waits while the store goes away is taken when it is back', async () => {
  scene.exchanger.goAway();
  const told = draw(25, 9);
  await scene.time.settle();
  expect([told, scene.store.calls]).toEqual([['fallback', 'fallback'], []]);
  await scene.time.pass(2_000);
  scene.exchanger.comeBack();
  await scene.time.settle();
  expect(last()).toEqual([[20], 1, 0, 0]);
  await scene.time.pass(600);
  expect(scene.store.of('alice').flatMap(({ costs }) => costs)).toEqual([20]);
});
