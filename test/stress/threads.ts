/** The worker threads of the stress: what they share, how they are started and how they end. */
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { Limit } from '../../src/bucket/limit.ts';
import type { TableMemory } from '../../src/table/table-memory.ts';
import { viewTable } from '../../src/table/table-memory.ts';

export interface StressMemory {
  readonly table: TableMemory;
  readonly cells: SharedArrayBuffer;
  readonly signals: SharedArrayBuffer;
  /** One for each decider. */
  readonly logs: readonly SharedArrayBuffer[];
  /** The limit of the one key that drainers take from. */
  readonly drained: Limit;
}

export type ThreadData =
  | {
      readonly role: 'decider' | 'drainer' | 'rebalancer';
      readonly row: number;
      readonly memory: StressMemory;
    }
  | { readonly role: 'walker'; readonly memory: StressMemory };

const STARTED = 0;
const STOPPING = 1;
const WALKS = 2;

/** What the threads tell each other. Atomics only. */
export class Signals {
  readonly #words: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
  }

  static reserve(): SharedArrayBuffer {
    return new SharedArrayBuffer(16);
  }

  start(): void {
    Atomics.store(this.#words, STARTED, 1);
    Atomics.notify(this.#words, STARTED);
  }

  awaitStart(): void {
    Atomics.wait(this.#words, STARTED, 0);
  }

  stop(): void {
    Atomics.store(this.#words, STOPPING, 1);
    Atomics.notify(this.#words, STOPPING);
  }

  get isStopping(): boolean {
    return Atomics.load(this.#words, STOPPING) === 1;
  }

  /** Sleeps, but not while the others stop. */
  nap(ms: number): void {
    Atomics.wait(this.#words, STOPPING, 0, ms);
  }

  countWalk(): void {
    Atomics.add(this.#words, WALKS, 1);
  }

  get walks(): number {
    return Atomics.load(this.#words, WALKS);
  }
}

const END_WITHIN_MS = 20_000;

/** Threads that run until stop(), and fail together. */
export class Threads {
  readonly #memory: StressMemory;
  readonly #signals: Signals;
  readonly #workers: readonly Worker[];
  readonly #ended: readonly Promise<number>[];
  readonly #anyEnded: Promise<number>;

  constructor(memory: StressMemory, threads: readonly ThreadData[]) {
    const script = new URL('./thread.ts', import.meta.url);
    this.#memory = memory;
    this.#signals = new Signals(memory.signals);
    this.#workers = threads.map((workerData) => new Worker(script, { workerData }));
    this.#ended = this.#workers.map(async (worker) => {
      // once() rejects if the worker has an error first.
      const [code] = await once(worker, 'exit');
      return code as number;
    });
    this.#anyEnded = Promise.race(this.#ended);
    this.#anyEnded.catch(() => undefined);
  }

  async start(): Promise<void> {
    await Promise.race([
      Promise.all(this.#workers.map((worker) => once(worker, 'online'))),
      this.#anyEnded,
    ]);
    this.#signals.start();
  }

  /** Waits until `fact` holds or the time is up. Throws what a thread threw meanwhile. */
  async until(fact: () => boolean, withinMs: number): Promise<void> {
    const endMs = performance.now() + withinMs;
    while (!fact() && performance.now() < endMs) {
      const ended = await Promise.race([sleep(20), this.#anyEnded]);
      if (ended !== undefined) throw new Error('A thread of the stress ended before its time');
    }
  }

  /** Tells all to stop. Returns their exit codes. */
  async stop(): Promise<number[]> {
    this.#signals.stop();
    viewTable(this.#memory.table).requests.ring();
    return await this.ends();
  }

  /** The exit codes of all. */
  async ends(): Promise<number[]> {
    const codes = await Promise.race([Promise.all(this.#ended), sleep(END_WITHIN_MS)]);
    if (codes === undefined) throw new Error('A thread of the stress does not end');
    return codes;
  }

  /** Ends whatever still runs, also a thread that waits for a lock nobody will release. */
  async kill(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
  }
}
