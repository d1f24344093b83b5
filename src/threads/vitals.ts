/**
 * What a thread says of itself, where there are operators who may ask: how late its timers are, how
 * busy it is, what its garbage costs, its heap and its CPU time.
 *
 * Started by each thread for itself, which then writes cells of its own row every TELL_EVERY_MS.
 * How late timers are is found out by a timer of libuv, without any JavaScript; each collection of
 * garbage costs one call.
 */
import {
  constants,
  eventLoopUtilization,
  monitorEventLoopDelay,
  PerformanceObserver,
} from 'node:perf_hooks';
import { getHeapStatistics } from 'node:v8';
import type { Clock } from '../lib/clock.ts';
import { threadCpuUs } from '../lib/cpu-time.ts';
import type { Timers } from '../lib/timers.ts';
import {
  type Cells,
  CPU_S,
  GARBAGE_COLLECTIONS,
  GARBAGE_KINDS,
  GARBAGE_LONGEST_S,
  GARBAGE_S,
  type GarbageKind,
  HEAP_USED,
  TURNS_BUSY,
  TURNS_LATE_MAX_S,
  TURNS_LATE_P50_S,
  TURNS_LATE_P99_S,
} from '../metrics/cells.ts';

/** Turns are told as of the last such time. */
export const TELL_EVERY_MS = 5_000;
/** An idle thread wakes for it, which costs a thousandth of a core. */
const SAMPLE_EVERY_MS = 50;

export function tellVitals(cells: Cells, timers: Timers): void {
  const turns = new Turning(cells);
  countGarbage(cells);
  const tell = () => {
    tellUse(cells);
    timers.after(TELL_EVERY_MS, () => {
      turns.tell();
      tell();
    });
  };
  tell();
}

/** For a thread without an event loop: what it can say, to be called now and then. */
export function vitalsOfLoop(cells: Cells, clock: Clock): () => void {
  let nextUs = 0;
  return () => {
    const nowUs = clock();
    if (nowUs < nextUs) return;
    nextUs = nowUs + TELL_EVERY_MS * 1_000;
    tellUse(cells);
  };
}

function tellUse(cells: Cells): void {
  cells.set(CPU_S, threadCpuUs() / 1_000_000);
  cells.set(HEAP_USED, getHeapStatistics().used_heap_size);
}

class Turning {
  readonly #cells: Cells;
  readonly #delay = monitorEventLoopDelay({ resolution: SAMPLE_EVERY_MS });
  #before = eventLoopUtilization();

  constructor(cells: Cells) {
    this.#cells = cells;
    this.#delay.enable();
  }

  tell(): void {
    const cells = this.#cells;
    const delay = this.#delay;
    cells.set(TURNS_LATE_P50_S, lateS(delay.count === 0 ? 0 : delay.percentile(50)));
    cells.set(TURNS_LATE_P99_S, lateS(delay.count === 0 ? 0 : delay.percentile(99)));
    cells.set(TURNS_LATE_MAX_S, lateS(delay.count === 0 ? 0 : delay.max));
    delay.reset();
    const now = eventLoopUtilization();
    cells.set(TURNS_BUSY, eventLoopUtilization(now, this.#before).utilization);
    this.#before = now;
  }
}

/** What is measured is the time from one sample to the next. */
function lateS(nanoseconds: number): number {
  return Math.max(0, nanoseconds / 1e9 - SAMPLE_EVERY_MS / 1_000);
}

function countGarbage(cells: Cells): void {
  const longestS = GARBAGE_KINDS.map(() => 0);
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { detail } = entry as PerformanceEntry & { readonly detail?: { kind?: number } };
      const kind = GARBAGE_KINDS.indexOf(kindOf(detail?.kind));
      const seconds = entry.duration / 1_000;
      cells.add(GARBAGE_COLLECTIONS + kind, 1);
      cells.add(GARBAGE_S + kind, seconds);
      longestS[kind] = Math.max(longestS[kind] as number, seconds);
      cells.set(GARBAGE_LONGEST_S + kind, longestS[kind] as number);
    }
  });
  observer.observe({ type: 'gc' });
}

function kindOf(kind: number | undefined): GarbageKind {
  switch (kind) {
    case constants.NODE_PERFORMANCE_GC_MINOR:
    case constants.NODE_PERFORMANCE_GC_MINOR_MARK_SWEEP:
      return 'minor';
    case constants.NODE_PERFORMANCE_GC_MAJOR:
      return 'major';
    default:
      return 'other';
  }
}
