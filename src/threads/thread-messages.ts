/** What the supervisor and its threads say to each other: one closed union a direction. */
import type { Socket } from 'node:net';
import type { MessagePort } from 'node:worker_threads';
import type { Config } from '../config.ts';
import type { TableMemory } from '../table/table-memory.ts';

/** The memory that all threads share, and what each has to know. Goes through workerData. */
export interface ThreadData {
  readonly config: Config;
  readonly version: string;
  readonly table: TableMemory;
  readonly cells: SharedArrayBuffer;
  /** The row of the cells that this thread writes. */
  readonly row: number;
  readonly state: SharedArrayBuffer;
  readonly accept: Accept;
  /** What is known of the store that limits are shared through; null where they are not. */
  readonly store: SharedArrayBuffer | null;
  /**
   * Where limits are shared: a decider's port to the exchanger, or all of those at the exchanger's
   * end, in the order of the deciders.
   */
  readonly ports: readonly MessagePort[];
}

/**
 * How connections reach deciders: each listens on the same port, or the supervisor listens and
 * hands them on, or there is one decider and it listens alone.
 */
export type Accept = 'each' | 'handed-on' | 'alone';

/** The port of each protocol that is served; the first is always there. */
export type Ports = { readonly http: number; readonly resp?: number };
export type ProtocolName = keyof Ports;

export type ToDecider =
  | { readonly kind: 'listen'; readonly ports: Ports }
  | { readonly kind: 'connection'; readonly protocol: ProtocolName; readonly socket: Socket }
  | { readonly kind: 'close' };

export type FromDecider =
  | { readonly kind: 'started' }
  | { readonly kind: 'listening' }
  | { readonly kind: 'cannot-listen'; readonly code: string; readonly port: number }
  | { readonly kind: 'closed' };

export type ToExchangerThread = { readonly kind: 'drain' };

export type FromExchangerThread =
  /** The store has been tried: it was there, or it was not. */
  | { readonly kind: 'tried' }
  /** Everything that could be given back was. */
  | { readonly kind: 'drained' };
