/** What each policy decides while the store is away. */
import { beforeEach, describe, expect, test } from 'vitest';
import { Fallback } from '../../../src/lease/holder/fallback.ts';
import { LeaseTable } from '../../../src/lease/lease-table.ts';
import type { SharingSettings } from '../../../src/lease/settings.ts';
import { StoreStatus } from '../../../src/lease/store-status.ts';
import type { Question } from '../../../src/limiter/limiter.ts';
import { Cells } from '../../../src/metrics/cells.ts';
import { reserveTable } from '../../../src/table/table-memory.ts';
import { limitOf } from '../../table/tables.ts';
import { SETTINGS } from '../fetcher/exchanger-scene.ts';

const LIMIT = limitOf(100, 1);
const AWAY_US = 1_000_000;
const SECOND = 1_000_000;
const AWAY = { why: 'fallback', sinceUs: 10 * SECOND } as const;

let status: StoreStatus;
let leases: LeaseTable;
let owed: Question[];

beforeEach(() => {
  status = new StoreStatus(StoreStatus.reserve(2, AWAY_US));
  leases = new LeaseTable(
    reserveTable(100, { holds: 'leases', shards: 1 }),
    new Cells(Cells.reserve(1), 0),
  );
  owed = [];
});

function policy(onStoreDown: SharingSettings['onStoreDown']): Fallback {
  const settings = { ...SETTINGS, onStoreDown };
  return new Fallback({ leases, status, settings, owed: (question) => owed.push(question) });
}

const asked = (cost = 1): Question => ({ key: 'alice', limit: LIMIT, cost });

//  policy, whether the store is known to be away, cost, whether it is allowed
test.each([
  ['open', true, 100, true],
  ['open', false, 100, true],
  ['closed', true, 1, false],
  ['closed', false, 1, false],
  ['closed', true, 0, true],
  ['closed', true, -5, true],
  ['local', false, 0, true],
  ['local', true, -5, true],
] as const)('%s, known to be away: %s, cost %d: allowed is %s', (...row) => {
  const [onStoreDown, isKnown, cost, allowed] = row;
  if (!isKnown) status.comeBack();
  const decision = policy(onStoreDown).take(asked(cost), AWAY, 10 * SECOND);
  expect(decision).toMatchObject({ allowed, limit: 100, degraded: true, source: 'fallback' });
  expect(decision.retryAfterMs > 0).toBe(!allowed);
  expect(decision.remaining).toBeGreaterThanOrEqual(0);
  expect(decision.remaining).toBeLessThanOrEqual(100);
  expect([owed, leases.size]).toEqual([[], 0]);
});

describe('local', () => {
  test('decides by a share that was empty as the store went, and owes what it takes', () => {
    const local = policy('local');
    //  ms since the store went, cost, whether it is allowed
    const rows = [
      [0, 1, false],
      [19, 1, false],
      [20, 1, true],
      [20, 1, false],
      [520, 25, true],
      [520, 1, false],
      [9_000, 50, true],
      [9_000, 1, false],
    ] as const;
    for (const [ms, cost, allowed] of rows) {
      const decision = local.take(asked(cost), AWAY, AWAY_US + ms * 1_000);
      expect([ms, decision.allowed, decision.degraded]).toEqual([ms, allowed, true]);
    }
    expect(owed).toEqual([asked(1)]);
    // Of the 76 as many as the share would still have in use: 50 of it were taken a second ago.
    expect(leases.collect('alice', LIMIT, null, 10 * SECOND).owed).toBe(50);
  });

  test('never allows more than a share holds', () => {
    const decision = policy('local').take(asked(51), AWAY, 100 * SECOND);
    expect(decision).toMatchObject({ allowed: false, limit: 100 });
  });

  test('loses what is given back: the store is not told of it', () => {
    const local = policy('local');
    const decisions = [50, -50, 1].map((cost) => local.take(asked(cost), AWAY, 9 * SECOND));
    expect(decisions.map(({ allowed }) => allowed)).toEqual([true, true, false]);
    expect(decisions.map(({ remaining }) => remaining)).toEqual([0, 100, 0]);
    expect(leases.collect('alice', LIMIT, null, 9 * SECOND).owed).toBe(50);
  });

  test('goes by as many instances as were counted last', () => {
    const local = policy('local');
    expect(local.take(asked(1), AWAY, 2 * SECOND).allowed).toBe(true);
    status.instances = 4;
    expect(local.take({ ...asked(26), key: 'bob' }, AWAY, 9 * SECOND).allowed).toBe(false);
    expect(local.take({ ...asked(25), key: 'bob' }, AWAY, 9 * SECOND).allowed).toBe(true);
  });

  test('decides while the store is not away by a share that was empty at its last answer', () => {
    status.comeBack();
    const local = policy('local');
    const late = { why: 'late', sinceUs: 5 * SECOND } as const;
    //  ms since that answer, cost, whether it is allowed
    const rows = [
      [0, 1, false],
      [19, 1, false],
      [20, 1, true],
      [520, 26, false],
      [520, 25, true],
      [9_000, 50, true],
      [9_000, 1, false],
    ] as const;
    for (const [ms, cost, allowed] of rows) {
      const decision = local.take(asked(cost), late, 5 * SECOND + ms * 1_000);
      expect([ms, decision.allowed, decision.source]).toEqual([ms, allowed, 'late']);
      expect(decision.degraded).toBe(true);
    }
    expect(owed).toEqual([asked(1)]);
  });
});
