/** What an instance may spend of a window while the store is away: a share that ends with it. */
import { beforeEach, describe, expect, test } from 'vitest';
import { keptBy, type SharedLimit } from '../../src/lease/terms/shared-limit.ts';
import { windowAt } from '../support/calendars.ts';
import { limitOf, SECOND } from '../table/tables.ts';
import { ExchangerScene } from './fetcher/exchanger-scene.ts';

const LENGTH_US = 10 * SECOND;
const CAPACITY = 100;

let scene: ExchangerScene;

beforeEach(async () => {
  scene = new ExchangerScene();
  // A window begins.
  const intoUs = scene.time.nowUs % LENGTH_US;
  await scene.time.pass((LENGTH_US - intoUs) / 1_000);
});

/** As it is asked under now. */
function limitNow(): SharedLimit {
  return keptBy(limitOf(CAPACITY, 10), windowAt(LENGTH_US, scene.time.nowUs));
}

function spend(cost: number, limit = limitNow()): boolean {
  const { leases, status, time, exchanger } = scene;
  const share = { limit, outage: status.outage, source: 'fallback' } as const;
  const { allowed } = leases.takeShare({ key: 'alice', limit, cost }, share, time.nowUs);
  if (leases.isNewlyOwed) exchanger.owe('alice', limit);
  return allowed;
}

/** The store goes, and a second later ten tokens are had of the share. */
async function spendAway(): Promise<void> {
  scene.exchanger.goAway();
  await scene.time.pass(1_000);
  expect(spend(10)).toBe(true);
}

/** The store is back, and what it is told is lost. */
async function comeBackUnheard(): Promise<void> {
  scene.store.manner = 'swallow';
  scene.exchanger.comeBack();
  await scene.time.pass(150);
}

async function usedInStore(): Promise<number> {
  const told = scene.ask('alice', [0], { limit: limitNow() });
  await scene.time.settle();
  const [decision] = told;
  return typeof decision === 'object' ? CAPACITY - decision.remaining : Number.NaN;
}

describe('a share of a window', () => {
  test('is empty as the store goes, and fills as long as the window is open', async () => {
    await scene.time.pass(2_000);
    scene.exchanger.goAway();
    expect(spend(1)).toBe(false);
    await scene.time.pass(1_000);
    expect([spend(11), spend(10), spend(1)]).toEqual([false, true, false]);
    await scene.time.pass(6_000);
    expect([spend(61), spend(60)]).toEqual([false, true]);
  });

  test('is empty again as the next begins, whatever it had', async () => {
    scene.exchanger.goAway();
    await scene.time.pass(9_000);
    expect(spend(10)).toBe(true);
    await scene.time.pass(2_500);
    expect([spend(16), spend(15), spend(1)]).toEqual([false, true, false]);
  });

  test('also for who was asked under the window that was open before', async () => {
    scene.exchanger.goAway();
    await scene.time.pass(9_000);
    const before = limitNow();
    expect(spend(10, before)).toBe(true);
    await scene.time.pass(2_500);
    expect([spend(16, before), spend(15, before)]).toEqual([false, true]);
  });

  test('is owed within its window', async () => {
    await spendAway();
    scene.exchanger.comeBack();
    await scene.time.settle();
    expect(await usedInStore()).toBe(10);
  });

  test.each([1, 2])('and not when it is over by %i windows', async (windows) => {
    await spendAway();
    await scene.time.pass(windows * 10_000);
    scene.exchanger.comeBack();
    await scene.time.settle();
    expect(await usedInStore()).toBe(0);
  });

  test('of what was spent in two windows the last is owed', async () => {
    await spendAway();
    await scene.time.pass(9_500);
    expect(spend(5)).toBe(true);
    scene.exchanger.comeBack();
    await scene.time.settle();
    expect(await usedInStore()).toBe(5);
  });

  test('that was to be told and was lost is told in its window', async () => {
    await spendAway();
    await comeBackUnheard();
    scene.store.manner = 'answer';
    expect(await usedInStore()).toBe(10);
  });

  test('and is lost with it where it could not be told', async () => {
    await spendAway();
    await comeBackUnheard();
    await scene.time.pass(9_000);
    scene.store.manner = 'answer';
    await scene.time.pass(300);
    expect(await usedInStore()).toBe(0);
  });

  test('begins after the last answer for its key', async () => {
    await scene.time.pass(3_000);
    const told = scene.ask('alice', [99, 2], { limit: limitNow() });
    await scene.time.pass(1_000);
    expect(told).toMatchObject([{ allowed: true }, { allowed: false }]);
    const outage = { ...scene.status.outage, sinceUs: scene.time.nowUs - 2 * SECOND };
    const limit = limitNow();
    const share = { limit, outage, source: 'late' } as const;
    const take = (cost: number) =>
      scene.leases.takeShare({ key: 'alice', limit, cost }, share, scene.time.nowUs).allowed;
    expect([take(11), take(8)]).toEqual([false, true]);
  });
});
