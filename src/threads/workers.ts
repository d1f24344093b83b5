/**
 * The threads of one instance: started together, watched, and closed together.
 *
 * A thread that fails may have held a lock and left what it guards half written. So no thread is
 * ever restarted: `failed` is called, and ends the process.
 */
import type { Socket } from 'node:net';
import { Worker } from 'node:worker_threads';
import type { TokenTerms } from '../access/grant.ts';
import type { Ports, ProtocolName } from '../transport/protocols.ts';
import type { Credentials } from '../transport/tls/credentials.ts';
import { readyForProfiles } from './profiled-threads.ts';
import { answerProfiles } from './profiler.ts';
import { type Channels, channelsOf, dataOf } from './thread-data.ts';
import {
  type ServiceShape,
  THREAD_KINDS,
  type ThreadKind,
  type ThreadKindName,
  type ThreadPlan,
  threadsOf,
} from './thread-kinds.ts';
import type {
  FromAdminThread,
  FromDecider,
  FromExchangerThread,
  FromPoliciesThread,
  FromSnapshotThread,
  NewCredentials,
  NewTokens,
  SharedData,
  ToAdminThread,
  ToDecider,
  ToExchangerThread,
  ToPoliciesThread,
  ToSnapshotThread,
} from './thread-messages.ts';

/** What threads run, where it should not be the usual. */
export type ThreadScripts = { readonly [Kind in ThreadKindName]?: URL };

export interface WorkersParts extends ServiceShape {
  /** What every thread gets. */
  readonly data: SharedData;
  readonly scripts?: ThreadScripts | undefined;
  readonly failed: (thread: string, error: unknown) => void;
}

// Built, the threads are .js; as they stand, .ts.
const EXTENSION = import.meta.url.endsWith('.ts') ? 'ts' : 'js';

/** Files of policies that are wrong at the start. The message says all that is, a line each. */
export class BadPolicies extends Error {
  constructor(faults: readonly string[]) {
    super(faults.join('\n'));
  }
}

/** A snapshot that is required and not whole. */
export class BadSnapshot extends Error {}

/** How long the exchanger may take to give leases back. Then they end by themselves. */
const GIVE_BACK_MS = 500;

export class Workers {
  /** Resolves once every decider can be told to listen or be handed connections. */
  readonly started: Promise<unknown>;
  readonly #parts: WorkersParts;
  readonly #deciders: Worker[];
  readonly #exchanger: Worker | null;
  readonly #policies: Worker | null;
  readonly #snapshot: Worker | null;
  readonly #admin: Worker | null;
  #next = 0;
  #closing = false;

  constructor(parts: WorkersParts) {
    this.#parts = parts;
    const channels = channelsOf(parts);
    const threads = threadsOf(parts).map((plan) => ({
      ...plan,
      worker: this.#start(plan, channels),
    }));
    const ofKind = (kind: ThreadKindName) =>
      threads.filter((thread) => thread.kind === kind).map(({ worker }) => worker);
    this.#deciders = ofKind('decider');
    this.#exchanger = ofKind('exchanger')[0] ?? null;
    this.#policies = ofKind('policies')[0] ?? null;
    this.#snapshot = ofKind('snapshot')[0] ?? null;
    this.#admin = ofKind('admin')[0] ?? null;
    if (this.#admin !== null) answerProfiles(this.#admin, threads);
    this.started = Promise.all([
      ...threads.map(({ kind, worker }) => {
        const { ready } = THREAD_KINDS[kind];
        return ready === null ? null : answer(worker, ready);
      }),
      ...(parts.hasAdmin ? threads.map(({ worker }) => readyForProfiles(worker)) : []),
    ]);
  }

  /** Resolves once every decider listens; rejects with the system's error where one cannot. */
  async listen(ports: Ports): Promise<void> {
    await this.#ask({ kind: 'listen', ports }, 'listening');
  }

  /** Resolves once operators are answered, if they have a port; rejects as listen() does. */
  async listenForOperators(): Promise<void> {
    if (this.#admin === null) return;
    const listening = answer(this.#admin, 'admin-listening');
    this.#admin.postMessage({ kind: 'listen' } satisfies ToAdminThread);
    await listening;
  }

  /** Resolves once probes are answered on a port of their own; rejects as listen() does. */
  async listenForProbes(): Promise<void> {
    const decider = this.#deciders[0] as Worker;
    const listening = answer(decider, 'probes-listening');
    decider.postMessage({ kind: 'listen-for-probes' } satisfies ToDecider);
    await listening;
  }

  /** Hands a connection that nothing has read from to the decider whose turn it is. */
  handOn(protocol: ProtocolName, socket: Socket): void {
    const decider = this.#deciders[this.#next] as Worker;
    this.#next = (this.#next + 1) % this.#deciders.length;
    // Node's sockets are transferable, which its types do not know.
    const transfer = [socket] as unknown as ArrayBuffer[];
    decider.postMessage({ kind: 'connection', protocol, socket } satisfies ToDecider, transfer);
  }

  /** Has the files of policies read again, changed or not. */
  reload(): void {
    this.#policies?.postMessage({ kind: 'reload' } satisfies ToPoliciesThread);
  }

  /** Has new connections over TLS shown these. */
  use(credentials: Credentials): void {
    this.#tellAsked({ kind: 'credentials', credentials });
  }

  /** Puts these tokens in force in all threads that are asked, and no others. */
  replaceTokens(tokens: readonly TokenTerms[]): void {
    this.#tellAsked({ kind: 'tokens', tokens });
  }

  #tellAsked(message: NewCredentials | NewTokens): void {
    for (const decider of this.#deciders) decider.postMessage(message);
    this.#admin?.postMessage(message);
  }

  /** Has snapshots written, now that this is the instance that serves. */
  beginSnapshots(): void {
    this.#snapshot?.postMessage({ kind: 'begin' } satisfies ToSnapshotThread);
  }

  /**
   * Resolves when the last snapshot is written. Whoever asks after that is not answered any more:
   * what he would be told could not be in it.
   */
  async seal(): Promise<void> {
    if (this.#snapshot === null) return;
    const sealed = answer(this.#snapshot, 'sealed');
    this.#snapshot.postMessage({ kind: 'seal' } satisfies ToSnapshotThread);
    await sealed;
  }

  /** Resolves when every decider has given its last answer, and operators have what they await. */
  async close(): Promise<void> {
    this.#closing = true;
    await Promise.all([this.#closeAdmin(), this.#ask({ kind: 'close' }, 'closed')]);
    await this.#drain();
  }

  async #closeAdmin(): Promise<void> {
    if (this.#admin === null) return;
    const closed = answer(this.#admin, 'admin-closed');
    this.#admin.postMessage({ kind: 'close' } satisfies ToAdminThread);
    await closed;
  }

  /** Returns leases to the store, once no decider can spend from them any more. */
  async #drain(): Promise<void> {
    if (this.#exchanger === null) return;
    const drained = answer(this.#exchanger, 'drained');
    this.#exchanger.postMessage({ kind: 'drain' } satisfies ToExchangerThread);
    await Promise.race([drained, new Promise((resolve) => setTimeout(resolve, GIVE_BACK_MS))]);
  }

  async #ask(question: ToDecider, wanted: FromDecider['kind']): Promise<void> {
    const answers = this.#deciders.map((decider) => answer(decider, wanted));
    for (const decider of this.#deciders) decider.postMessage(question);
    await Promise.all(answers);
  }

  #start(plan: ThreadPlan, channels: Channels): Worker {
    const { kind, name } = plan;
    const script = new URL(`./${THREAD_KINDS[kind].script}.${EXTENSION}`, import.meta.url);
    const { mostHeapMb }: ThreadKind = THREAD_KINDS[kind];
    const resourceLimits = mostHeapMb === undefined ? {} : { maxOldGenerationSizeMb: mostHeapMb };
    const worker = new Worker(this.#parts.scripts?.[kind] ?? script, {
      ...dataOf(this.#parts, plan, channels),
      resourceLimits,
    });
    worker.on('error', (error) => this.#parts.failed(name, error));
    worker.on('exit', (code) => {
      if (!this.#closing) this.#parts.failed(name, new Error(`it ended with code ${code}`));
    });
    return worker;
  }
}

type FromThread =
  | FromDecider
  | FromExchangerThread
  | FromPoliciesThread
  | FromSnapshotThread
  | FromAdminThread;

/** Waits for this kind of message. */
function answer(thread: Worker, wanted: FromThread['kind']): Promise<void> {
  return new Promise((resolve, reject) => {
    const listen = (message: FromThread) => {
      if (message.kind === 'bad-policies') reject(new BadPolicies(message.faults));
      if (message.kind === 'bad-snapshot') reject(new BadSnapshot(message.fault));
      if (message.kind === 'cannot-listen') {
        const { code, port } = message;
        reject(Object.assign(new Error(code), { code, port }));
      }
      if (message.kind !== wanted) return;
      thread.off('message', listen);
      resolve();
    };
    thread.on('message', listen);
  });
}
