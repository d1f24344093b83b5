/** A profile as it is asked for, and as the threads give it. */

/** As the files of `net/http/pprof` in Go are called. */
export const PROFILE_KINDS = ['profile', 'heap', 'allocs'] as const;

/**
 * `profile`: where CPU time goes; `heap`: what was allocated and is still in use; `allocs`: all
 * that was allocated.
 */
export type ProfileKind = (typeof PROFILE_KINDS)[number];

/** What one thread gives. */
export interface ThreadProfile {
  readonly thread: string;
  /** As V8 writes it: what a .cpuprofile or a .heapprofile has. */
  readonly json: string;
  /** CPU time that it used meanwhile, user and system. */
  readonly cpuUs: number;
}

/** What all threads give. */
export interface TakenProfile {
  readonly kind: ProfileKind;
  /** When it began, by the clock on the wall. */
  readonly beganUs: number;
  readonly tookUs: number;
  readonly threads: readonly ThreadProfile[];
  /** Threads that did not answer in time: nothing is known of them. */
  readonly late: readonly string[];
}

/** How often it is looked at what a thread does: what Go's profiler does too. */
export const SAMPLE_EVERY_MS = 10;
/** One of so many bytes that are allocated is looked at, on average. */
export const SAMPLE_EVERY_BYTES = 64 * 1024;
