/** What writing a snapshot takes of a core and of a disk, and how long reading one does. */
import { ENGINES } from '../../src/table/table-memory.ts';
import { Child } from '../support/child.ts';
import { allowedCores } from '../support/pinned.ts';
import type { Report, Row } from '../support/report.ts';
import { median, quantile } from '../support/statistics.ts';
import type { FileAnswer, FileQuestion } from './file-side.ts';
import { KEY_BYTES } from './keys.ts';

export interface FilesPlan {
  readonly keys: number;
  readonly rounds: number;
}

const MOST_WRITE_S = 0.4;
const MOST_READ_S = 3;
const MOST_BYTES_A_KEY = 100;
const MOST_HOLD_MS = 0.2;

export async function measureFiles(report: Report, { keys, rounds }: FilesPlan): Promise<void> {
  const rows: Row[] = [];
  for (const engine of ENGINES) {
    const answer = await ask({ engine, keys, rounds });
    report.check(answer.written === keys, `${engine}: ${answer.written} of ${keys} keys written`);
    report.check(answer.read === keys, `${engine}: ${answer.read} of ${keys} keys read`);
    const bytes = answer.bytes / keys;
    const holdMs = quantile(answer.holdsUs, 0.99) / 1_000;
    const [writeCpuS, readS] = [median(answer.writeCpuS), median(answer.readS)];
    rows.push({
      engine,
      keys,
      'write, s of CPU': writeCpuS,
      'write, s': median(answer.writeS),
      'hold p50, ms': median(answer.holdsUs) / 1_000,
      'hold p99, ms': holdMs,
      'read, s': readS,
      'read, s of CPU': median(answer.readCpuS),
      'bytes a key': bytes,
    });
    const of = `${engine}: ${keys} keys of ${KEY_BYTES} bytes`;
    report.goal({ words: `${of}: write, seconds of CPU`, value: writeCpuS, most: MOST_WRITE_S });
    report.goal({ words: `${of}: read, seconds`, value: readS, most: MOST_READ_S });
    report.goal({ words: `${of}: bytes a key`, value: bytes, most: MOST_BYTES_A_KEY });
    report.goal({ words: `${of}: a shard is held, ms, p99`, value: holdMs, most: MOST_HOLD_MS });
  }
  report.table('The file of a snapshot', rows);
}

async function ask(question: FileQuestion): Promise<FileAnswer> {
  const script = new URL('./file-side.ts', import.meta.url);
  const child = new Child({ script, core: allowedCores()[0] });
  try {
    return await child.ask<FileAnswer>(question);
  } finally {
    await child.end();
  }
}
