/**
 * What the scripts of src/lease/store/ do with exchanges, in TypeScript: the model that they are
 * held against, and a store for simulations. It can forget as Redis does when a key expires, when
 * its memory is lost, and when a replica takes over that had not seen everything.
 */
import { isWindow, leaveWindow } from '../../../src/bucket/window.ts';
import type { Exchange, Outcome } from '../../../src/lease/terms/exchange.ts';
import type { SharedLimit } from '../../../src/lease/terms/shared-limit.ts';
import type { Entry } from './exchange-entry.ts';
import { Turn } from './exchange-turn.ts';
import { endAt, WindowTurn } from './window-turn.ts';

/** All that a model holds at one time. */
export type Snapshot = ReadonlyMap<string, Entry>;

const TOP = Number.MAX_SAFE_INTEGER;
/** Of what stands in a hash: the forms that the scripts write and read. */
const FORMAT = 1;
const WINDOW_FORMAT = 2;
/** A window that is over is remembered for as long as it can be, and for no longer than this. */
const MOST_KEPT_US = 3_600_000_000;

export class ExchangeModel {
  #entries = new Map<string, Entry>();

  /** REQUIRES: `nowUs` is whole microseconds; it may go back. */
  exchange(exchange: Exchange, instance: string, nowUs: number): Outcome {
    const { key, limit, seq, windows } = exchange;
    if (windows !== undefined && endAt(windows, nowUs) === null) return { storeUs: nowUs };
    const present = this.#entries.get(key);
    const own = present?.leases.get(instance);
    if (own !== undefined && seq <= own.seq) return 'stale';
    const entry = present ?? newEntry(limit, nowUs);
    const existed = present !== undefined;
    if (windows === undefined) leave(entry, limit, nowUs);
    const turn =
      windows === undefined
        ? new Turn(entry, exchange, own, nowUs)
        : new WindowTurn(entry, exchange, { instance, nowUs, existed });
    const reply = turn.take(existed);
    entry.leases.delete(instance);
    if (!turn.isLook) entry.leases.set(instance, turn.lease);
    if (present === undefined && turn.isLook) return reply;
    entry.expiresMs = expiresMs(entry, nowUs, windows?.longestUs ?? 0);
    this.#entries.set(key, entry);
    return reply;
  }

  /** The hash as the script would have left it; null where there is none. */
  hash(key: string): Readonly<Record<string, string>> | null {
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    const { used, atUs, count, period, tickUs } = entry.bucket;
    const { version, seenUs } = entry;
    const hash: Record<string, string> = isWindow(entry.bucket)
      ? {
          bucket: [WINDOW_FORMAT, used, atUs, version, seenUs].join(':'),
          limit: String(period),
        }
      : {
          bucket: [FORMAT, used, seenUs - atUs, version, seenUs].join(':'),
          limit: [count, period, tickUs].join(':'),
        };
    for (const [instance, { seq, held, expiryUs, grant, booked }] of entry.leases) {
      hash[`i:${instance}`] = [seq, held, expiryUs, grant, booked].join(':');
    }
    return hash;
  }

  /** When the key expires; null for never, undefined where there is none. */
  expiresMs(key: string): number | null | undefined {
    return this.#entries.get(key)?.expiresMs;
  }

  /** Forgets the keys whose time has come. */
  expire(nowUs: number): void {
    for (const [key, { expiresMs }] of this.#entries) {
      if (expiresMs !== null && expiresMs * 1_000 <= nowUs) this.#entries.delete(key);
    }
  }

  wipe(): void {
    this.#entries.clear();
  }

  snapshot(): Snapshot {
    return structuredClone(this.#entries);
  }

  /** Goes on from what it was: all that was done since is forgotten. */
  rollBack(snapshot: Snapshot): void {
    this.#entries = new Map(structuredClone(snapshot));
  }
}

function newEntry({ count, period, tickUs, window }: SharedLimit, nowUs: number): Entry {
  const bucket =
    window === undefined
      ? { used: 0, atUs: nowUs, count, period, tickUs }
      : { used: 0, atUs: 0, count: 0, period: window.kind, tickUs: 0 };
  return { bucket, leases: new Map(), version: nowUs, seenUs: nowUs, expiresMs: null };
}

/** A window is a token bucket from now on: a token of its leases is as many units. */
function leave({ bucket, leases, seenUs }: Entry, limit: SharedLimit, nowUs: number): void {
  if (!isWindow(bucket)) return;
  leaveWindow(bucket, limit, nowUs);
  // Where the clock went back it takes this with it.
  bucket.atUs = Math.max(nowUs, seenUs);
  for (const lease of leases.values()) {
    lease.booked = Math.max(-TOP, Math.min(TOP, lease.booked * limit.period));
  }
}

/** When it is full again and no lease is live, if nobody asks before. */
function expiresMs({ bucket, leases }: Entry, nowUs: number, longestUs: number): number | null {
  let held = 0;
  let lastUs = nowUs;
  for (const lease of leases.values()) {
    held += lease.held;
    lastUs = Math.max(lastUs, lease.expiryUs);
  }
  if (isWindow(bucket)) {
    const overUs = Math.max(lastUs, bucket.atUs);
    return Math.ceil((overUs + Math.min(longestUs, MOST_KEPT_US)) / 1_000);
  }
  const { used, count, period, tickUs } = bucket;
  // What is used comes back while leases last, what is leased only after the last of them.
  const usedUs = Math.ceil(used / count) * tickUs;
  const heldUs = Math.ceil(Math.min(TOP, held * period) / count) * tickUs;
  const fullUs = Math.max(lastUs, nowUs + usedUs) + heldUs;
  return fullUs <= TOP ? Math.ceil(fullUs / 1_000) : null;
}
