/** Pages tell every key that stays just once, are bounded, and hold nothing up. */
import { describe, expect, test } from 'vitest';
import type { KeyFilter } from '../../../src/admin/keys/key-filter.ts';
import { type KeyPage, KeyPages, MOST_LOOKED } from '../../../src/admin/keys/key-pages.ts';
import { inNamespace } from '../../../src/lib/namespace.ts';
import { ENGINES } from '../../../src/table/table-memory.ts';
import { BRIEF, DAILY, limitOf, TestTable } from '../../table/tables.ts';

const ALL: KeyFilter = { prefix: '', policy: null, namespace: null, isDenied: false };

interface Paging {
  readonly filter?: Partial<KeyFilter>;
  readonly most?: number;
  /** What is done between two holds of a lock, and between two pages. */
  readonly between?: () => void;
}

class Pager {
  readonly table: TestTable;
  readonly pages: KeyPages;
  held = 0;
  turns = 0;
  between: () => void = () => undefined;

  constructor(table: TestTable) {
    this.table = table;
    this.pages = new KeyPages({
      table: table.memory,
      clock: () => table.nowUs,
      turn: async () => {
        this.turns++;
        this.#expectUnlocked();
        this.between();
      },
      held: () => {
        this.held++;
        this.#expectUnlocked();
      },
    });
  }

  #expectUnlocked(): void {
    expect(this.table.view.shards.some(({ isLocked }) => isLocked)).toBe(false);
  }

  async page(paging: Paging, cursor: string | null = null): Promise<KeyPage> {
    const filter = { ...ALL, ...paging.filter };
    const page = await this.pages.page({ filter, most: paging.most ?? 100, cursor });
    expect(page).not.toBeNull();
    return page as KeyPage;
  }

  async all(paging: Paging = {}): Promise<KeyPage[]> {
    this.between = paging.between ?? this.between;
    const pages: KeyPage[] = [];
    let cursor: string | null = null;
    do {
      const page: KeyPage = await this.page(paging, cursor);
      pages.push(page);
      cursor = page.cursor;
      this.between();
    } while (cursor !== null);
    return pages;
  }

  async keys(paging: Paging = {}): Promise<string[]> {
    return (await this.all(paging)).flatMap(({ keys }) => keys.map(({ key }) => key));
  }
}

/** Of all lengths that are kept whole. */
function keysFrom(from: number, count: number): string[] {
  return Array.from({ length: count }, (_, i) =>
    `${from + i} ${'x'.repeat(((from + i) * 7) % 60)}`.padEnd(3),
  );
}

describe.each(ENGINES)('with %s', (engine) => {
  test.each([1, 7, 100, 1_000])('all keys of all shards, %i a page', async (most) => {
    const table = new TestTable(1_000, 4, engine);
    const keys = keysFrom(0, 500);
    table.takeAll(keys, DAILY);
    const pages = await new Pager(table).all({ most });
    for (const page of pages) expect(page.keys.length).toBeLessThanOrEqual(most);
    const told = pages.flatMap((page) => page.keys.map(({ key }) => key));
    expect(told.toSorted()).toEqual(keys.toSorted());
    // A full page says whether there are others: none is empty.
    if (500 % most === 0) expect(pages).toHaveLength(500 / most);
  });

  test('none of an empty table', async () => {
    const page = await new Pager(new TestTable(10, 4, engine)).page({});
    expect(page).toEqual({ keys: [], cursor: null, looked: 0, overflowBuckets: 0 });
  });

  test('none that stays is missed or told twice while others come and go', async () => {
    const table = new TestTable(9_000, 2, engine);
    const staying = keysFrom(0, 2_000);
    const going = keysFrom(10_000, 2_000);
    for (let i = 0; i < 2_000; i++) {
      table.take(staying[i] as string, DAILY);
      table.take(going[i] as string, BRIEF);
    }
    table.pass(2);
    const coming = keysFrom(20_000, 4_000);
    let came = 0;
    let turns = 0;
    const told = await new Pager(table).keys({
      most: 37,
      between: () => {
        table.takeAll(coming.slice(came, came + 30), DAILY);
        came += 30;
        if (turns++ % 5 === 1) table.evict();
      },
    });
    expect(came).toBeGreaterThan(1_500);
    const wanted = new Set(staying);
    expect(told.filter((key) => wanted.has(key)).sort()).toEqual([...wanted].sort());
    expect(new Set(told).size).toBe(told.length);
    expect(table.check().live).toBeGreaterThan(3_500);
  });

  test('a page ends when it has looked at enough, with a cursor, be it empty', async () => {
    const table = new TestTable(2 * MOST_LOOKED, 64, engine);
    for (let i = 0; i < MOST_LOOKED + 500; i++) table.take(`k${i}`, DAILY);
    table.take('wanted', DAILY);
    const pager = new Pager(table);
    const pages = await pager.all({ filter: { prefix: 'wanted' } });
    expect(pages).toHaveLength(2);
    expect(pages.flatMap(({ keys }) => keys)).toHaveLength(1);
    expect(pages[0]?.looked).toBeLessThan(MOST_LOOKED + 128);
    // Between two holds of one lock others have their turn.
    expect(pager.held - pager.turns).toBeLessThanOrEqual(64 + pages.length);
  }, 20_000);

  test('and when it has locked enough shards', async () => {
    const table = new TestTable(10, 8_192, engine);
    table.take('a', DAILY);
    const pages = await new Pager(table).all();
    expect(pages).toHaveLength(2);
    expect(pages.flatMap(({ keys }) => keys)).toHaveLength(1);
  });

  test('keys that share a bucket are counted, not told', async () => {
    const table = new TestTable(1, 1, engine);
    table.take('a', DAILY);
    table.take('b', BRIEF);
    const pager = new Pager(table);
    const page = await pager.page({ most: 1 });
    expect(page).toMatchObject({ keys: [{ key: 'a' }], cursor: null, overflowBuckets: 1 });
    table.pass(1);
    expect(await pager.page({})).toMatchObject({ overflowBuckets: 0 });
  });
});

test('each is told with its bucket, as it is now', async () => {
  const table = new TestTable(100, 1);
  const pager = new Pager(table);
  table.take('half', limitOf(10, 20), 5);
  table.take('denied', limitOf(1, 4));
  table.take('full', BRIEF);
  table.take(inNamespace('policy', 'daily\0api\0bob'), limitOf(3, 3));
  table.pass(1.5);
  const { keys } = await pager.page({});
  const told = Object.fromEntries(keys.map(({ key, id, ...report }) => [key, report]));
  const plain = { namespace: 'plain' };
  expect(told).toEqual({
    half: { ...plain, capacity: 10, remaining: 5, fullInSeconds: 8.5, state: 'allowed' },
    denied: { ...plain, capacity: 1, remaining: 0, fullInSeconds: 2.5, state: 'denied' },
    full: { ...plain, capacity: 1, remaining: 1, fullInSeconds: 0, state: 'allowed' },
    bob: {
      namespace: 'policy',
      policy: 'api',
      limit: 'daily',
      capacity: 3,
      remaining: 3,
      fullInSeconds: 0,
      state: 'allowed',
    },
  });
  const denied = await pager.keys({ filter: { isDenied: true } });
  expect(denied).toEqual(['denied']);
  table.pass(2.5);
  expect(await pager.keys({ filter: { isDenied: true } })).toEqual([]);
  // And nothing was changed by that.
  expect(table.take('half', limitOf(10, 20), 10)).toMatchObject({ allowed: false, remaining: 7 });
});

describe('a cursor', () => {
  const paged = async (table = new TestTable(100, 4)) => {
    table.takeAll(keysFrom(0, 50), DAILY);
    const pager = new Pager(table);
    const { cursor } = await pager.page({ most: 10 });
    return { pager, cursor: cursor as string };
  };
  const goOn = (pager: Pager, cursor: string, filter: Partial<KeyFilter> = {}) =>
    pager.pages.page({ filter: { ...ALL, ...filter }, most: 10, cursor });

  test('is text for a URL', async () => {
    const { pager, cursor } = await paged();
    expect(cursor).toMatch(/^[\w.-]{19,130}$/);
    expect(await goOn(pager, cursor)).not.toBeNull();
  });

  test('of another start is none', async () => {
    const [one, other] = [await paged(), await paged()];
    expect(await goOn(one.pager, other.cursor)).toBeNull();
  });

  //  a filter that is not the cursor's
  test.each([
    { prefix: '1' },
    { policy: 'a' },
    { namespace: 'plain' },
    { isDenied: true },
  ] as const)('of another filter is none: %j', async (filter) => {
    const { pager, cursor } = await paged();
    expect(await goOn(pager, cursor, filter)).toBeNull();
  });

  test('that was altered is none', async () => {
    const { pager, cursor } = await paged();
    const altered = Array.from(cursor, (character, i) => {
      return cursor.slice(0, i) + (character === 'A' ? 'B' : 'A') + cursor.slice(i + 1);
    });
    for (const text of [...altered, '', '.', 'x'.repeat(200), `${cursor}A`, cursor.slice(1)]) {
      expect(await goOn(pager, text)).toBeNull();
    }
  });
});

test('pages that are asked for at one time are told one after the other, each whole', async () => {
  const table = new TestTable(1_000, 4);
  const keys = keysFrom(0, 500);
  table.takeAll(keys, DAILY);
  const pager = new Pager(table);
  const pages = await Promise.all([1, 2, 3].map(() => pager.page({ most: 1_000 })));
  for (const page of pages) {
    expect(page.keys.map(({ key }) => key).sort()).toEqual(keys.toSorted());
  }
});
