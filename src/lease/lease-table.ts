/**
 * The table where buckets are in a store that instances share: it holds this instance's leases, in
 * the same shards under the same locks.
 *
 * Used by deciders, who spend, and by the exchanger, who fetches leases and gives them back; one
 * object a thread. Which numbers mean what is said in bucket/lease.
 *
 * Invariants:
 *   1. A lease and its bucket are read and written only under their shard's lock.
 *   2. A key without a slot has no lease and owes nothing.
 */

import type { Decision } from '../bucket/decision.ts';
import { type Bucket, fullBucket } from '../bucket/token-bucket.ts';
import { mostOverdraft } from '../contract/bounds.ts';
import type { StandIn } from '../contract/sources.ts';
import { assert } from '../lib/assert.ts';
import { Key } from '../memory/key.ts';
import { NONE } from '../memory/layout.ts';
import type { Cells } from '../metrics/cells.ts';
import { HashedKeys } from '../table/hashed-keys.ts';
import { type LeaseRecord, LeaseRecords } from '../table/lease-records.ts';
import { Lookup } from '../table/lookup.ts';
import type { Shard } from '../table/shard.ts';
import type { OwnTaking } from '../table/table.ts';
import { type TableMemory, viewTable } from '../table/table-memory.ts';
import { standIn } from './stand-in.ts';
import {
  endShare,
  endWithWindow,
  keepShare,
  type ShareSpent,
  shareOf,
  unspendShare,
} from './terms/kept-share.ts';
import {
  becomesDue,
  collect,
  forgettableFromUs,
  noteMs,
  settle,
  spend,
  tokensToKeep,
} from './terms/lease.ts';
import {
  type Collected,
  NOTHING_COLLECTED,
  type Outlook,
  type Settlement,
} from './terms/lease-exchange.ts';
import { type Lease, noLease, type Outage } from './terms/lease-state.ts';
import { bringUp, decideBy } from './terms/picture.ts';
import {
  decideByShare,
  follow,
  overdraw,
  type Share as ShareState,
  takeOfShare,
} from './terms/share.ts';
import type { SharedLimit } from './terms/shared-limit.ts';

/** One of several questions that are taken all or none. */
export interface SharedTaking extends OwnTaking {
  readonly limit: SharedLimit;
  /** Of a dry run: where it is denied it stops nothing. */
  readonly isDry?: boolean;
  /** Takes the cost in any case. */
  readonly overdraft?: boolean;
}

/** This instance's share of a limit; null where that is less than a token. */
export interface Share {
  readonly limit: SharedLimit | null;
  readonly outage: Outage;
  /** What a decision by it says of its source. */
  readonly source: StandIn;
}

export class LeaseTable {
  /** Whether the lease that the last take() spent from has become low, which is said once. */
  isDue = false;
  /** Whether the last takeShare() was the first that the store must be told of. */
  isNewlyOwed = false;
  readonly #records: LeaseRecords;
  readonly #lookup: Lookup;
  readonly #bucket: Bucket = fullBucket();
  readonly #lease: Lease = noLease();
  readonly #loaded: LeaseRecord = { lease: this.#lease, bucket: this.#bucket };
  // Of the key that #open() was last called for.
  #key: Key;
  #shard: Shard;
  #atUs = 0;

  /** `keys`: where whoever counts keys finds them again. */
  constructor(memory: TableMemory, cells: Cells, keys = new HashedKeys(memory.hashKey)) {
    const view = viewTable(memory);
    assert(view.records instanceof LeaseRecords, 'the table was reserved for leases');
    this.#records = view.records;
    this.#lookup = new Lookup(view, keys, cells);
    this.#key = new Key();
    this.#shard = view.shards[0] as Shard;
  }

  /**
   * Decides by the lease, or by the note that nothing is to be had; null where neither can tell.
   * REQUIRES: as Table.take().
   */
  take({ key, limit, cost }: SharedTaking, nowUs: number): Decision | null {
    const slot = this.#open(key, nowUs);
    const atUs = this.#atUs;
    const source = slot === NONE ? null : spend(this.#lease, this.#bucket, limit, cost, atUs);
    this.isDue = source === 'lease' && becomesDue(this.#lease, atUs);
    this.#close(source === null ? NONE : slot);
    return source === null ? null : told({ limit, cost }, source, this.#loaded, atUs);
  }

  /**
   * What take() would say of each; but tokens are taken only where all are allowed, or denied in a
   * dry run. REQUIRES: as Table.takeAll().
   */
  takeAll(takings: readonly SharedTaking[], nowUs: number): readonly (Decision | null)[] {
    const keys = this.#lookup.keys(takings.map(({ key }) => key));
    const shards = this.#lookup.lockAll(keys);
    const spent = takings.map(({ limit, cost }, i) => {
      const key = keys[i] as Key;
      const shard = this.#lookup.shardOf(key);
      const atUs = shard.advance(nowUs);
      const slot = this.#load(shard, key);
      const before = { ...this.#bucket };
      const source = slot === NONE ? null : spend(this.#lease, this.#bucket, limit, cost, atUs);
      return {
        shard,
        slot,
        source,
        before,
        atUs,
        lease: { ...this.#lease },
        bucket: { ...this.#bucket },
      };
    });
    const isTaken = spent.every(({ source }, i) => {
      return source === 'lease' || (source !== null && takings[i]?.isDry === true);
    });
    if (isTaken) for (const one of spent) this.#store(one.shard, one.slot, one);
    for (const shard of shards) shard.unlock();
    return takings.map((taking, i) => {
      const { source, before, atUs, lease, bucket } = spent[i] as (typeof spent)[number];
      if (source === null) return null;
      bringUp(before, atUs);
      const isLeft = source === 'lease' && !isTaken;
      return told(taking, source, { lease, bucket: isLeft ? before : bucket }, atUs);
    });
  }

  /**
   * Takes the lease into an exchange: all tokens leave it but those that the outlook says, or that
   * are held for somebody. REQUIRES: no other exchange for this key is under way.
   */
  collect(
    key: string,
    limit: SharedLimit,
    outlook: Outlook | null,
    nowUs: number,
    held = 0,
  ): Collected {
    const slot = this.#open(key, nowUs);
    const { demand } = this.#lease;
    const most = tokensToKeep(outlook, demand, limit);
    const collected =
      slot === NONE
        ? {
            ...NOTHING_COLLECTED,
            hasRoom: most === 0 || this.#lookup.hasRoomFor(this.#shard, this.#key),
          }
        : collect(this.#lease, this.#bucket, limit, Math.max(most, held), this.#atUs);
    this.#close(slot);
    return collected;
  }

  /** Puts into the lease what an exchange brought. False where there was no room to hold it. */
  settle(key: string, settlement: Settlement, nowUs: number): boolean {
    const isWorthASlot = settlement.grant > 0 || settlement.deniedCost > 0;
    const slot = this.#open(key, nowUs, isWorthASlot);
    if (slot !== NONE) settle(this.#lease, this.#bucket, settlement);
    this.#close(slot);
    return slot !== NONE || !isWorthASlot;
  }

  /** Decides where the store cannot and there is no lease left. REQUIRES: cost >= 0. */
  takeShare(
    taking: SharedTaking,
    { limit: share, outage, source }: Share,
    nowUs: number,
  ): Decision {
    const { key, limit, cost, overdraft = false } = taking;
    this.isNewlyOwed = false;
    if (share === null || (cost > share.capacity && !overdraft)) {
      return standIn(taking, source, false);
    }
    const found = this.#open(key, nowUs);
    const atUs = this.#atUs;
    endWithWindow(this.#lease, this.#bucket, limit, atUs);
    const state = shareOf(this.#lease, this.#bucket, { outage, limit }, atUs);
    const isFaster = follow(state, share, atUs);
    const allowed = takeOfShare(state, share, cost, atUs);
    const isDrawn = !allowed && overdraft;
    if (isDrawn) overdraw(state, share, { cost, most: mostOverdraft(limit.capacity) }, atUs);
    const takes = (allowed || isDrawn) && cost > 0;
    // A look and a denial make no slot, and change none but by a faster limit.
    const slot = takes && found === NONE ? this.#lookup.add(this.#shard, this.#key) : found;
    const isKept = slot !== NONE && (takes || isFaster);
    if (isKept) this.#keepShare(state, { outage, cost: takes ? cost : 0, nowUs: atUs });
    this.#close(isKept ? slot : NONE);
    if (takes && slot === NONE) return standIn(taking, source, false);
    const asked = { cost: Math.min(cost, share.capacity), nowUs: atUs };
    const decision = decideByShare(state, share, asked, { allowed, source });
    return { ...decision, limit: limit.capacity };
  }

  /** Puts back what takeShare() took; false where the store has been told of it already. */
  putBackShare({ key, cost }: OwnTaking, { outage }: Share, nowUs: number): boolean {
    const slot = this.#open(key, nowUs);
    const isBack = slot !== NONE && unspendShare(this.#lease, this.#bucket, cost, outage);
    this.#close(isBack ? slot : NONE);
    return isBack;
  }

  /** Ends the key's share, unless it owes something. */
  endShare(key: string, nowUs: number): void {
    const slot = this.#open(key, nowUs);
    if (slot !== NONE) endShare(this.#lease, this.#bucket, this.#atUs);
    this.#close(slot);
  }

  #keepShare(state: ShareState, spent: ShareSpent): void {
    const { owed } = this.#lease;
    keepShare(this.#lease, this.#bucket, state, spent);
    this.isNewlyOwed = owed === 0 && spent.cost > 0;
  }

  /** Keys that have a slot now. Needs no lock, and may be a moment old. */
  get size(): number {
    return this.#lookup.size;
  }

  /**
   * Locks the key's shard, and loads its lease and bucket. Returns its slot, or NONE; `adds` makes
   * one if there is room. Every call is followed by #close().
   */
  #open(key: string, nowUs: number, adds = false): number {
    const sought = this.#lookup.key(key);
    const shard = this.#lookup.shardOf(sought);
    this.#lookup.lock(shard);
    this.#key = sought;
    this.#shard = shard;
    this.#atUs = shard.advance(nowUs);
    const found = this.#load(shard, sought);
    return found === NONE && adds ? this.#lookup.add(shard, sought) : found;
  }

  /** Loads the key's lease and bucket, if it has a slot, which is returned. */
  #load(shard: Shard, key: Key): number {
    const slot = this.#lookup.find(shard, key);
    if (slot === NONE) {
      Object.assign(this.#lease, noLease());
      Object.assign(this.#bucket, fullBucket());
    } else {
      this.#records.load(slot, this.#loaded);
    }
    return slot;
  }

  /** Stores what #open() loaded, unless `slot` is NONE, and unlocks. */
  #close(slot: number): void {
    if (slot !== NONE) this.#store(this.#shard, slot, this.#loaded);
    this.#shard.unlock();
  }

  #store(shard: Shard, slot: number, record: LeaseRecord): void {
    this.#records.store(slot, record);
    shard.expectFull(forgettableFromUs(record.lease));
  }
}

/** What to tell whoever asked. `lease` and `bucket` are as spend() left them, or found them. */
function told(
  { limit, cost }: Pick<SharedTaking, 'limit' | 'cost'>,
  source: 'lease' | 'denied-until',
  { lease, bucket }: LeaseRecord,
  nowUs: number,
): Decision {
  const allowed = source === 'lease';
  const decision = decideBy(bucket, limit, { cost, nowUs }, { allowed, source });
  if (allowed) return decision;
  // The picture may have refilled further than the store has: the note is what holds.
  const leastMs = noteMs(lease, bucket, limit, nowUs);
  return { ...decision, retryAfterMs: Math.max(decision.retryAfterMs, leastMs) };
}
