/** A worker thread of the stress, in one of its roles. It ends when it is told to stop. */
import { workerData } from 'node:worker_threads';
import { assert } from '../../src/lib/assert.ts';
import { monotonicUs } from '../../src/lib/clock.ts';
import { Cells } from '../../src/metrics/cells.ts';
import { Rebalancer } from '../../src/table/rebalancer.ts';
import { Table } from '../../src/table/table.ts';
import { viewTable } from '../../src/table/table-memory.ts';
import { checkShard } from '../table/table-check.ts';
import { AdmissionLog } from './log.ts';
import { COLD_LIMITS, isBusy, isFlooding, JUDGED, largestCapacity, limitAt } from './plan.ts';
import { Signals, type StressMemory, type ThreadData } from './threads.ts';

const WALK_EVERY_MS = 1;
/** What the drainers ask for over and over, once it is denied. */
const DENIALS = 100;
const RETURN_ONCE_IN = 64;
const RESET_ONCE_IN = 512;

run(workerData as ThreadData);

function run(data: ThreadData): void {
  const signals = new Signals(data.memory.signals);
  signals.awaitStart();
  switch (data.role) {
    case 'decider':
      hammer(data.memory, data.row, signals);
      break;
    case 'drainer':
      drain(data.memory, data.row);
      break;
    case 'rebalancer':
      rebalance(data.memory, data.row, signals);
      break;
    case 'walker':
      walk(data.memory, signals);
      break;
    default:
      data satisfies never;
  }
}

/** Asks for judged and for cold keys until it is told to stop. */
function hammer(memory: StressMemory, row: number, signals: Signals): void {
  const table = new Table(memory.table, new Cells(memory.cells, row));
  const log = new AdmissionLog(memory.logs[row] as SharedArrayBuffer);
  const random = randomNumbers(row + 1);
  let cold = 0;
  while (!signals.isStopping) {
    if (random(3) === 0 && isFlooding(monotonicUs())) {
      // Ascending keys: without swaps the trees would grow as deep as they are large.
      const name = `${String(cold++).padStart(8, '0')} cold, of thread ${row}`;
      const limit = COLD_LIMITS[random(COLD_LIMITS.length)];
      assert(limit !== undefined, 'there are limits for cold keys');
      table.take(name, limit, 1, monotonicUs());
      continue;
    }
    const index = random(JUDGED.length);
    const key = JUDGED[index];
    assert(key !== undefined, 'there are keys to judge');
    const beforeUs = monotonicUs();
    if (!isBusy(key, beforeUs)) continue;
    const limit = limitAt(key, beforeUs);
    if (key.gets === 'resets' && random(RESET_ONCE_IN) === 0) {
      if (table.reset(key.name, beforeUs)) {
        log.add(index, -largestCapacity(key), beforeUs, monotonicUs());
      }
      continue;
    }
    if (key.gets === 'returns' && random(RETURN_ONCE_IN) === 0) {
      const tokens = 1 + random(3);
      const { allowed } = table.take(key.name, limit, -tokens, beforeUs);
      assert(allowed, 'giving back is always allowed');
      log.add(index, -tokens, beforeUs, monotonicUs());
      continue;
    }
    const cost = Math.min(random(4), limit.capacity);
    const decision = table.take(key.name, limit, cost, beforeUs);
    assert(decision.allowed === (decision.retryAfterMs === 0), 'a denial says when to come back');
    assert(decision.remaining >= 0, 'what remains is at least 0');
    assert(decision.remaining <= limit.capacity, 'what remains is at most the capacity');
    if (decision.allowed && cost > 0) log.add(index, cost, beforeUs, monotonicUs());
  }
}

/** Takes one token at a time from one key until there are none. */
function drain(memory: StressMemory, row: number): void {
  const table = new Table(memory.table, new Cells(memory.cells, row));
  const allowed = new Float64Array(memory.logs[row] as SharedArrayBuffer, 0, 1);
  const limit = memory.drained;
  for (let denied = 0; denied < DENIALS; ) {
    const decision = table.take('drained', limit, 1, monotonicUs());
    if (decision.allowed) allowed[0] = (allowed[0] as number) + 1;
    else denied++;
  }
}

function rebalance(memory: StressMemory, row: number, signals: Signals): void {
  const cells = new Cells(memory.cells, row);
  new Rebalancer(memory.table, monotonicUs, cells).runUntil(() => signals.isStopping);
}

/** Checks every shard, over and over, while the others are at work. */
function walk(memory: StressMemory, signals: Signals): void {
  const view = viewTable(memory.table);
  while (!signals.isStopping) {
    for (const shard of view.shards) {
      checkShard(view, shard, memory.table.hashKey);
      signals.countWalk();
    }
    signals.nap(WALK_EVERY_MS);
  }
}

/** Whole numbers from 0 up to below the one asked for; the same for the same seed (xorshift32). */
function randomNumbers(seed: number): (below: number) => number {
  let state = Math.imul(seed, 0x9e3779b1) | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}
