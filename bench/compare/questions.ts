/** What all servers are asked over HTTP: the same keys and limit, one by one or in batches. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomKey } from '../support/keys.ts';
import { range } from '../support/statistics.ts';
import { throttlecrabQuestion } from './throttlecrab.ts';

export const CAPACITY = 1_000;
/** Ten days: a token comes back in a quarter of an hour, so that every key asked for stays live. */
export const INTERVAL_S = 864_000;
export const BATCH = 100;

/** Request bodies, a line each. */
export interface Bodies {
  readonly file: string;
  readonly count: number;
  readonly questionsEach: number;
}

export interface Questions {
  readonly single: Bodies;
  /** The same keys, in the same order. */
  readonly batches: Bodies;
  /** The same keys and limits, as throttlecrab is asked. */
  readonly throttlecrab: Bodies;
  remove(): void;
}

export function question(key: string, capacity: number = CAPACITY): string {
  return JSON.stringify({ key, capacity, interval: INTERVAL_S, unit: 's' });
}

export function writeQuestions(keys: number): Questions {
  const folder = mkdtempSync(join(tmpdir(), 'argus-bench-'));
  const all = range(keys).map((i) => question(randomKey(i)));
  const batches = range(Math.floor(keys / BATCH)).map(
    (i) => `[${all.slice(i * BATCH, (i + 1) * BATCH).join(',')}]`,
  );
  const crab = range(keys).map((i) => throttlecrabQuestion(randomKey(i), CAPACITY, INTERVAL_S));
  const written = (name: string, lines: readonly string[], questionsEach: number): Bodies => {
    const file = join(folder, name);
    writeFileSync(file, lines.map((line) => `${line}\n`).join(''));
    return { file, count: lines.length, questionsEach };
  };
  return {
    single: written('single', all, 1),
    batches: written('batches', batches, BATCH),
    throttlecrab: written('throttlecrab', crab, 1),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
