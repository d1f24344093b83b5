/** One instance's link to the store, from the start to the end of the service. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { FromExchanger, ToExchanger } from '../../../src/lease/ask-messages.ts';
import { StoreLink } from '../../../src/lease/fetcher/store-link.ts';
import { LeaseTable } from '../../../src/lease/lease-table.ts';
import { StoreStatus } from '../../../src/lease/store-status.ts';
import {
  BREAKER_STATE,
  Cells,
  INSTANCES,
  STORE_USABLE,
  sumCells,
} from '../../../src/metrics/cells.ts';
import { reserveTable } from '../../../src/table/table-memory.ts';
import { calendarBy } from '../../support/calendars.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { limitOf } from '../../table/tables.ts';
import { SETTINGS } from './exchanger-scene.ts';
import { FakeStore } from './fake-store.ts';

const LIMIT = limitOf(5, 86_400);

let time: FakeTime;
let store: FakeStore;
let status: StoreStatus;
let memory: SharedArrayBuffer;
let told: FromExchanger[];
/** Of each rehearsal: ends it. */
let rehearsals: (() => void)[];
/** Whether one goes on until it is ended. */
let isLong: boolean;

beforeEach(() => {
  time = new FakeTime();
  store = new FakeStore(time);
  status = new StoreStatus(StoreStatus.reserve(7, time.nowUs));
  memory = Cells.reserve(2);
  told = [];
  rehearsals = [];
  isLong = false;
});

function open(): StoreLink {
  return new StoreLink({
    settings: SETTINGS,
    leases: new LeaseTable(reserveTable(100, { holds: 'leases', shards: 1 }), new Cells(memory, 1)),
    store,
    status,
    calendar: calendarBy(time.clock),
    cells: new Cells(memory, 0),
    clock: time.clock,
    timers: time,
    random: () => 0.5,
    rehearse: () =>
      new Promise((resolve) => {
        rehearsals.push(resolve);
        if (!isLong) resolve();
      }),
  });
}

const counted = (cell: number) => sumCells(memory)[cell];
const answer = (message: FromExchanger) => told.push(message);

function asking(id: number, cost = 1): ToExchanger {
  return {
    kind: 'ask',
    id,
    key: 'alice',
    limit: LIMIT,
    cost,
    strict: true,
    holds: false,
    overdraft: false,
    askedUs: time.nowUs,
  };
}

async function isTried(link: StoreLink): Promise<boolean> {
  return Promise.race([link.tried.then(() => true), Promise.resolve().then(() => false)]);
}

describe('at the start', () => {
  test('a store that is there is found at once, with the instances it counts', async () => {
    store.instances = 3;
    const link = open();
    expect([status.isAway, status.instances, counted(BREAKER_STATE)]).toEqual([true, 7, 1]);
    await time.settle();
    expect([status.isAway, status.instances, counted(BREAKER_STATE)]).toEqual([false, 3, 0]);
    expect(counted(INSTANCES)).toBe(3);
    expect(await isTried(link)).toBe(true);
  });

  test('one that is not is waited for a second, and found later without a restart', async () => {
    store.isThere = false;
    const link = open();
    await time.pass(999);
    expect([await isTried(link), status.isAway]).toEqual([false, true]);
    await time.pass(1);
    expect(await isTried(link)).toBe(true);
    link.receive(asking(1), answer);
    await time.settle();
    expect(told).toMatchObject([{ kind: 'decided', id: 1, decision: { why: 'fallback' }, seq: 0 }]);
    store.isThere = true;
    await time.pass(400);
    expect(status.isAway).toBe(false);
  });

  test('it is tried once what new keys take has been run through', async () => {
    isLong = true;
    const link = open();
    await time.settle();
    expect([rehearsals.length, await isTried(link)]).toEqual([1, false]);
    rehearsals[0]?.();
    await time.settle();
    expect(await isTried(link)).toBe(true);
  });

  test('a rehearsal is waited for no longer than a store is', async () => {
    isLong = true;
    const link = open();
    await time.pass(1_000);
    expect(await isTried(link)).toBe(true);
  });

  test('nothing is run through where the store comes late, or back, and questions wait', async () => {
    store.isThere = false;
    const link = open();
    await time.pass(1_000);
    store.isThere = true;
    await time.pass(400);
    expect([status.isAway, rehearsals.length]).toEqual([false, 0]);
    link.lost();
    await time.pass(1_000);
    expect([status.isAway, rehearsals.length]).toEqual([false, 0]);
  });

  test('nothing is run through where the first question is refused', async () => {
    store.manner = 'refuse';
    const link = open();
    await time.settle();
    expect([await isTried(link), rehearsals.length]).toEqual([true, 0]);
  });

  test('the first question of all is about no key that a client can ask for', async () => {
    open();
    await time.settle();
    expect(store.calls.map(({ exchange }) => exchange.key)).toEqual(['']);
  });
});

describe('messages', () => {
  test('are answered by what they ask, each with its own id', async () => {
    const link = open();
    await time.settle();
    link.receive(asking(8, 2), answer);
    link.receive({ kind: 'reset', id: 9, key: 'bob' }, answer);
    await time.settle();
    expect(told).toMatchObject([
      { kind: 'decided', id: 8, decision: { allowed: true, remaining: 3 } },
      { kind: 'reset', id: 9, existed: false },
    ]);
    link.receive({ kind: 'refund', key: 'alice', cost: 2, seq: 1 }, answer);
    link.receive({ kind: 'due', key: 'carol', limit: LIMIT }, answer);
    link.receive({ kind: 'owed', key: 'dave', limit: LIMIT }, answer);
    await time.settle();
    expect(store.of('alice').at(-1)).toMatchObject({ vain: 2 });
    expect([store.of('carol'), store.of('dave'), told.length]).toEqual([[], [], 2]);
  });
});

describe('while it is open', () => {
  test('an instance says every second that it is there', async () => {
    open();
    await time.settle();
    const before = store.beats;
    store.instances = 2;
    await time.pass(3_000);
    expect(store.beats).toBe(before + 3);
    expect([status.instances, counted(INSTANCES)]).toEqual([2, 2]);
  });

  test('instances that a store without its memory does not count are reckoned with', async () => {
    store.instances = 4;
    open();
    await time.settle();
    store.instances = 1;
    await time.pass(4_000);
    expect(status.instances).toBe(4);
    await time.pass(1_000);
    expect(status.instances).toBe(1);
  });

  test('a silence that no beat breaks takes the store to be away', async () => {
    const link = open();
    await time.settle();
    store.manner = 'swallow';
    store.isThere = false;
    link.receive(asking(1), answer);
    await time.pass(19);
    expect([status.isAway, told]).toEqual([false, []]);
    await time.pass(1);
    expect([status.isAway, counted(BREAKER_STATE)]).toEqual([true, 2]);
    expect(told).toMatchObject([{ decision: { why: 'fallback' } }]);
    store.manner = 'answer';
    store.isThere = true;
    await time.pass(250);
    expect([status.isAway, counted(BREAKER_STATE)]).toEqual([false, 0]);
  });

  test('one that a beat breaks does not: it may be of one key', async () => {
    const link = open();
    await time.settle();
    store.manner = 'swallow';
    const { beats } = store;
    link.receive(asking(1), answer);
    await time.pass(90);
    expect([status.isAway, store.beats]).toEqual([false, beats + 1]);
    expect(told).toMatchObject([{ decision: { why: 'late' } }]);
  });

  test('beats that are refused do so too', async () => {
    open();
    await time.settle();
    store.isThere = false;
    await time.pass(2_999);
    expect(status.isAway).toBe(false);
    await time.pass(1);
    expect(status.isAway).toBe(true);
  });

  test('but not where a beat is answered between', async () => {
    open();
    await time.settle();
    store.isThere = false;
    await time.pass(2_500);
    store.isThere = true;
    await time.pass(1_000);
    store.isThere = false;
    await time.pass(2_000);
    expect(status.isAway).toBe(false);
    await time.pass(1_000);
    expect(status.isAway).toBe(true);
  });

  test('and a connection that is lost, at once', async () => {
    const link = open();
    await time.settle();
    // Just before it would say again that it is there.
    await time.pass(900);
    store.manner = 'hold';
    link.receive(asking(1), answer);
    await time.settle();
    link.lost();
    expect(status.isAway).toBe(true);
    expect(told).toMatchObject([{ kind: 'decided', id: 1, decision: { why: 'fallback' }, seq: 0 }]);
    const beats = store.beats;
    // One probe, and no beat beside it.
    await time.pass(210);
    expect(store.beats).toBe(beats + 1);
  });
});

test('the part of all keys that the store is of use for is told, and none is while it is away', async () => {
  const link = open();
  await time.settle();
  link.usable(0.25);
  expect([status.usable, counted(STORE_USABLE)]).toEqual([0.25, 0.25]);
  link.lost();
  expect(counted(STORE_USABLE)).toBe(0);
});

test('instances that nobody can count now are reckoned with for as long as that is so', async () => {
  store.instances = 4;
  open();
  await time.settle();
  store.instances = 0;
  await time.pass(20_000);
  expect([status.instances, counted(INSTANCES)]).toEqual([4, 4]);
});

test('once drained it does nothing any more', async () => {
  const link = open();
  await time.settle();
  link.receive(asking(1), answer);
  await time.settle();
  await link.drain();
  await time.pass(1_000);
  const { beats, calls } = store;
  const count = calls.length;
  link.lost();
  await time.pass(60_000);
  expect([store.beats, store.calls.length, time.planned]).toEqual([beats, count, 0]);
});
