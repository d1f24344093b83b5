/** What the supervisor and its threads say to each other: one closed union a direction. */
import type { Socket } from 'node:net';
import type { MessagePort } from 'node:worker_threads';
import type { TokenTerms } from '../access/grant.ts';
import type { ProfileRequest } from '../admin/profiles/profile-asker.ts';
import type { TakenProfile } from '../admin/profiles/taken-profile.ts';
import type { Config } from '../config.ts';
import type { ValueMemory } from '../envoy/value-counts.ts';
import type { TableMemory } from '../table/table-memory.ts';
import type { Ports, ProtocolName } from '../transport/protocols.ts';
import type { Credentials } from '../transport/tls/credentials.ts';
import type { ThreadPlan } from './thread-kinds.ts';

/** What the deciders share about policies. */
export interface PolicyMemory {
  /** What was decided under each limit. */
  readonly counts: SharedArrayBuffer;
  /** The windows that are open. */
  readonly windows: SharedArrayBuffer;
  /** What was decided by rules of Envoy for single values. */
  readonly values: ValueMemory;
}

/** The memory that all threads share, and what each has to know. */
export interface SharedData {
  readonly config: Config;
  readonly version: string;
  readonly table: TableMemory;
  readonly cells: SharedArrayBuffer;
  readonly state: SharedArrayBuffer;
  readonly policies: PolicyMemory;
  readonly accept: Accept;
  /** What is known of the store that limits are shared through; null where they are not. */
  readonly store: SharedArrayBuffer | null;
  /** Which keys are asked for most; null where nobody counts, as there is no admin port. */
  readonly sketches: SharedArrayBuffer | null;
  /** What ports show over TLS to begin with; null where there is none. */
  readonly credentials: Credentials | null;
  /** The JSON Schema of a file of policies, as it is served. */
  readonly policySchema: string;
  /** Those in force at the start; null where nobody needs one. */
  readonly tokens: readonly TokenTerms[] | null;
}

/** What a thread of each kind is given, through workerData. */
export interface ThreadData extends SharedData {
  /** The row of the cells that this thread writes. */
  readonly row: number;
}

export interface DeciderData extends ThreadData {
  /** To the exchanger; null where limits are not shared. */
  readonly exchanger: MessagePort | null;
  /** To the thread of the policies; null where there are none. */
  readonly policyPieces: MessagePort | null;
}

export interface ExchangerData extends ThreadData {
  /** To the deciders, and to the thread of the keys where there is one. */
  readonly deciders: readonly MessagePort[];
}

export interface PoliciesData extends ThreadData {
  /** To the deciders, and to the thread of the keys where there is one. */
  readonly deciders: readonly MessagePort[];
}

export interface AdminData extends ThreadData {
  /** All of this service. */
  readonly threads: readonly ThreadPlan[];
  /** To the thread of the keys. */
  readonly keys: MessagePort;
}

export interface KeysData extends ThreadData {
  /** To the thread of the admin port. */
  readonly asker: MessagePort;
  /** As a decider's. */
  readonly exchanger: MessagePort | null;
  readonly policyPieces: MessagePort | null;
}

/**
 * How connections reach deciders: each listens on the same port, or the supervisor listens and
 * hands them on, or there is one decider and it listens alone.
 */
export type Accept = 'each' | 'handed-on' | 'alone';

/** What connections over TLS that begin from now on are shown. */
export interface NewCredentials {
  readonly kind: 'credentials';
  readonly credentials: Credentials;
}

/** What is in force from now on: all of it. */
export interface NewTokens {
  readonly kind: 'tokens';
  readonly tokens: readonly TokenTerms[];
}

export type ToDecider =
  | { readonly kind: 'listen'; readonly ports: Ports }
  /** On the port of probes, of one decider alone. */
  | { readonly kind: 'listen-for-probes' }
  | { readonly kind: 'connection'; readonly protocol: ProtocolName; readonly socket: Socket }
  | NewCredentials
  | NewTokens
  | { readonly kind: 'close' };

export type FromDecider =
  | { readonly kind: 'started' }
  | { readonly kind: 'listening' }
  | { readonly kind: 'probes-listening' }
  | { readonly kind: 'cannot-listen'; readonly code: string; readonly port: number }
  | { readonly kind: 'closed' };

export type ToExchangerThread = { readonly kind: 'drain' };

export type FromExchangerThread =
  /** The store has been tried: it was there, or it was not. */
  | { readonly kind: 'tried' }
  /** All leases that could be returned to the store were. */
  | { readonly kind: 'drained' };

export type ToPoliciesThread = { readonly kind: 'reload' };

export type FromPoliciesThread =
  /** All deciders have the policies. */
  | { readonly kind: 'loaded' }
  /** What is wrong with the files, at the start. */
  | { readonly kind: 'bad-policies'; readonly faults: readonly string[] };

export type ToSnapshotThread =
  /** The service serves: from now on it may write. */
  | { readonly kind: 'begin' }
  /** Nobody asks any more: write the last one. */
  | { readonly kind: 'seal' };

export type FromSnapshotThread =
  /** The table has all that the last snapshot had, as far as it was whole. */
  | { readonly kind: 'restored' }
  /** Why the service must not start. */
  | { readonly kind: 'bad-snapshot'; readonly fault: string }
  /** The last one is written, or could not be. */
  | { readonly kind: 'sealed' };

export type ToAdminThread =
  | { readonly kind: 'listen' }
  | NewCredentials
  | NewTokens
  /** The profile that it has asked for. */
  | { readonly kind: 'profiled'; readonly taken: TakenProfile }
  /** The service ends: so does what goes on until somebody ends it. */
  | { readonly kind: 'close' };

export type FromAdminThread =
  | ProfileRequest
  | { readonly kind: 'admin-listening' }
  /** What went on has ended. */
  | { readonly kind: 'admin-closed' }
  | { readonly kind: 'cannot-listen'; readonly code: string; readonly port: number };
