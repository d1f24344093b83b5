/**
 * The shared memory of the sketches: two a thread, of the keys that are allowed most and of those
 * that are denied most. The thread writes, anybody reads.
 *
 * An entry is a key as slots hold it (memory/key), its count, and how much of that may be another
 * key's. Each entry has a sequence number: odd while its key is exchanged, and another one after
 * it. Whoever reads it before and after a copy, even and the same, has a key with its own numbers.
 */
import { KEY_WORDS } from '../memory/layout.ts';

/** Entries of a sketch. */
export const ENTRIES = 1_000;

/** What a sketch counts. */
export const OUTCOMES = ['allowed', 'denied'] as const;
export type CountedOutcome = (typeof OUTCOMES)[number];

/** In words of an entry. */
export const SEQUENCE = 0;
export const LENGTH = 1;
export const WORDS = 2;
export const ENTRY_WORDS: number = WORDS + KEY_WORDS + 1;

/** In doubles of an entry. */
export const COUNT = 0;
export const ERROR = 1;
export const ENTRY_DOUBLES = 2;

/** The doubles before those of the entries: from when on counts weigh more, and entries in use. */
export const EPOCH = 0;
export const USED = 1;
const HEAD_DOUBLES = 2;

const SKETCH_DOUBLES = HEAD_DOUBLES + ENTRIES * ENTRY_DOUBLES;
const SKETCH_WORDS = ENTRIES * ENTRY_WORDS;
const SKETCH_BYTES = SKETCH_DOUBLES * 8 + SKETCH_WORDS * 4;
/** Before them all one double: since when keys are counted. */
const START_BYTES = 8;

/** One sketch. */
export interface SketchMemory {
  /** EPOCH and USED. */
  readonly head: Float64Array<SharedArrayBuffer>;
  /** ENTRY_DOUBLES an entry. */
  readonly numbers: Float64Array<SharedArrayBuffer>;
  /** ENTRY_WORDS an entry. */
  readonly keys: Int32Array<SharedArrayBuffer>;
}

export function reserveSketches(threads: number, nowUs: number): SharedArrayBuffer {
  const memory = new SharedArrayBuffer(START_BYTES + threads * OUTCOMES.length * SKETCH_BYTES);
  new Float64Array(memory, 0, 1)[0] = nowUs;
  return memory;
}

/** When it was reserved. */
export function startOf(memory: SharedArrayBuffer): number {
  return new Float64Array(memory, 0, 1)[0] as number;
}

/** Threads that the memory was reserved for. */
export function threadsIn(memory: SharedArrayBuffer): number {
  return (memory.byteLength - START_BYTES) / SKETCH_BYTES / OUTCOMES.length;
}

export function sketchOf(
  memory: SharedArrayBuffer,
  thread: number,
  outcome: CountedOutcome,
): SketchMemory {
  const sketch = thread * OUTCOMES.length + OUTCOMES.indexOf(outcome);
  const begin = START_BYTES + sketch * SKETCH_BYTES;
  const numbers = begin + HEAD_DOUBLES * 8;
  return {
    head: new Float64Array(memory, begin, HEAD_DOUBLES),
    numbers: new Float64Array(memory, numbers, ENTRIES * ENTRY_DOUBLES),
    keys: new Int32Array(memory, begin + SKETCH_DOUBLES * 8, SKETCH_WORDS),
  };
}
