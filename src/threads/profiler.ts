/** Takes profiles of all threads, from the main thread, for that of the admin port. */
import type { Worker } from 'node:worker_threads';
import type { ProfileKind, TakenProfile, ThreadProfile } from '../admin/profiles/taken-profile.ts';
import { type Clock, monotonicUs, type WallClock, wallUs } from '../lib/clock.ts';
import { systemTimers, type Timers } from '../lib/timers.ts';
import {
  type NamedWorker,
  type ProfiledThread,
  type Profiling,
  profiledThreads,
} from './profiled-threads.ts';
import type { FromAdminThread, ToAdminThread } from './thread-messages.ts';

export interface ProfilerParts {
  readonly threads: readonly ProfiledThread[];
  readonly clock?: Clock;
  readonly wall?: WallClock;
  readonly timers?: Timers;
}

/** A thread says that it begins, or what it has, within milliseconds unless it is stuck. */
export const ANSWER_WITHIN_MS = 5_000;

/** A thread that is looked at. */
interface Begun {
  readonly thread: ProfiledThread;
  readonly profiling: Profiling;
  readonly cpuUs: number;
}

export class Profiler {
  readonly #parts: Required<ProfilerParts>;
  #end: (() => void) | null = null;

  constructor(parts: ProfilerParts) {
    this.#parts = { clock: monotonicUs, wall: wallUs, timers: systemTimers, ...parts };
  }

  /** REQUIRES: none is being taken. */
  async take(kind: ProfileKind, seconds: number): Promise<TakenProfile> {
    const { threads, clock, wall } = this.#parts;
    const over = this.#over(seconds * 1_000);
    const [beganUs, fromUs] = [wall(), clock()];
    // One after the other: where two wait for the same core, each would be stopped for both.
    const begun: Begun[] = [];
    for (const thread of threads) {
      const one = await this.#within(begin(thread, kind), abandon);
      if (one !== null) begun.push(one);
    }
    await over;
    const tookUs = clock() - fromUs;
    const taken: ThreadProfile[] = [];
    for (const each of begun) {
      const one = await this.#within(finish(each));
      if (one !== null) taken.push(one);
    }
    const late = threads.map(({ name }) => name).filter((name) => !taken.some(isOf(name)));
    return { kind, beganUs, tookUs, threads: taken, late };
  }

  /** Takes the one that is being taken to its end. */
  end(): void {
    this.#end?.();
  }

  /** Resolves after so many milliseconds, or once it is to end. */
  #over(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const callOff = this.#parts.timers.after(ms, resolve);
      this.#end = () => {
        callOff();
        resolve();
      };
    });
  }

  /** What comes of it; null where that is nothing, or too late: then `undo` is done with it. */
  #within<T>(answer: Promise<T>, undo: (late: T) => void = () => undefined): Promise<T | null> {
    return new Promise((resolve) => {
      let isLate = false;
      const callOff = this.#parts.timers.after(ANSWER_WITHIN_MS, () => {
        isLate = true;
        resolve(null);
      });
      answer.then(
        (came) => {
          callOff();
          if (isLate) undo(came);
          else resolve(came);
        },
        // A thread that has ended.
        () => {
          callOff();
          resolve(null);
        },
      );
    });
  }
}

/** Has the admin thread's wishes for profiles fulfilled: of all `threads`, and the main one. */
export function answerProfiles(admin: Worker, threads: readonly NamedWorker[]): void {
  const profiler = new Profiler({ threads: profiledThreads(threads) });
  admin.on('message', (message: FromAdminThread) => {
    if (message.kind === 'profile-end') profiler.end();
    if (message.kind !== 'profile') return;
    void profiler.take(message.of, message.seconds).then((taken) => {
      admin.postMessage({ kind: 'profiled', taken } satisfies ToAdminThread);
    });
  });
}

async function begin(thread: ProfiledThread, kind: ProfileKind): Promise<Begun> {
  const profiling = await thread.start(kind);
  // What the start takes is not of the time that is looked at.
  return { thread, profiling, cpuUs: await thread.cpuUs() };
}

/** It began after all. */
function abandon({ profiling }: Begun): void {
  profiling.stop().catch(() => undefined);
}

async function finish({ thread, profiling, cpuUs }: Begun): Promise<ThreadProfile> {
  const used = (await thread.cpuUs()) - cpuUs;
  return { thread: thread.name, json: await profiling.stop(), cpuUs: used };
}

function isOf(name: string): (one: ThreadProfile) => boolean {
  return ({ thread }) => thread === name;
}
