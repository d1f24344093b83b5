/**
 * Counters in shared memory: a row of doubles a thread, added up when somebody scrapes.
 *
 * Used by every thread. A thread writes its own row only, so a count costs one plain addition; a
 * reader may see a row a moment late, never torn. Doubles, because 32 bits wrap within hours.
 */
import { BAD_REQUEST_REASONS, type BadRequestReason } from '../contract/reasons.ts';
import { SOURCES } from '../contract/sources.ts';

/** By their places: HTTP, RESP and GRPC. */
export const TRANSPORTS = ['http', 'resp', 'grpc'] as const;
export type TransportName = (typeof TRANSPORTS)[number];
export const HTTP = 0;
export const RESP = 1;
export const GRPC = 2;

/** Where the admin token may be shown: TRANSPORTS, in their places, and the port of operators. */
export const TOKEN_PLACES = [...TRANSPORTS, 'admin'] as const;
export const ADMIN = 3;

/** Why somebody was not let in, or not let do something. */
export const REFUSALS = ['no_token', 'wrong_token', 'forbidden'] as const;
export type Refusal = (typeof REFUSALS)[number];

/** What the port of operators answers with. */
export const STATUS_CLASSES = ['2xx', '4xx', '5xx'] as const;
/** What operators do to buckets. */
export const ACTS_OF_OPERATORS = ['reset', 'refund', 'used'] as const;

/** Why a connection of HTTP/2 was told to go. */
export const GOAWAY_REASONS = [
  'shutdown',
  'age',
  'idle',
  'crowd',
  'timeout',
  'unread',
  'flood',
  'protocol_error',
  'flow_control_error',
  'frame_size_error',
  'stream_closed',
  'compression_error',
] as const;
export type GoAwayReason = (typeof GOAWAY_REASONS)[number];

/** The bound that a call was over. */
export const CALL_BOUNDS = ['message', 'headers', 'streams', 'open_calls'] as const;
export type CallBound = (typeof CALL_BOUNDS)[number];

/** Why a connection over TLS came to nothing. */
export const HANDSHAKE_FAULTS = [
  'plain_text',
  'timeout',
  'gone',
  'alpn',
  'client_certificate',
  'not_trusted',
  'unsupported',
  'malformed',
] as const;
export type HandshakeFault = (typeof HANDSHAKE_FAULTS)[number];

/** What kinds of garbage are collected: young objects, all, and a step of the latter. */
export const GARBAGE_KINDS = ['minor', 'major', 'other'] as const;
export type GarbageKind = (typeof GARBAGE_KINDS)[number];

/** Upper bounds in seconds; a last bucket without one follows. */
export const DURATION_BOUNDS = [
  0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1,
] as const;
export const HOLD_BOUNDS = [
  0.00001, 0.000025, 0.00005, 0.0001, 0.0002, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.1,
] as const;

/** Where a histogram's sum and buckets lie in a row. */
export interface HistogramCells {
  readonly bounds: readonly number[];
  readonly sum: number;
  /** bounds.length + 1 cells, each counting its own bucket only. */
  readonly buckets: number;
}

let cellCount = 0;
function cells(count: number): number {
  const first = cellCount;
  cellCount += count;
  return first;
}
function histogram(bounds: readonly number[]): HistogramCells {
  return { bounds, sum: cells(1), buckets: cells(bounds.length + 1) };
}

/** A cell for each transport, in the order of TRANSPORTS. */
export const ALLOWED: number = cells(TRANSPORTS.length);
export const DENIED: number = cells(TRANSPORTS.length);
export const DURATION: HistogramCells = histogram(DURATION_BOUNDS);
export const LOCK_CONTENDED: number = cells(1);
export const TABLE_FULL: number = cells(1);
/** A cell for each reason, in the order of BAD_REQUEST_REASONS. */
export const BAD_REQUESTS: number = cells(BAD_REQUEST_REASONS.length);
/** A cell for each place, in the order of TOKEN_PLACES. */
export const AUTH_FAILURES: number = cells(TOKEN_PLACES.length);
/** A cell for each of REFUSALS, for each place in the order of TOKEN_PLACES. */
export const ACCESS_REFUSED: number = cells(TOKEN_PLACES.length * REFUSALS.length);
/** A cell for each class, in the order of STATUS_CLASSES. */
export const ADMIN_REQUESTS: number = cells(STATUS_CLASSES.length);
/** What operators did to buckets: a cell for each of ACTS_OF_OPERATORS. */
export const ADMIN_ACTS: number = cells(ACTS_OF_OPERATORS.length);
/** For how long a shard was locked to look at its keys. */
export const KEYS_HOLD: HistogramCells = histogram(HOLD_BOUNDS);
/** Clients closed for what they held. */
export const CLIENTS_CLOSED: number = cells(1);
/** What clients make this thread hold: set, not added to. */
export const CLIENT_BYTES: number = cells(1);
/** Connections open within MAX_CONNECTIONS, and those sent away: a cell for each transport. */
export const CONNECTIONS: number = cells(TRANSPORTS.length);
export const CONNECTIONS_REFUSED: number = cells(TRANSPORTS.length);
/** Of HTTP/2: requests that are open, and those taken back by their client, or ended here. */
export const STREAMS: number = cells(1);
export const RESETS_BY_CLIENT: number = cells(1);
export const RESETS_BY_US: number = cells(1);
/** A cell for each reason, in the order of GOAWAY_REASONS, and for each of CALL_BOUNDS. */
export const GOAWAYS: number = cells(GOAWAY_REASONS.length);
export const CALLS_OVER_BOUND: number = cells(CALL_BOUNDS.length);
export const EVICTIONS: number = cells(1);
export const SWAPS: number = cells(1);
export const SWAP_HOLD: HistogramCells = histogram(HOLD_BOUNDS);
/** Means over the last second with searches in it: written by the rebalancer alone. */
export const SEARCH_DEPTH: number = cells(1);
export const SEARCH_DEPTH_IDEAL: number = cells(1);
/** A cell for each source, in the order of SOURCES. */
export const DECISIONS_BY_SOURCE: number = cells(SOURCES.length);
export const FALLBACK_ALLOWED: number = cells(1);
export const FALLBACK_DENIED: number = cells(1);
/** From a first byte sent to the store to its answer. Its count is that of exchanges answered. */
export const EXCHANGE_DURATION: HistogramCells = histogram(DURATION_BOUNDS);
export const EXCHANGES_LOST: number = cells(1);
/** Tokens that were leased or taken, and that nobody can spend any more. */
export const FORFEITED: number = cells(1);
export const REGRESSIONS: number = cells(1);
/** Exchanges that a newer version's hash was in the way of. */
export const NEWER_HASHES: number = cells(1);
/** What follows is set, not added to, by the exchanger alone. */
export const LEASES: number = cells(1);
export const BREAKER_STATE: number = cells(1);
export const INSTANCES: number = cells(1);
/** From 0 to 1. */
export const STORE_USABLE: number = cells(1);
/** What follows is written by the thread of the policies alone. 1 or 0. */
export const POLICIES_VALID: number = cells(1);
/** Seconds since 1970. */
export const POLICIES_LOADED_S: number = cells(1);
export const POLICIES_RULES: number = cells(1);
export const RELOADS_APPLIED: number = cells(1);
export const RELOADS_REFUSED: number = cells(1);

/** Written by the main thread alone: tokens in force, and whether their file is good. */
export const TOKENS: number = cells(1);
export const TOKENS_VALID: number = cells(1);
/** Seconds since 1970. */
export const TOKENS_LOADED_S: number = cells(1);
export const TOKENS_APPLIED: number = cells(1);
export const TOKENS_REFUSED: number = cells(1);

/** Descriptors that no rule of Envoy's is for, and requests of domains that are not known. */
export const ENVOY_UNMATCHED: number = cells(1);
export const ENVOY_UNKNOWN_DOMAIN: number = cells(1);
/** Requests of Envoy denied unread: too many descriptors. */
export const ENVOY_BEYOND_BOUNDS: number = cells(1);
/** Answers to Envoy that came after the deadline of its call. */
export const ENVOY_LATE: number = cells(1);

/** What follows is written by the thread of the snapshots alone. By the monotonic clock. */
export const SNAPSHOT_TAKEN_US: number = cells(1);
export const SNAPSHOTS_WRITTEN: number = cells(1);
export const SNAPSHOTS_FAILED: number = cells(1);
/** Of the last one that was written. */
export const SNAPSHOT_KEYS: number = cells(1);
export const SNAPSHOT_BYTES: number = cells(1);
export const SNAPSHOT_DURATION_S: number = cells(1);
/** For how long a shard was locked to be copied. */
export const SNAPSHOT_HOLD: HistogramCells = histogram(HOLD_BOUNDS);
/** Of the one that was read at the start. */
export const RESTORED_KEYS: number = cells(1);
export const CROWDED_OUT_KEYS: number = cells(1);

/** A cell for each fault, in the order of HANDSHAKE_FAULTS. */
export const HANDSHAKES_FAILED: number = cells(HANDSHAKE_FAULTS.length);
/** What follows is written by the main thread alone. Seconds since 1970. */
export const CERTIFICATE_ENDS_S: number = cells(1);
/** 1 or 0. */
export const TLS_FILES_VALID: number = cells(1);
export const TLS_RELOADS_APPLIED: number = cells(1);
export const TLS_RELOADS_REFUSED: number = cells(1);

/**
 * What each thread says of itself where there is an admin port. Of its turns, as of the last few
 * seconds: how late timers were, and for which part of the time it was busy.
 */
export const TURNS_LATE_P50_S: number = cells(1);
export const TURNS_LATE_P99_S: number = cells(1);
export const TURNS_LATE_MAX_S: number = cells(1);
export const TURNS_BUSY: number = cells(1);
/** A cell for each kind, in the order of GARBAGE_KINDS. */
export const GARBAGE_COLLECTIONS: number = cells(GARBAGE_KINDS.length);
export const GARBAGE_S: number = cells(GARBAGE_KINDS.length);
export const GARBAGE_LONGEST_S: number = cells(GARBAGE_KINDS.length);
export const HEAP_USED: number = cells(1);
export const CPU_S: number = cells(1);

// Whole pairs of cache lines, 128 bytes, which are fetched together: no two threads write to one.
const DOUBLES_A_PAIR = 16;
const ROW_CELLS = Math.ceil(cellCount / DOUBLES_A_PAIR) * DOUBLES_A_PAIR;

export class Cells {
  readonly #row: Float64Array;

  /** REQUIRES: no other thread writes to this row. */
  constructor(memory: SharedArrayBuffer, row: number) {
    this.#row = rowOfCells(memory, row);
  }

  static reserve(rows: number): SharedArrayBuffer {
    return new SharedArrayBuffer(rows * ROW_CELLS * 8);
  }

  add(cell: number, amount: number): void {
    this.#row[cell] = (this.#row[cell] as number) + amount;
  }

  set(cell: number, value: number): void {
    this.#row[cell] = value;
  }

  /** Counts a decision. */
  decided(transport: typeof HTTP | typeof RESP | typeof GRPC, allowed: boolean): void {
    this.add((allowed ? ALLOWED : DENIED) + transport, 1);
  }

  /** Counts a connection that is told to go. */
  goAway(reason: GoAwayReason): void {
    this.add(GOAWAYS + GOAWAY_REASONS.indexOf(reason), 1);
  }

  /** Counts a call that is over a bound. */
  overBound(bound: CallBound): void {
    this.add(CALLS_OVER_BOUND + CALL_BOUNDS.indexOf(bound), 1);
  }

  /** Counts a connection over TLS that came to nothing. */
  handshakeFailed(fault: HandshakeFault): void {
    this.add(HANDSHAKES_FAILED + HANDSHAKE_FAULTS.indexOf(fault), 1);
  }

  badRequest(reason: BadRequestReason): void {
    this.add(BAD_REQUESTS + BAD_REQUEST_REASONS.indexOf(reason), 1);
  }

  /** Counts who was not let in, or not let do something. `place`: its index in TOKEN_PLACES. */
  refuseAccess(place: number, why: Refusal): void {
    this.add(ACCESS_REFUSED + place * REFUSALS.length + REFUSALS.indexOf(why), 1);
  }

  observe(into: HistogramCells, value: number): void {
    const { bounds } = into;
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] as number)) bucket++;
    this.add(into.buckets + bucket, 1);
    this.add(into.sum, value);
  }
}

/** What one thread has counted, as it is now: a view of its row. */
export function rowOfCells(memory: SharedArrayBuffer, row: number): Float64Array {
  return new Float64Array(memory, row * ROW_CELLS * 8, ROW_CELLS);
}

/** Each cell added up over all rows. */
export function sumCells(memory: SharedArrayBuffer): Float64Array {
  const all = new Float64Array(memory);
  const sums = new Float64Array(ROW_CELLS);
  for (let i = 0; i < all.length; i++) {
    const cell = i % ROW_CELLS;
    sums[cell] = (sums[cell] as number) + (all[i] as number);
  }
  return sums;
}
