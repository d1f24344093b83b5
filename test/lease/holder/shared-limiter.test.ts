/**
 * What a decider answers itself, what it asks, and what it says when there is no answer in time.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Decision } from '../../../src/bucket/decision.ts';
import { SOURCES } from '../../../src/contract/sources.ts';
import type { ToExchanger } from '../../../src/lease/ask-messages.ts';
import { SharedLimiter } from '../../../src/lease/holder/shared-limiter.ts';
import { LeaseTable } from '../../../src/lease/lease-table.ts';
import type { SharingSettings } from '../../../src/lease/settings.ts';
import { StoreStatus } from '../../../src/lease/store-status.ts';
import type { Question } from '../../../src/limiter/limiter.ts';
import {
  Cells,
  DECISIONS_BY_SOURCE,
  FALLBACK_ALLOWED,
  FALLBACK_DENIED,
  sumCells,
} from '../../../src/metrics/cells.ts';
import { reserveTable } from '../../../src/table/table-memory.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { limitOf } from '../../table/tables.ts';
import { SETTINGS } from '../fetcher/exchanger-scene.ts';

const LIMIT = limitOf(1_000, 1);

let time: FakeTime;
let status: StoreStatus;
let leases: LeaseTable;
let memory: SharedArrayBuffer;
let sent: ToExchanger[];

beforeEach(() => {
  time = new FakeTime();
  status = new StoreStatus(StoreStatus.reserve(1, time.nowUs));
  status.comeBack();
  memory = Cells.reserve(2);
  leases = new LeaseTable(reserveTable(100, { holds: 'leases', shards: 1 }), new Cells(memory, 1));
  sent = [];
});

function open(settings: Partial<SharingSettings> = {}): SharedLimiter {
  return new SharedLimiter({
    leases,
    maxKeys: 100,
    status,
    settings: { ...SETTINGS, ...settings },
    cells: new Cells(memory, 0),
    clock: time.clock,
    timers: time,
    send: (messages) => sent.push(...messages),
  });
}

const asked = (more: Partial<Question> = {}): Question => {
  return { key: 'alice', limit: LIMIT, cost: 1, ...more };
};

/** A lease of so many tokens, for half a second. */
function lease(grant: number): void {
  const { count, period, tickUs } = LIMIT;
  const bucket = { used: 0, atUs: time.nowUs, count, period, tickUs };
  const note = { deniedCost: 0, deniedUntilUs: 0 };
  const deadlineUs = time.nowUs + 500_000;
  leases.settle('alice', { limit: LIMIT, keep: 0, kept: 0, grant, deadlineUs, bucket, ...note }, 0);
}

/** Asks, and shows what it is told once it is. */
function take(limiter: SharedLimiter, question = asked()): { readonly told: Decision[] } {
  const told: Decision[] = [];
  const taken = limiter.take(question, time.nowUs);
  if (taken instanceof Promise) void taken.then((decision) => told.push(decision));
  else told.push(taken);
  return { told };
}

function decided(id: number, allowed: boolean) {
  const waits = { retryAfterMs: allowed ? 0 : 5, resetAfterMs: 5, nextTokenMs: 5 };
  const numbers = { limit: 1_000, remaining: 7, ...waits };
  const decision = { allowed, ...numbers, degraded: false, source: 'store' } as const;
  return { kind: 'decided', id, decision, seq: 7 } as const;
}

function counted(): Record<string, number> {
  const sums = sumCells(memory);
  const found = SOURCES.map((name, i) => [name, sums[DECISIONS_BY_SOURCE + i]] as const);
  return Object.fromEntries(found.filter(([, count]) => count !== 0)) as Record<string, number>;
}

describe('take()', () => {
  test('answers from a lease at once, and says once that it is low', async () => {
    lease(10);
    const limiter = open();
    for (let i = 0; i < 10; i++) expect(take(limiter).told).toMatchObject([{ source: 'lease' }]);
    await time.settle();
    expect(sent).toEqual([{ kind: 'due', key: 'alice', limit: LIMIT }]);
    expect(counted()).toEqual({ lease: 10 });
  });

  test('asks what no lease can answer, and gives on what it is told', async () => {
    const limiter = open();
    const { told } = take(limiter, asked({ cost: 3 }));
    await time.settle();
    expect(sent).toMatchObject([{ kind: 'ask', key: 'alice', cost: 3, strict: false }]);
    limiter.receive(decided(0, true));
    await time.settle();
    expect(told).toMatchObject([{ allowed: true, source: 'store', remaining: 7 }]);
    await time.pass(100);
    expect([told.length, sent.length, counted()]).toEqual([1, 1, { store: 1 }]);
  });

  //  what is asked strictly: the question, all, or nothing
  test.each([
    [{}, { strict: true }, true],
    [{ sharing: 'strict' }, {}, true],
    [{}, { strict: false }, false],
    [{}, {}, false],
  ] as const)('with %j, %j goes to the store: %s', async (settings, more, goes) => {
    lease(10);
    take(open(settings), asked(more));
    await time.settle();
    expect(sent.filter(({ kind }) => kind === 'ask')).toHaveLength(goes ? 1 : 0);
  });

  //  policy, whether it is allowed
  test.each([
    // A share that was empty when it was asked, by now.
    ['local', true],
    ['closed', false],
    ['open', true],
  ] as const)('that has no answer in time is decided by %s', async (onStoreDown, allowed) => {
    const limiter = open({ onStoreDown });
    const { told } = take(limiter);
    await time.pass(99.9);
    expect(told).toEqual([]);
    await time.pass(1);
    expect(told).toMatchObject([{ allowed, degraded: true, source: 'overloaded' }]);
    expect(counted()).toEqual({ overloaded: 1 });
    const sums = sumCells(memory);
    expect([sums[FALLBACK_ALLOWED], sums[FALLBACK_DENIED]]).toEqual(allowed ? [1, 0] : [0, 1]);
  });

  test('takes an answer that waits to be read for one in time', async () => {
    const { told } = take(open());
    const limiter = open();
    const late = take(limiter);
    await time.settle();
    time.after(101, () => limiter.receive(decided(0, true)));
    time.nowUs += 130_000;
    await time.settle();
    expect([told, late.told]).toMatchObject([[{ source: 'overloaded' }], [{ source: 'store' }]]);
  });

  //  why there is no decision, since when there was none, whether its share has enough by now
  test.each([
    ['late', 100, true],
    ['late', 0, false],
    ['overloaded', 100, true],
  ] as const)('that is told %s is decided by a share that began %d ms ago', async (...row) => {
    const [why, ms, allowed] = row;
    const limiter = open();
    const { told } = take(limiter, asked({ cost: 50 }));
    await time.settle();
    const sinceUs = time.nowUs - ms * 1_000;
    sent.length = 0;
    limiter.receive({ kind: 'decided', id: 0, decision: { why, sinceUs }, seq: 0 });
    await time.settle();
    expect(told).toMatchObject([{ allowed, degraded: true, source: why }]);
    expect(sent).toEqual(allowed ? [{ kind: 'owed', key: 'alice', limit: LIMIT }] : []);
    const sums = sumCells(memory);
    expect([sums[FALLBACK_ALLOWED], sums[FALLBACK_DENIED]]).toEqual(allowed ? [1, 0] : [0, 1]);
  });

  test('gives back what the store took for an answer that came too late', async () => {
    const limiter = open();
    const { told } = take(limiter, asked({ cost: 4 }));
    const denied = take(limiter, asked({ cost: 5 }));
    const look = take(limiter, asked({ cost: 0 }));
    await time.pass(105);
    sent.length = 0;
    limiter.receive(decided(0, true));
    limiter.receive(decided(1, false));
    limiter.receive(decided(2, true));
    await time.settle();
    expect(sent).toEqual([{ kind: 'refund', key: 'alice', cost: 4, seq: 7 }]);
    expect([told.length, denied.told.length, look.told.length]).toEqual([1, 1, 1]);
    // It is known no more: no answer is taken twice.
    limiter.receive(decided(0, true));
    await time.settle();
    expect(sent).toHaveLength(1);
  });
});

test('what was allowed without the store is not given back to it', async () => {
  const limiter = open({ onStoreDown: 'open' });
  take(limiter);
  await time.pass(105);
  sent.length = 0;
  limiter.receive(decided(0, true));
  await time.settle();
  expect(sent).toEqual([]);
});

describe('while the store is away', () => {
  test('a lease is spent to its end, and then the policy decides, at once', async () => {
    lease(2);
    const limiter = open({ onStoreDown: 'closed' });
    status.goAway(time.nowUs);
    const sources = [1, 2, 3].map(() => take(limiter, asked({ strict: true })).told[0]?.source);
    expect(sources).toEqual(['lease', 'lease', 'fallback']);
    await time.pass(100);
    expect(sent).toEqual([]);
  });

  test('what a share has spent is said once', async () => {
    const limiter = open();
    status.goAway(time.nowUs);
    await time.pass(500);
    for (let i = 0; i < 3; i++) expect(take(limiter).told).toMatchObject([{ allowed: true }]);
    await time.settle();
    expect(sent).toEqual([{ kind: 'owed', key: 'alice', limit: LIMIT }]);
  });

  test('those who wait are told as soon as the exchanger says so', async () => {
    const limiter = open({ onStoreDown: 'open' });
    const { told } = take(limiter);
    await time.pass(3);
    status.goAway(time.nowUs);
    const away = { why: 'fallback', sinceUs: 0 } as const;
    limiter.receive({ kind: 'decided', id: 0, decision: away, seq: 0 });
    await time.settle();
    expect(told).toMatchObject([{ allowed: true, source: 'fallback' }]);
  });

  //  policy, whether it is ready, a word of it
  test.each([
    ['local', true, 'share'],
    ['open', true, 'allowed'],
    ['closed', false, 'denied'],
  ] as const)('%s is ready: %s', (onStoreDown, isReady, word) => {
    const limiter = open({ onStoreDown });
    expect(limiter.health).toEqual({ isReady: true, words: 'OK' });
    status.goAway(0);
    expect(limiter.health.isReady).toBe(isReady);
    expect(limiter.health.words).toContain(word);
  });

  test('a store of which a part is away is ready, and says so', () => {
    const limiter = open();
    status.comeBack();
    status.usable = 2 / 3;
    expect(limiter.health).toEqual({
      isReady: true,
      words: 'OK: but the store is away for a part of all keys',
    });
  });
});

describe('reset()', () => {
  test.each([true, false, null])('tells what the exchanger says: %s', async (existed) => {
    const limiter = open();
    const reset = limiter.reset('alice', time.nowUs);
    await time.settle();
    expect(sent).toEqual([{ kind: 'reset', id: 0, key: 'alice' }]);
    limiter.receive({ kind: 'reset', id: 0, existed });
    expect(await reset).toBe(existed);
  });

  test('has no answer in time, or none to expect: null', async () => {
    const limiter = open();
    const late = limiter.reset('alice', time.nowUs);
    await time.pass(101);
    expect(await late).toBe(null);
    status.goAway(0);
    expect(await limiter.reset('alice', time.nowUs)).toBe(null);
    await time.settle();
    expect(sent).toHaveLength(1);
  });
});

test('it knows how many keys it has, and how many it can have', () => {
  lease(10);
  const limiter = open();
  expect([limiter.size, limiter.maxKeys]).toEqual([1, 100]);
});
