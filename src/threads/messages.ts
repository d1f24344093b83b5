/** What the supervisor and its threads say to each other: one closed union a direction. */
import type { Socket } from 'node:net';
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
