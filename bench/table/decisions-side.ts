/**
 * One side of the comparisons in decisions.ts and many-keys.ts, in a process of its own: the table
 * with either engine, or the same arithmetic on a heap Map.
 *
 * All are asked for the same keys at the same times, so all must give the same answers.
 */

import { decide } from '../../src/bucket/decide.ts';
import type { Decision } from '../../src/bucket/decision.ts';
import { type Bucket, fullBucket, take } from '../../src/bucket/token-bucket.ts';
import { Cells } from '../../src/metrics/cells.ts';
import { Rebalancer } from '../../src/table/rebalancer.ts';
import { Table } from '../../src/table/table.ts';
import { type Engine, reserveTable } from '../../src/table/table-memory.ts';
import { answerWith } from '../support/child.ts';
import { parsedKey, randomIndexes, randomKey } from '../support/keys.ts';
import { median } from '../support/statistics.ts';
import { DEFAULT_MAX_KEYS, LIMIT } from './limit.ts';

export type SideName = Engine['kind'] | 'map';

export type SideQuestion =
  | { readonly ask: 'load'; readonly keys: number }
  | { readonly ask: 'turn'; readonly seed: number; readonly batches: number };

export interface Turn {
  /** In the median batch: it leaves out what other processes take of the core. */
  readonly nsADecision: number;
  /** Of all answers, so that two sides can be held against each other. */
  readonly allowed: number;
  readonly remaining: number;
  readonly size: number;
}

/** Few enough to lie in the nearest caches, as a key that was just parsed does. */
export const KEYS_A_BATCH = 1_000;

interface Side {
  take(key: string, nowUs: number): Decision;
  /** Called once the keys are in. */
  settle(): void;
  readonly size: number;
}

let nowUs = 1_000_000;

function tableSide(engine: Engine['kind'], maxKeys: number): Side {
  const memory = reserveTable(maxKeys, { engine });
  const cells = Cells.reserve(2);
  const table = new Table(memory, new Cells(cells, 0));
  const rebalancer = new Rebalancer(memory, () => nowUs, new Cells(cells, 1));
  return {
    take: (key, atUs) => table.take(key, LIMIT, 1, atUs),
    settle: () => rebalancer.check(),
    get size() {
      return table.size;
    },
  };
}

function mapSide(): Side {
  const map = new Map<string, Bucket>();
  return {
    take: (key, atUs) => {
      let bucket = map.get(key);
      if (bucket === undefined) {
        bucket = fullBucket();
        map.set(key, bucket);
      }
      const allowed = take(bucket, LIMIT, 1, atUs);
      return decide(bucket, LIMIT, { cost: 1, nowUs: atUs }, { allowed, degraded: false });
    },
    settle: () => undefined,
    get size() {
      return map.size;
    },
  };
}

// Which side, and for how many keys memory is reserved where it is a table.
const [name, maxKeys = DEFAULT_MAX_KEYS] = process.argv.slice(2);
const side = name === 'map' ? mapSide() : tableSide(name as Engine['kind'], Number(maxKeys));
let keyCount = 0;

function load(count: number): Turn {
  keyCount = count;
  for (let i = 0; i < count; i++) side.take(parsedKey(randomKey(i)), nowUs++);
  side.settle();
  return { nsADecision: Number.NaN, allowed: count, remaining: Number.NaN, size: side.size };
}

function turn(seed: number, batches: number): Turn {
  const next = randomIndexes(seed, keyCount);
  const batchNs: number[] = [];
  let allowed = 0;
  let remaining = 0;
  for (let batch = 0; batch < batches; batch++) {
    const keys: string[] = [];
    for (let i = 0; i < KEYS_A_BATCH; i++) keys.push(parsedKey(randomKey(next())));
    const start = process.hrtime.bigint();
    for (const key of keys) {
      const decision = side.take(key, nowUs++);
      if (decision.allowed) allowed++;
      remaining += decision.remaining;
    }
    batchNs.push(Number(process.hrtime.bigint() - start));
  }
  const nsADecision = median(batchNs) / KEYS_A_BATCH;
  return { nsADecision, allowed, remaining, size: side.size };
}

answerWith<SideQuestion>((question) => {
  switch (question.ask) {
    case 'load':
      return load(question.keys);
    case 'turn':
      return turn(question.seed, question.batches);
    default:
      return question satisfies never;
  }
});
