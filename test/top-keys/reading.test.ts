/** A reader never sees a key with another's numbers, while a thread exchanges keys all the time. */
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { expect, test } from 'vitest';
import { keyText } from '../../src/memory/key-text.ts';
import { ENTRIES, reserveSketches } from '../../src/top-keys/sketch-memory.ts';
import { topKeys } from '../../src/top-keys/top.ts';
import { timesOf } from './self-telling-key.ts';
import type { WriterData } from './sketch-writer.ts';

const READINGS = 100;
/** What the rarest of the keys that stay is counted; the others never come to it. */
const MANY = 1e12;

test('entries are read whole while their keys are exchanged', async () => {
  const sketches = reserveSketches(1, 0);
  const end = new SharedArrayBuffer(4);
  const workerData: WriterData = { sketches, end };
  const writer = new Worker(new URL('./sketch-writer.ts', import.meta.url), { workerData });
  await once(writer, 'online');
  const query = {
    outcome: 'denied',
    most: ENTRIES,
    nowUs: 1,
    halfLifeUs: Number.POSITIVE_INFINITY,
  } as const;
  const torn: string[] = [];
  const seen = new Set<string>();
  try {
    while (topKeys(sketches, query).length < 0.99 * ENTRIES) await new Promise(setImmediate);
    for (let i = 0; i < READINGS; i++) {
      const top = topKeys(sketches, query);
      for (const { words, length, count, error } of top) {
        if (count >= MANY) continue;
        const { text } = keyText(words, length);
        seen.add(text);
        const own = count - error;
        const times = timesOf(text);
        if (times === null || own < 0 || own > times) torn.push(`${text} ${own}`);
      }
    }
  } finally {
    Atomics.store(new Int32Array(end), 0, 1);
    await once(writer, 'exit');
  }
  expect(torn).toEqual([]);
  // They were exchanged indeed, and read all the same.
  expect(seen.size).toBeGreaterThan(READINGS);
});
