/**
 * What src/lease/store/exchange.lua does, in TypeScript: the model that the script is held against,
 * and a store for simulations. It can forget as Redis does when a key expires, when its memory is
 * lost, and when a replica takes over that had not seen everything.
 */
import type { Limit } from '../../../src/bucket/limit.ts';
import type { Exchange, Outcome } from '../../../src/lease/terms/exchange.ts';
import type { Entry } from './exchange-entry.ts';
import { Turn } from './exchange-turn.ts';

/** All that a model holds at one time. */
export type Snapshot = ReadonlyMap<string, Entry>;

const TOP = Number.MAX_SAFE_INTEGER;
/** Of what stands in a hash: the version that the script writes and reads. */
const FORMAT = 1;

export class ExchangeModel {
  #entries = new Map<string, Entry>();

  /** REQUIRES: `nowUs` is whole microseconds; it may go back. */
  exchange(exchange: Exchange, instance: string, nowUs: number): Outcome {
    const { key, limit, seq } = exchange;
    const present = this.#entries.get(key);
    const own = present?.leases.get(instance);
    if (own !== undefined && seq <= own.seq) return 'stale';
    const entry = present ?? newEntry(limit, nowUs);
    const turn = new Turn(entry, exchange, own, nowUs);
    const reply = turn.take(present !== undefined);
    entry.leases.delete(instance);
    if (!turn.isLook) entry.leases.set(instance, turn.lease);
    if (present === undefined && turn.isLook) return reply;
    entry.expiresMs = expiresMs(entry, nowUs);
    this.#entries.set(key, entry);
    return reply;
  }

  /** The hash as the script would have left it; null where there is none. */
  hash(key: string): Readonly<Record<string, string>> | null {
    const entry = this.#entries.get(key);
    if (entry === undefined) return null;
    const { used, atUs, count, period, tickUs } = entry.bucket;
    const { version, seenUs } = entry;
    const hash: Record<string, string> = {
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

function newEntry(limit: Limit, nowUs: number): Entry {
  const { count, period, tickUs } = limit;
  const bucket = { used: 0, atUs: nowUs, count, period, tickUs };
  return { bucket, leases: new Map(), version: nowUs, seenUs: nowUs, expiresMs: null };
}

/** When it is full again and no lease is live, if nobody asks before. */
function expiresMs({ bucket, leases }: Entry, nowUs: number): number | null {
  let held = 0;
  let lastUs = nowUs;
  for (const lease of leases.values()) {
    held += lease.held;
    lastUs = Math.max(lastUs, lease.expiryUs);
  }
  const { used, count, period, tickUs } = bucket;
  // What is used comes back while leases last, what is leased only after the last of them.
  const usedUs = Math.ceil(used / count) * tickUs;
  const heldUs = Math.ceil(Math.min(TOP, held * period) / count) * tickUs;
  const fullUs = Math.max(lastUs, nowUs + usedUs) + heldUs;
  return fullUs <= TOP ? Math.ceil(fullUs / 1_000) : null;
}
