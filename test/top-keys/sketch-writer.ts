/**
 * A thread that counts keys which are soon forgotten for the next: each says in its own text how
 * often it was counted, again and again up to its last byte. A few entries are all that it has for
 * them, so that each is exchanged all the time.
 */
import { workerData } from 'node:worker_threads';
import { Key } from '../../src/memory/key.ts';
import { hashOf } from '../../src/table/keyed-hash.ts';
import { Sketch } from '../../src/top-keys/sketch.ts';
import { COUNT, ENTRIES, ENTRY_DOUBLES, sketchOf } from '../../src/top-keys/sketch-memory.ts';
import { selfTellingKey } from './self-telling-key.ts';

export interface WriterData {
  readonly sketches: SharedArrayBuffer;
  /** 1 once it is to end. */
  readonly end: SharedArrayBuffer;
}

/** Entries whose keys are exchanged. */
const EXCHANGED = 16;
/** More than any of those comes to. */
const MANY = 1e12;

const { sketches, end } = workerData as WriterData;
const memory = sketchOf(sketches, 0, 'denied');
const sketch = new Sketch(memory, Number.POSITIVE_INFINITY);
const isOver = new Int32Array(end);
const key = new Key();

for (let n = 0; n < ENTRIES - EXCHANGED; n++) count(selfTellingKey(n, MANY), 1);
for (let entry = 0; entry < ENTRIES - EXCHANGED; entry++) {
  memory.numbers[entry * ENTRY_DOUBLES + COUNT] = MANY;
}
for (let n = ENTRIES; Atomics.load(isOver, 0) === 0; n++) {
  const times = n % 2 === 0 ? 1 : 9;
  count(selfTellingKey(n, times), times);
}

function count(text: string, times: number): void {
  key.set(text);
  key.hash = hashOf({ k0: 1, k1: 2 }, key);
  for (let i = 0; i < times; i++) sketch.count(key, 1);
}
