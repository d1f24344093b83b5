/** What threads count and say becomes what happened: once, and not each time it is counted. */
import { describe, expect, test } from 'vitest';
import { QUIET_S } from '../../src/admin/episode.ts';
import { Watch } from '../../src/admin/watch.ts';
import { StoreStatus } from '../../src/lease/store-status.ts';
import {
  AUTH_FAILURES,
  CERTIFICATE_ENDS_S,
  Cells,
  CLIENTS_CLOSED,
  CONNECTIONS_REFUSED,
  GOAWAYS,
  POLICIES_RULES,
  REGRESSIONS,
  RELOADS_APPLIED,
  RELOADS_REFUSED,
  SNAPSHOTS_FAILED,
  SNAPSHOTS_WRITTEN,
  sumCells,
  TABLE_FULL,
  TLS_RELOADS_APPLIED,
  TLS_RELOADS_REFUSED,
  TOKENS,
  TOKENS_APPLIED,
  TOKENS_REFUSED,
} from '../../src/metrics/cells.ts';

/** A watch over two threads and a store; a look is a second later than the last. */
class Scene {
  readonly #memory = Cells.reserve(2);
  readonly threads = [new Cells(this.#memory, 0), new Cells(this.#memory, 1)] as const;
  readonly store = new StoreStatus(StoreStatus.reserve(1, 0));
  isDraining = false;
  nowUs = 5_000_000;
  #watch: Watch | null = null;

  /** The kinds of what has happened since the last look. */
  kinds(): readonly string[] {
    return this.look().map(({ kind }) => kind);
  }

  look() {
    this.nowUs += 1_000_000;
    this.#watch ??= this.#begin();
    return this.#watch.look(sumCells(this.#memory), this.nowUs);
  }

  #begin(): Watch {
    const sums = sumCells(this.#memory);
    return new Watch({ sums, store: this.store, isDraining: () => this.isDraining });
  }
}

/** One whose store has been there from the start. */
function scene(): Scene {
  const begun = new Scene();
  begun.store.comeBack();
  begun.threads[0].add(RELOADS_APPLIED, 3);
  begun.threads[0].add(TABLE_FULL, 9);
  expect(begun.look()).toEqual([]);
  return begun;
}

function sceneParts() {
  const begun = scene();
  return { threads: begun.threads, look: () => begun.look(), kinds: () => begun.kinds() };
}

test('what was counted before the first look has not happened', () => {
  expect(scene().look()).toEqual([]);
});

test('a reload is told each time, with the rules that hold', () => {
  const { threads, look, kinds } = sceneParts();
  threads[1].set(POLICIES_RULES, 12);
  threads[1].add(RELOADS_APPLIED, 1);
  expect(look()).toEqual([
    { kind: 'reload', what: expect.stringContaining('hold'), detail: { rules: 12 } },
  ]);
  threads[1].add(RELOADS_REFUSED, 1);
  expect(kinds()).toEqual(['reload-refused']);
  threads[1].add(RELOADS_REFUSED, 1);
  expect(kinds()).toEqual(['reload-refused']);
  expect(kinds()).toEqual([]);
});

test('of TLS as well, with when the certificate ends', () => {
  const { threads, look, kinds } = sceneParts();
  threads[0].set(CERTIFICATE_ENDS_S, 1_900_000_000);
  threads[0].add(TLS_RELOADS_APPLIED, 1);
  expect(look()).toMatchObject([
    { kind: 'tls-reload', detail: { certificateEndsS: 1_900_000_000 } },
  ]);
  threads[0].add(TLS_RELOADS_REFUSED, 1);
  expect(kinds()).toEqual(['tls-reload-refused']);
});

test('of tokens as well, with how many are in force', () => {
  const { threads, look, kinds } = sceneParts();
  threads[0].set(TOKENS, 3);
  threads[0].add(TOKENS_APPLIED, 1);
  expect(look()).toMatchObject([{ kind: 'tokens-reload', detail: { tokens: 3 } }]);
  threads[0].add(TOKENS_REFUSED, 1);
  expect(kinds()).toEqual(['tokens-reload-refused']);
});

describe('an episode is told twice, however often it is counted', () => {
  //  what it is called, the cell that counts it, how often before it is told
  test.each([
    ['table-full', TABLE_FULL, 1],
    ['crowd', CONNECTIONS_REFUSED, 1],
    ['crowd', CONNECTIONS_REFUSED + 2, 1],
    ['flood', GOAWAYS + 6, 1],
    ['memory', CLIENTS_CLOSED, 1],
    ['guessing', AUTH_FAILURES + 3, 5],
    ['store-forgot', REGRESSIONS, 1],
  ])('%s', (kind, cell, least) => {
    const { threads, look, kinds } = sceneParts();
    for (let i = 1; i < least; i++) {
      threads[0].add(cell, 1);
      expect(kinds()).toEqual([]);
    }
    threads[1].add(cell, 1);
    expect(look()).toMatchObject([{ kind, detail: { times: least } }]);
    for (let second = 0; second < 60; second++) {
      threads[0].add(cell, 100);
      expect(kinds()).toEqual([]);
    }
    for (let second = 1; second < QUIET_S; second++) expect(kinds()).toEqual([]);
    const seconds = least - 1 + 60;
    expect(look()).toMatchObject([
      { kind: `${kind}-over`, detail: { times: least + 6_000, seconds } },
    ]);
    expect(kinds()).toEqual([]);
  });

  test('a pause within it is none, and after it a next one begins', () => {
    const { threads, kinds } = sceneParts();
    threads[0].add(TABLE_FULL, 1);
    expect(kinds()).toEqual(['table-full']);
    for (let second = 1; second < QUIET_S; second++) expect(kinds()).toEqual([]);
    threads[0].add(TABLE_FULL, 1);
    for (let second = 0; second < QUIET_S; second++) expect(kinds()).toEqual([]);
    expect(kinds()).toEqual(['table-full-over']);
    threads[0].add(TABLE_FULL, 1);
    expect(kinds()).toEqual(['table-full']);
  });

  test('a few wrong tokens now and then are told neither time', () => {
    const { threads, kinds } = sceneParts();
    for (let mistake = 0; mistake < 20; mistake++) {
      threads[0].add(AUTH_FAILURES, 1);
      for (let second = 0; second <= QUIET_S; second++) expect(kinds()).toEqual([]);
    }
  });

  test('snapshots that fail are over with the next one that is written, not with time', () => {
    const { threads, kinds } = sceneParts();
    threads[0].add(SNAPSHOTS_FAILED, 1);
    expect(kinds()).toEqual(['snapshot-failed']);
    for (let second = 0; second < 60; second++) expect(kinds()).toEqual([]);
    threads[0].add(SNAPSHOTS_WRITTEN, 1);
    expect(kinds()).toEqual(['snapshot-failed-over']);
    threads[0].add(SNAPSHOTS_WRITTEN, 1);
    expect(kinds()).toEqual([]);
  });
});

describe('the store', () => {
  test('goes and comes back', () => {
    const begun = scene();
    begun.store.goAway(begun.nowUs);
    expect(begun.look()).toMatchObject([{ kind: 'store-away', detail: { outage: 2 } }]);
    expect(begun.look()).toEqual([]);
    begun.store.comeBack();
    expect(begun.look()).toMatchObject([{ kind: 'store-back', detail: { outage: 2, seconds: 3 } }]);
    expect(begun.look()).toEqual([]);
  });

  test('goes and comes back between two looks', () => {
    const begun = scene();
    begun.store.goAway(begun.nowUs);
    begun.store.comeBack();
    expect(begun.kinds()).toEqual(['store-away', 'store-back']);
    begun.store.goAway(begun.nowUs);
    begun.store.comeBack();
    begun.store.goAway(begun.nowUs);
    expect(begun.kinds()).toEqual(['store-away']);
  });

  test('was never there', () => {
    const begun = new Scene();
    expect(begun.kinds()).toEqual(['store-away']);
    begun.store.comeBack();
    expect(begun.kinds()).toEqual(['store-back']);
  });

  test('is shared by others, and does a part of what is needed', () => {
    const begun = scene();
    begun.store.instances = 3;
    expect(begun.look()).toMatchObject([
      { kind: 'instances', detail: { instances: 3, before: 1 } },
    ]);
    begun.store.usable = 0.5;
    expect(begun.look()).toMatchObject([{ kind: 'store-part', detail: { usableRatio: 0.5 } }]);
    begun.store.usable = 0.75;
    expect(begun.look()).toEqual([]);
    begun.store.usable = 1;
    expect(begun.kinds()).toEqual(['store-whole']);
  });
});

test('that the service ends is told once', () => {
  const begun = scene();
  begun.isDraining = true;
  expect(begun.kinds()).toEqual(['drain']);
  expect(begun.kinds()).toEqual([]);
});
