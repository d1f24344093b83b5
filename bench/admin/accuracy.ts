/** How right the sketch is, held against exact counts. */
import { Key } from '../../src/memory/key.ts';
import { keyText } from '../../src/memory/key-text.ts';
import { hashOf } from '../../src/table/keyed-hash.ts';
import { Sketch } from '../../src/top-keys/sketch.ts';
import { ENTRIES, reserveSketches, sketchOf } from '../../src/top-keys/sketch-memory.ts';
import { type TopKey, topKeys } from '../../src/top-keys/top.ts';
import type { Report } from '../support/report.ts';
import { zipfIndexes } from './zipf.ts';

export interface AccuracyPlan {
  readonly keys: number;
  readonly questions: number;
}

const HASH_KEY = { k0: 3, k1: 9 };
const TOP = 20;
/** Nothing fades. */
const NEVER = Number.POSITIVE_INFINITY;

export function measureAccuracy(report: Report, { keys, questions }: AccuracyPlan): void {
  const exact = new Float64Array(keys);
  const memory = reserveSketches(1, 0);
  const sketch = new Sketch(sketchOf(memory, 0, 'allowed'), NEVER);
  const key = new Key();
  const next = zipfIndexes(1, keys);
  for (let i = 0; i < questions; i++) {
    const index = next();
    exact[index] = (exact[index] as number) + 1;
    key.set(nameOf(index));
    key.hash = hashOf(HASH_KEY, key);
    sketch.count(key, 1);
  }
  const top = topKeys(memory, { outcome: 'allowed', most: ENTRIES, nowUs: 1, halfLifeUs: NEVER });
  const counted = new Map(top.map((one) => [indexOf(one), one]));
  const truth = [...exact.keys()].sort((a, b) => (exact[b] ?? 0) - (exact[a] ?? 0)).slice(0, TOP);
  const told = top.slice(0, TOP).map(indexOf);
  const offOf = (index: number): number =>
    Math.abs((counted.get(index)?.count ?? 0) / (exact[index] as number) - 1);
  const worst = Math.max(...truth.map(offOf));
  report.table(`Zipf 1.1, ${questions} questions of ${keys} keys, nothing fades`, [
    {
      'of the true top 20': told.filter((index) => truth.includes(index)).length,
      'furthest off, %': worst * 100,
      'largest error told, %': Math.max(...top.slice(0, TOP).map(partOfError)) * 100,
    },
  ]);
  const wrong = top.filter((one) => {
    const were = exact[indexOf(one)] as number;
    return one.count < were || one.count - one.error > were;
  });
  report.check(wrong.length === 0, `no count is beyond its error, ${wrong.length} were`);
  const missing = truth.filter((index) => !told.includes(index)).length;
  report.goal({ words: 'Missing of the true top 20', value: missing, most: 0 });
  report.goal({ words: 'Furthest off of their counts', value: worst, most: 0.05 });
}

function nameOf(index: number): string {
  return `user:${String(index).padStart(11, '0')}`;
}

function indexOf({ words, length }: TopKey): number {
  return Number(keyText(words, length).text.slice('user:'.length));
}

function partOfError({ count, error }: TopKey): number {
  return error / count;
}
