/** How long an instance remembers a share: while it could be begun once more. */
import { beforeEach, expect, test } from 'vitest';
import type { Limit } from '../../src/bucket/limit.ts';
import { Cells } from '../../src/metrics/cells.ts';
import { Rebalancer } from '../../src/table/rebalancer.ts';
import { limitOf, SECOND } from '../table/tables.ts';
import { ExchangerScene } from './fetcher/exchanger-scene.ts';

/** A share of it is full after a second, and of the other after eight. */
const SHORT = limitOf(100, 1);
const LONG = limitOf(1_000, 8);

let scene: ExchangerScene;

beforeEach(() => {
  scene = new ExchangerScene();
});

/** Spends from the share as a decider does. Its outage began `sinceUs`, or when the store went. */
function spendShare(limit: Limit, cost: number, sinceUs = scene.status.outage.sinceUs): boolean {
  const { leases, status, time, exchanger } = scene;
  const share = { limit, outage: { ...status.outage, sinceUs }, source: 'late' } as const;
  const { allowed } = leases.takeShare({ key: 'alice', limit, cost }, share, time.nowUs);
  if (leases.isNewlyOwed) exchanger.owe('alice', limit);
  return allowed;
}

/** Lets the rebalancer forget what it may; tells how many keys are left. */
function keysLeft(): number {
  const cells = new Cells(Cells.reserve(1), 0);
  let turns = 0;
  new Rebalancer(scene.memory, scene.time.clock, cells).runUntil(() => ++turns > 3);
  return scene.leases.size;
}

test('all limits together give no more in an outage than the fastest earns in its time', async () => {
  scene.exchanger.goAway();
  await scene.time.pass(1_000);
  expect(spendShare(SHORT, 100)).toBe(true);
  await scene.time.pass(1_000);
  // All has come back, in a second in which the other limit did not fill.
  keysLeft();
  expect(spendShare(LONG, 126)).toBe(false);
  expect(spendShare(LONG, 125)).toBe(true);
});

test('what is owed after a reset that was lost goes by the limit that it was spent under', async () => {
  scene.exchanger.goAway();
  await scene.time.pass(1_000);
  scene.exchanger.reset('alice', () => undefined);
  expect(spendShare(LONG, 100)).toBe(true);
  scene.exchanger.comeBack();
  await scene.time.pass(1);
  const told = scene.ask('alice', [0], { limit: LONG });
  await scene.time.settle();
  expect(told).toMatchObject([{ remaining: 900 }]);
});

test('when the store is back, a share of which there is nothing to tell ends', async () => {
  scene.exchanger.goAway();
  await scene.time.pass(1_000);
  expect(spendShare(SHORT, 100)).toBe(true);
  await scene.time.pass(1_000);
  expect(keysLeft()).toBe(1);
  scene.exchanger.comeBack();
  await scene.time.settle();
  expect([scene.store.calls, keysLeft()]).toEqual([[], 0]);
});

test('and the next begins empty then, also where the store has not answered since', async () => {
  scene.ask('alice', [1], { limit: SHORT });
  await scene.time.pass(400);
  expect(spendShare(SHORT, 1, scene.time.nowUs - SECOND)).toBe(true);
  // Before it is told of, all has come back.
  scene.time.nowUs += 10_000;
  await scene.time.settle();
  expect(scene.store.of('alice').length).toBe(1);
  const endedUs = scene.time.nowUs;
  scene.store.manner = 'swallow';
  scene.ask('alice', [1], { limit: LONG });
  await scene.time.pass(100);
  expect(scene.sinceUs).toEqual([endedUs]);
  expect(keysLeft()).toBe(0);
});

test('a share whose part of the store is gone ends with what is known of its key', async () => {
  scene.store.manner = 'swallow';
  scene.ask('alice', [1], { limit: SHORT });
  await scene.time.pass(120);
  expect(spendShare(SHORT, 1, scene.time.nowUs - SECOND)).toBe(true);
  // Before it is told of, all has come back.
  scene.time.nowUs += 10_000;
  await scene.time.pass(300);
  expect([scene.store.of('alice').at(-1)?.owed, keysLeft()]).toEqual([0, 1]);
  await scene.time.pass(2_000);
  expect([scene.store.of('alice').length, keysLeft()]).toEqual([3, 0]);
});
