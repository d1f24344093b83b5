/** Stopped at any call, a snapshot leaves one whole file: the one before, or itself. */
import { expect, test } from 'vitest';
import { Cells } from '../../src/metrics/cells.ts';
import { Table } from '../../src/table/table.ts';
import { reserveTable, type TableMemory } from '../../src/table/table-memory.ts';
import { limitOf } from '../table/tables.ts';
import { type Loss, MemoryFiles, Stopped } from './memory-files.ts';
import { bucketsOf, moment, PATH, restart, take } from './restarts.ts';

const NOW = moment(2_000_000_000);
const LOSSES: readonly Loss[] = ['nothing', 'all', 'bytes', 'half of the bytes'];

/** A table of 1,000 keys that all lack as many tokens. */
function tableLacking(tokens: number): TableMemory {
  const table = reserveTable(1_000, { shards: 2 });
  const decisions = new Table(table, new Cells(Cells.reserve(1), 0));
  const limit = limitOf(10, 86_400);
  for (let i = 0; i < 1_000; i++) decisions.take(`key ${i}`, limit, tokens, NOW.monotonicUs);
  return table;
}

const [BEFORE, AFTER] = [tableLacking(3), tableLacking(7)];

/** A file with the first snapshot, and one call of the second that is not made. */
function stoppedAt(call: number): { files: MemoryFiles; isStopped: boolean } {
  const files = new MemoryFiles();
  take(files, { table: BEFORE, moment: NOW, snapshot: 1 });
  files.stopAt = files.calls + call;
  try {
    take(files, { table: AFTER, moment: NOW, snapshot: 2 });
  } catch (error) {
    expect(error).toBeInstanceOf(Stopped);
    return { files, isStopped: true };
  }
  return { files, isStopped: false };
}

/** What all keys lack after a start with these files, and what is said of them. */
function lackingIn(files: MemoryFiles): { tokens: number; keys: number; fault: string | null } {
  const next = { maxKeys: 1_000, shards: 2, engine: 'hash' } as const;
  const { table, reading } = restart(files, next, NOW);
  const buckets = [...bucketsOf(table).values()];
  const lacks = new Set(buckets.map(({ used, period }) => used / period));
  expect(lacks.size).toBe(1);
  const fault = reading.kind === 'read' ? reading.fault : 'none';
  return { tokens: [...lacks][0] ?? 0, keys: buckets.length, fault };
}

test.each(LOSSES)('at every call, and %s is lost', (loss) => {
  let seen = '';
  for (let call = 1; ; call++) {
    const { files, isStopped } = stoppedAt(call);
    const { tokens, keys, fault } = lackingIn(files.afterwards(loss));
    expect([call, keys, fault]).toEqual([call, 1_000, null]);
    seen += tokens;
    // Once it says that it is written it is.
    if (!isStopped) {
      expect(tokens).toBe(7);
      break;
    }
  }
  // First the one before, then the new one; and it takes more calls than one can count on a hand.
  expect(seen).toMatch(/^3{10,}7+$/);
});

test('what a snapshot that was stopped has left does not keep the next one from its place', () => {
  const { files } = stoppedAt(5);
  const left = files.afterwards('nothing');
  expect(left.names).toEqual([PATH, `${PATH}.new`]);
  take(left, { table: AFTER, moment: NOW });
  expect(left.names).toEqual([PATH]);
  expect(lackingIn(left)).toEqual({ tokens: 7, keys: 1_000, fault: null });
});
