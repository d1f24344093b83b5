/**
 * The threads of this process, as V8 looks at them.
 *
 * The main thread starts and stops it: the others run nothing of ours for it, so that one that
 * sleeps in Atomics.wait is looked at like any other.
 */
import * as v8 from 'node:v8';
import type { Worker } from 'node:worker_threads';
import {
  type ProfileKind,
  SAMPLE_EVERY_BYTES,
  SAMPLE_EVERY_MS,
} from '../admin/profiles/taken-profile.ts';
import { threadCpuUs, usedUs } from '../lib/cpu-time.ts';

/** A thread that can be looked at. */
export interface ProfiledThread {
  readonly name: string;
  start(kind: ProfileKind): Promise<Profiling>;
  /** CPU time since it began, user and system. */
  cpuUs(): Promise<number>;
}

/** That it is looked at, until it is stopped. */
export interface Profiling {
  /** What V8 writes. */
  stop(): Promise<string>;
}

export interface NamedWorker {
  readonly name: string;
  readonly worker: Worker;
}

/** The thread that this runs in, and others. */
export function profiledThreads(workers: readonly NamedWorker[]): readonly ProfiledThread[] {
  return [
    {
      name: 'the main thread',
      start: async (kind) => {
        const handle =
          kind === 'profile'
            ? v8.startCpuProfile(CPU_OPTIONS)
            : v8.startHeapProfile(heapOptions(kind));
        return { stop: async () => handle.stop() };
      },
      cpuUs: async () => threadCpuUs(),
    },
    ...workers.map(({ name, worker }) => ({
      name,
      start: (kind: ProfileKind) =>
        kind === 'profile'
          ? worker.startCpuProfile(CPU_OPTIONS)
          : worker.startHeapProfile(heapOptions(kind)),
      cpuUs: async () => usedUs(await worker.cpuUsage()),
    })),
  ];
}

/**
 * Resolves once a CPU profile of this thread can begin without stopping it for long.
 *
 * Before V8 takes a first one, it goes through all functions that a thread has, and throws away
 * machine code that was made for not being looked at: 30 ms and more, in which a decider answers
 * nobody. So a thread has one from its start on, that looks at it so rarely that it costs nothing.
 */
export async function readyForProfiles(worker: Worker): Promise<void> {
  if (!('startCpuProfile' in worker)) return;
  await new Promise((resolve) => worker.once('online', resolve));
  STANDING.set(worker, await worker.startCpuProfile(RARELY));
}

/** They go on for as long as their threads. */
const STANDING = new WeakMap<Worker, unknown>();

/** Only what was called from where, and how often: when is not kept. */
const CPU_OPTIONS: v8.CPUProfileOptions = { sampleInterval: SAMPLE_EVERY_MS, maxBufferSize: 1 };
const RARELY: v8.CPUProfileOptions = { sampleInterval: 1_000_000, maxBufferSize: 1 };

function heapOptions(kind: 'heap' | 'allocs'): v8.HeapProfileOptions {
  const isAll = kind === 'allocs';
  return {
    sampleInterval: SAMPLE_EVERY_BYTES,
    stackDepth: 64,
    includeObjectsCollectedByMajorGC: isAll,
    includeObjectsCollectedByMinorGC: isAll,
  };
}
