/**
 * Resident memory a key: of the table with its rebalancer, and of a heap Map for comparison.
 *
 * As the service runs when it is built: where Node strips the types itself it takes some 20 MB a
 * thread for that, so its compile cache is filled by a run that is not counted.
 */
import { fileURLToPath } from 'node:url';
import { ENGINES } from '../../src/table/table-memory.ts';
import { Child } from '../support/child.ts';
import type { Report, Row } from '../support/report.ts';
import type { MemoryAnswer, MemoryQuestion } from './memory-side.ts';

const MOST_BYTES_A_KEY = 160;
const COMPILE_CACHE = fileURLToPath(new URL('../results/compile-cache/', import.meta.url));

export async function measureMemory(report: Report, keys: number): Promise<void> {
  for (const side of ENGINES) await ask({ side, keys: 1_000 });
  const rows: Row[] = [];
  for (const side of [...ENGINES, 'map'] as const) {
    const { size, bytes } = await ask({ side, keys });
    report.check(size === keys, `${keys} keys are in the ${side}, ${size} are counted`);
    rows.push({ side, keys, MiB: bytes / 2 ** 20, 'bytes a key': bytes / keys });
    if (side !== 'map') {
      const words = `${side}: resident bytes a key, ${keys} keys, rebalancer included`;
      report.goal({ words, value: bytes / keys, most: MOST_BYTES_A_KEY });
    }
  }
  report.table('Resident memory', rows);
}

async function ask(question: MemoryQuestion): Promise<MemoryAnswer> {
  const script = new URL('./memory-side.ts', import.meta.url);
  const child = new Child({ script, env: { NODE_COMPILE_CACHE: COMPILE_CACHE } });
  try {
    return await child.ask<MemoryAnswer>(question);
  } finally {
    await child.end();
  }
}
