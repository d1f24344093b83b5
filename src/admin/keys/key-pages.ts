/**
 * All keys of the table, page by page, for operators. A page is bounded work: it ends when it has
 * enough keys, and when it has looked at enough of them, be it empty then. What goes on is the
 * cursor, which holds whatever is added, swapped and swept between two pages: a key that stays is
 * told once.
 *
 * Thread safety: an object a thread. One page at a time: others wait.
 */
import { type Bucket, fullBucket } from '../../bucket/token-bucket.ts';
import { type Lease, noLease } from '../../lease/terms/lease-state.ts';
import type { Clock } from '../../lib/clock.ts';
import { Key } from '../../memory/key.ts';
import { KEY_WORDS } from '../../memory/layout.ts';
import type { TableMemory } from '../../table/table-memory.ts';
import { TableWalk } from '../../table/table-walk.ts';
import { type KeyReport, keyReport } from '../key-report.ts';
import {
  type BucketReport,
  bringUp,
  bucketReport,
  isDenied,
  type LeaseReport,
  leaseReport,
  pictureReport,
} from './bucket-report.ts';
import { KeyCursors, type KeyPlace } from './key-cursor.ts';
import { type KeyFilter, KeyMatcher } from './key-filter.ts';

/** Records, and shards, that a page looks at at most: a few hundredths of a second. */
export const MOST_LOOKED = 32_768;
const MOST_HOLDS = 4_096;
/** After so long others of this thread have their turn. */
const TURN_US = 1_000;

export interface PageQuery {
  readonly filter: KeyFilter;
  /** Keys to tell, at most. */
  readonly most: number;
  /** Null for the first page. */
  readonly cursor: string | null;
}

export type ListedKey = KeyReport & BucketReport & Partial<LeaseReport>;

export interface KeyPage {
  readonly keys: readonly ListedKey[];
  /** Where the next page begins; null where all have been told. */
  readonly cursor: string | null;
  /** Keys that were looked at for this page. */
  readonly looked: number;
  /** Of the shards that it came to the end of, those whose keys share a bucket that is in use. */
  readonly overflowBuckets: number;
}

export interface KeyPagesParts {
  readonly table: TableMemory;
  readonly clock: Clock;
  /** Resolves when others of this thread have had their turn, and it may work on. */
  readonly turn: () => Promise<void>;
  /** Told for how long a shard was locked. */
  readonly held: (heldUs: number) => void;
}

export class KeyPages {
  readonly #parts: KeyPagesParts;
  readonly #walk: TableWalk;
  readonly #cursors: KeyCursors;
  readonly #bucket: Bucket = fullBucket();
  readonly #lease: Lease = noLease();
  #last: Promise<unknown> = Promise.resolve();

  constructor(parts: KeyPagesParts) {
    this.#parts = parts;
    this.#walk = new TableWalk({ ...parts, seals: false });
    this.#cursors = new KeyCursors(parts.table);
  }

  /** Null where the cursor is none of this start and filter. */
  page(query: PageQuery): Promise<KeyPage | null> {
    const page = this.#last.then(() => this.#pageOf(query));
    this.#last = page;
    return page;
  }

  async #pageOf({ filter, most, cursor }: PageQuery): Promise<KeyPage | null> {
    const start = cursor === null ? { shard: 0, after: null } : this.#cursors.read(cursor, filter);
    if (start === null) return null;
    const { clock, turn, held } = this.#parts;
    const walk = this.#walk;
    const wanted = new Wanted(filter, most);
    walk.startAt(start.shard, start.after);
    let sinceUs = clock();
    for (let holds = 1; walk.next(); holds++) {
      held(walk.heldUs);
      const nowUs = clock();
      const seen = this.#gather(wanted, nowUs);
      const isEnough = wanted.isFull || wanted.looked >= MOST_LOOKED || holds >= MOST_HOLDS;
      if (isEnough) return wanted.page(this.#cursorBehind(seen, filter));
      // Whoever sleeps for this shard's lock would find it taken again.
      if (walk.isShardsLast && nowUs - sinceUs < TURN_US) continue;
      await turn();
      sinceUs = clock();
    }
    return wanted.page(null);
  }

  /** Looks through what was copied. Returns how many it has looked at. */
  #gather(wanted: Wanted, nowUs: number): number {
    const { page, isShardsLast, overflow } = this.#walk;
    let n = 0;
    while (n < page.count && !wanted.isFull) {
      const from = n * KEY_WORDS;
      if (wanted.matcher.matches(page.words, from, page.lengthOf(n))) this.#look(wanted, n, nowUs);
      n++;
    }
    wanted.looked += n;
    if (isShardsLast && n === page.count) {
      bringUp(overflow, nowUs);
      if (overflow.used > 0) wanted.overflowBuckets++;
    }
    return n;
  }

  #look(wanted: Wanted, n: number, nowUs: number): void {
    const { page } = this.#walk;
    page.bucket(n, this.#bucket);
    bringUp(this.#bucket, nowUs);
    const hasLease = page.lease(n, this.#lease);
    if (wanted.isDeniedAlone && !hasLease && !isDenied(this.#bucket)) return;
    const report = hasLease
      ? pictureReport(this.#lease, this.#bucket, nowUs)
      : bucketReport(this.#bucket, nowUs);
    if (wanted.isDeniedAlone && report.state !== 'denied') return;
    const key = new Key();
    page.key(n, key);
    wanted.keys.push({
      ...keyReport(key.words, key.length),
      ...report,
      ...(hasLease ? leaseReport(this.#lease, nowUs) : {}),
    });
  }

  /** Behind the first `seen` keys that were copied; null where there are no others. */
  #cursorBehind(seen: number, filter: KeyFilter): string | null {
    const { page, shard, isShardsLast, shardCount } = this.#walk;
    let place: KeyPlace = { shard: shard + 1, after: null };
    if (!isShardsLast || seen < page.count) {
      const after = new Key();
      page.key(seen - 1, after);
      place = { shard, after };
    }
    return place.shard === shardCount ? null : this.#cursors.write(place, filter);
  }
}

/** What has been found for a page. */
class Wanted {
  readonly matcher: KeyMatcher;
  readonly isDeniedAlone: boolean;
  readonly keys: ListedKey[] = [];
  looked = 0;
  overflowBuckets = 0;
  readonly #most: number;

  constructor(filter: KeyFilter, most: number) {
    this.matcher = new KeyMatcher(filter);
    this.isDeniedAlone = filter.isDenied;
    this.#most = most;
  }

  get isFull(): boolean {
    return this.keys.length >= this.#most;
  }

  page(cursor: string | null): KeyPage {
    const { keys, looked, overflowBuckets } = this;
    return { keys, cursor, looked, overflowBuckets };
  }
}
