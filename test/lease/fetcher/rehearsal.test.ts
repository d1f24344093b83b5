/**
 * What an instance runs through before anybody asks: it does run, leaves nothing, and holds up
 * nobody.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { rehearse } from '../../../src/lease/fetcher/rehearsal.ts';
import { calendarBy } from '../../support/calendars.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { SETTINGS } from './exchanger-scene.ts';
import { FakeStore } from './fake-store.ts';

let time: FakeTime;
let store: FakeStore;

beforeEach(() => {
  time = new FakeTime();
  store = new FakeStore(time);
  store.isOneSlot = true;
});

/** Whether it is over, as the test goes on. */
function run(): { isOver: boolean } {
  const end = { isOver: false };
  const calendar = calendarBy(time.clock);
  const parts = { settings: SETTINGS, store, calendar, clock: time.clock, timers: time };
  void rehearse({ ...parts, engine: 'tree' }).then(() => {
    end.isOver = true;
  });
  return end;
}

describe('a rehearsal', () => {
  test('looks at many keys, once each, as many together as go in one call', async () => {
    const end = run();
    await time.settle();
    const keys = store.calls.map(({ exchange }) => exchange.key);
    expect([end.isOver, keys.length >= 1_000, new Set(keys).size]).toEqual([
      true,
      true,
      keys.length,
    ]);
    expect(store.calls.some(({ together }) => together.length === 32)).toBe(true);
  });

  test('takes nothing, leases nothing, and leaves nothing behind', async () => {
    run();
    await time.pass(10_000);
    for (const { exchange } of store.calls) {
      expect(exchange).toMatchObject({ costs: [0], want: 0, owed: 0, fill: false });
      expect(store.model.hash(exchange.key)).toBe(null);
    }
  });

  test('is over after 0.4 s where the store is slow', async () => {
    store.manner = 'hold';
    const end = run();
    await time.pass(399);
    expect(end.isOver).toBe(false);
    await time.pass(1);
    expect(end.isOver).toBe(true);
  });

  test('is over with the first answer that does not come', async () => {
    store.manner = 'refuse';
    const end = run();
    await time.settle();
    expect([end.isOver, store.calls.length]).toEqual([true, 100]);
  });
});
