/**
 * The exchanger and windows: which it tells the store of, and what it does where that is elsewhere.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Decision } from '../../../src/bucket/decision.ts';
import { keptBy } from '../../../src/lease/terms/shared-limit.ts';
import { windowAt } from '../../support/calendars.ts';
import { limitOf } from '../../table/tables.ts';
import { ExchangerScene } from './exchanger-scene.ts';

const SECOND = 1_000_000;
const LENGTH_US = 60 * SECOND;

let scene: ExchangerScene;

beforeEach(() => {
  scene = new ExchangerScene();
});

/** The window that is open by the clock of the test, of a minute. */
function minute(capacity: number) {
  return keptBy(limitOf(capacity, 60), windowAt(LENGTH_US, scene.time.nowUs));
}

const endsOf = (key: string) => scene.store.of(key).map(({ windows }) => windows?.endsUs);

describe('windows', () => {
  test('the store is told of four ends, and decides', async () => {
    const told = scene.ask('alice', [3, 8], { limit: minute(10) });
    await scene.time.settle();
    const endUs = (Math.floor(scene.time.nowUs / LENGTH_US) + 1) * LENGTH_US;
    expect(endsOf('alice')).toEqual([[-2, -1, 0, 1].map((n) => endUs + n * LENGTH_US)]);
    const waitMs = Math.ceil((endUs - scene.time.nowUs) / 1_000);
    expect(told).toMatchObject([
      { allowed: true, limit: 10, remaining: 7, resetAfterMs: waitMs, source: 'store' },
      { allowed: false, remaining: 7, retryAfterMs: waitMs, source: 'store' },
    ]);
  });

  test('where the store is elsewhere it is asked again, by its own time, and never again', async () => {
    scene.wallAheadUs = 1_000 * LENGTH_US;
    const told = scene.ask('alice', [3], { limit: minute(10) });
    await scene.time.settle();
    expect(told).toMatchObject([{ allowed: true, remaining: 7 }]);
    expect(scene.store.of('alice').map(({ seq }) => seq)).toEqual([1, 1]);
    scene.ask('bob', [3], { limit: minute(10) });
    await scene.time.settle();
    expect(scene.store.of('bob').length).toBe(1);
  });

  test('where its clock or ours steps on and on it is given up', async () => {
    scene.wallStepUs = 1_000 * LENGTH_US;
    const told = scene.ask('alice', [3], { limit: minute(10) });
    await scene.time.settle();
    const said = scene.store.of('alice').filter(({ seq }) => seq === 1);
    expect([told, said.length]).toEqual([['late'], 2]);
  });

  test('the ends are those about now, also when windows have passed', async () => {
    scene.ask('alice', [1], { limit: minute(10) });
    await scene.time.pass(3 * 60_000);
    scene.store.calls.length = 0;
    scene.ask('alice', [1], { limit: minute(10) });
    await scene.time.settle();
    expect(endsOf('alice')[0]?.[1]).toBe(minute(10).window?.beginUs);
    expect(scene.store.calls.length).toBe(1);
  });

  test('no call is about windows and token buckets', async () => {
    scene.store.isOneSlot = true;
    scene.ask('alice', [1], { limit: minute(10) });
    scene.ask('bob', [1], { limit: limitOf(10, 60) });
    scene.ask('carol', [1], { limit: minute(10) });
    await scene.time.settle();
    const together = scene.store.calls.map((call) => call.together.map(({ key }) => key));
    expect(new Set(together.map(String))).toEqual(new Set(['alice,carol', 'bob']));
  });

  test('a lease is spent until its window ends, and not beyond', async () => {
    const limit = minute(100_000);
    const beforeMs =
      Math.floor((limit.window?.endUs ?? 0) / 1_000 - scene.time.nowUs / 1_000) - 100;
    await scene.time.pass(beforeMs);
    scene.ask(
      'alice',
      Array.from({ length: 100 }, () => 1),
      { limit },
    );
    await scene.time.settle();
    const take = () => scene.leases.take({ key: 'alice', limit, cost: 1 }, scene.time.nowUs);
    expect(take()).toMatchObject({ allowed: true, source: 'lease' });
    for (let i = 0; i < 99; i++) {
      take();
      await scene.time.pass(1);
    }
    // It is not renewed again and again as the end comes near.
    expect(scene.store.of('alice').length).toBe(1);
    await scene.time.pass(1);
    expect(take()).toBeNull();
    await scene.time.pass(10_000);
    expect(scene.store.of('alice').length).toBeLessThan(4);
  });

  test('a key whose lease ended with its window is leased again in the next', async () => {
    const limit = minute(100_000);
    const beforeMs = Math.floor((limit.window?.endUs ?? 0) / 1_000 - scene.time.nowUs / 1_000) - 40;
    await scene.time.pass(beforeMs);
    const many = Array.from({ length: 100 }, () => 1);
    // The answer comes when the window, and with it the lease, is over.
    scene.store.manner = 'hold';
    scene.ask('alice', many, { limit });
    await scene.time.settle();
    scene.store.calls[0]?.obey();
    await scene.time.pass(60);
    scene.store.calls[0]?.answer();
    await scene.time.settle();
    scene.store.manner = 'answer';
    scene.ask('alice', many, { limit: minute(100_000) });
    await scene.time.settle();
    const taken = scene.leases.take({ key: 'alice', limit, cost: 1 }, scene.time.nowUs);
    expect(taken).toMatchObject({ allowed: true, source: 'lease' });
  });

  test('a note denies until the window ends, and not a moment longer', async () => {
    const limit = minute(10);
    const endUs = limit.window?.endUs ?? 0;
    await scene.time.pass(Math.floor((endUs - scene.time.nowUs) / 1_000) - 5);
    scene.store.manner = 'hold';
    scene.ask('alice', [10, 1], { limit });
    await scene.time.settle();
    scene.store.calls[0]?.obey();
    await scene.time.pass(3);
    scene.store.calls[0]?.answer();
    await scene.time.settle();
    const at = (us: number) => scene.leases.take({ key: 'alice', limit, cost: 1 }, us);
    expect(at(endUs - 2_000)).toMatchObject({ allowed: false, source: 'denied-until' });
    expect(at(endUs)).toBeNull();
  });
});

describe('what was spent while the store was away', () => {
  async function lost(owed: { overdraft: boolean }, passMs: number) {
    scene.store.manner = 'swallow';
    const told: (Decision | string)[] = scene.ask('alice', [4], { limit: minute(10), ...owed });
    await scene.time.pass(200);
    expect(told).toEqual(['late']);
    await scene.time.pass(passMs);
    scene.store.manner = 'answer';
    scene.ask('alice', [0], { limit: minute(10) });
    await scene.time.settle();
    const now = scene.ask('alice', [0], { limit: minute(10) });
    await scene.time.settle();
    return now[0];
  }

  test('an overdraft that was lost is taken in its window', async () => {
    expect(await lost({ overdraft: true }, 0)).toMatchObject({ remaining: 6 });
  });

  test('and in no other', async () => {
    expect(await lost({ overdraft: true }, 60_000)).toMatchObject({ remaining: 10 });
  });
});
