/** Resident memory a key: of the table with its rebalancer, and of a heap Map for comparison. */
import { Child } from '../support/child.ts';
import type { Report, Row } from '../support/report.ts';
import type { MemoryAnswer, MemoryQuestion } from './memory-side.ts';

const MOST_BYTES_A_KEY = 160;

export async function measureMemory(report: Report, keys: number): Promise<void> {
  const rows: Row[] = [];
  for (const side of ['table', 'map'] as const) {
    const question: MemoryQuestion = { side, keys };
    const child = new Child({ script: new URL('./memory-side.ts', import.meta.url) });
    const { size, bytes } = await child.ask<MemoryAnswer>(question).finally(() => child.end());
    report.check(size === keys, `${keys} keys are in the ${side}, ${size} are counted`);
    rows.push({ side, keys, MiB: bytes / 2 ** 20, 'bytes a key': bytes / keys });
    if (side === 'table') {
      const words = `resident bytes a key, ${keys} keys, rebalancer included`;
      report.goal({ words, value: bytes / keys, most: MOST_BYTES_A_KEY });
    }
  }
  report.table('Resident memory', rows);
}
