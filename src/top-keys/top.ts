/** Reads the sketches of all threads: which keys came most often of late, and how surely. */
import { KEY_WORDS } from '../memory/layout.ts';
import { HALF_LIFE_US, weightAt } from './sketch.ts';
import {
  COUNT,
  type CountedOutcome,
  ENTRIES,
  ENTRY_DOUBLES,
  ENTRY_WORDS,
  EPOCH,
  ERROR,
  LENGTH,
  SEQUENCE,
  type SketchMemory,
  sketchOf,
  startOf,
  threadsIn,
  USED,
  WORDS,
} from './sketch-memory.ts';

export interface TopKey {
  /** As slots hold it: memory/key. */
  readonly words: Int32Array;
  readonly length: number;
  /** Questions, each less by its age: at least as many as there were. */
  readonly count: number;
  /** By how much the count may be too high. */
  readonly error: number;
  /** Of late: the rate at which this count would have come about, had it been an even one. */
  readonly perSecond: number;
}

export interface TopQuery {
  readonly outcome: CountedOutcome;
  /** Keys to return, at most. */
  readonly most: number;
  readonly nowUs: number;
  readonly halfLifeUs?: number;
}

/** How often an entry is read again whose key is exchanged at the moment. */
const MOST_TRIES = 100;
const SECOND_US = 1_000_000;

type Counted = Omit<TopKey, 'perSecond'>;

/** The keys of the highest counts, the highest first. */
export function topKeys(memory: SharedArrayBuffer, query: TopQuery): readonly TopKey[] {
  const { outcome, most, nowUs, halfLifeUs = HALF_LIFE_US } = query;
  const sketches = Array.from({ length: threadsIn(memory) }, (_, thread) =>
    read(sketchOf(memory, thread, outcome), nowUs, halfLifeUs),
  );
  const seconds = secondsCounted(Math.max(nowUs - startOf(memory), SECOND_US), halfLifeUs);
  return merged(sketches)
    .sort((one, other) => other.count - one.count)
    .slice(0, most)
    .map((one) => ({ ...one, perSecond: one.count / seconds }));
}

/** What one question a second has come to after this time, each less by its age. */
function secondsCounted(elapsedUs: number, halfLifeUs: number): number {
  if (halfLifeUs === Number.POSITIVE_INFINITY) return elapsedUs / SECOND_US;
  const gone = 1 - 2 ** (-elapsedUs / halfLifeUs);
  return (gone * halfLifeUs) / Math.LN2 / SECOND_US;
}

interface Read {
  readonly keys: ReadonlyMap<string, Counted>;
  /** What a key without an entry may have at most. */
  readonly least: number;
}

/** A key that another thread has no entry for may have that thread's least count. */
function merged(sketches: readonly Read[]): Counted[] {
  const all = new Map(sketches.flatMap(({ keys }) => [...keys]));
  return [...all].map(([name, { words, length }]) => {
    let [count, error] = [0, 0];
    for (const { keys, least } of sketches) {
      const found = keys.get(name);
      count += found?.count ?? least;
      error += found?.error ?? least;
    }
    return { words, length, count, error };
  });
}

function read(memory: SketchMemory, nowUs: number, halfLifeUs: number): Read {
  const used = memory.head[USED] as number;
  const keys = new Map<string, Counted>();
  let least = Number.POSITIVE_INFINITY;
  for (let entry = 0; entry < used; entry++) {
    const one = readEntry(memory, entry, nowUs, halfLifeUs);
    if (one === null) continue;
    keys.set(`${one.length} ${one.words.join(' ')}`, one);
    least = Math.min(least, one.count);
  }
  return { keys, least: used < ENTRIES ? 0 : least };
}

/** Null where its key is exchanged without a pause. */
function readEntry(
  { head, keys, numbers }: SketchMemory,
  entry: number,
  nowUs: number,
  halfLifeUs: number,
): Counted | null {
  const at = entry * ENTRY_WORDS;
  for (let i = 0; i < MOST_TRIES; i++) {
    const before = Atomics.load(keys, at + SEQUENCE);
    const words = keys.slice(at + WORDS, at + WORDS + KEY_WORDS);
    const length = keys[at + LENGTH] as number;
    const count = numbers[entry * ENTRY_DOUBLES + COUNT] as number;
    const error = numbers[entry * ENTRY_DOUBLES + ERROR] as number;
    const weight = weightAt(nowUs, head[EPOCH] as number, halfLifeUs);
    const isWhole = before % 2 === 0 && Atomics.load(keys, at + SEQUENCE) === before;
    if (isWhole) return { words, length, count: count / weight, error: error / weight };
  }
  return null;
}
