/**
 * What is asked of each limiter, in real time: a caller who comes back after a pause, the edge of a
 * window, a denied cost followed by a smaller one, and the wait that a denial tells.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { type Ask, INTERVAL_MS, LIMIT, type Limiter } from './limiter.ts';

export interface Row {
  readonly limiter: Limiter;
  /** Of 30 at once, after one question and a pause of 5 s. A token bucket has 10. */
  readonly afterPause: number;
  /** Then in 10 s, asked every 0.1 s. The rate is 10. */
  readonly inTheNext: number;
  /** Most in any second around the end of a window that began with the first question. */
  readonly mostInASecond: number;
  /** 7 taken, 5 denied: whether 3 pass. Null where questions have no cost. */
  readonly passesAfterDenial: boolean | null;
  /** The wait that a denial told, and after how long a question really passed. */
  readonly toldMs: number | null;
  readonly reallyMs: number | null;
}

const AT_ONCE = 30;

export async function rowOf(limiter: Limiter): Promise<Row> {
  const [pause, mostInASecond, passesAfterDenial, wait] = await Promise.all([
    afterPause(await limiter.make()),
    edge(await limiter.make()),
    limiter.hasCost ? denial(await limiter.make()) : null,
    toldWait(await limiter.make()),
  ]);
  return { limiter, ...pause, mostInASecond, passesAfterDenial, ...wait };
}

async function passesOf(ask: Ask, count: number): Promise<number> {
  let passes = 0;
  for (let i = 0; i < count; i++) if ((await ask(1)).passes) passes++;
  return passes;
}

async function afterPause(ask: Ask): Promise<Pick<Row, 'afterPause' | 'inTheNext'>> {
  await ask(1);
  await sleep(5_000);
  const passed = await passesOf(ask, AT_ONCE);
  const fromMs = performance.now();
  let inTheNext = 0;
  for (let i = 1; i <= 100; i++) {
    await sleep(Math.max(0, fromMs + i * 100 - performance.now()));
    inTheNext += await passesOf(ask, 1);
  }
  return { afterPause: passed, inTheNext };
}

async function edge(ask: Ask): Promise<number> {
  const passedAtMs: number[] = [];
  const fromMs = performance.now();
  const tryAt = async (ms: number, count: number) => {
    await sleep(Math.max(0, fromMs + ms - performance.now()));
    const passes = await passesOf(ask, count);
    for (let i = 0; i < passes; i++) passedAtMs.push(performance.now());
  };
  await tryAt(0, 1);
  await tryAt(INTERVAL_MS - 350, AT_ONCE);
  for (let ms = 50; ms <= 450; ms += 50) await tryAt(INTERVAL_MS + ms, LIMIT);
  const inTheSecondOf = (first: number) =>
    passedAtMs.filter((ms) => ms >= first && ms < first + 1_000).length;
  return Math.max(...passedAtMs.map(inTheSecondOf));
}

async function denial(ask: Ask): Promise<boolean> {
  await ask(7);
  const { passes } = await ask(5);
  if (passes) throw new Error('5 passed after 7 of 10');
  return (await ask(3)).passes;
}

/** Asks from a second before the wait is over until a second and a half after it, each 10 ms. */
async function toldWait(ask: Ask): Promise<Pick<Row, 'toldMs' | 'reallyMs'>> {
  await ask(1);
  await sleep(3_123);
  await passesOf(ask, LIMIT - 1);
  let verdict = await ask(1);
  // A bucket has got some back meanwhile.
  for (let i = 0; i < LIMIT && verdict.passes; i++) verdict = await ask(1);
  const { waitMs } = verdict;
  if (waitMs === null) return { toldMs: null, reallyMs: null };
  const deniedMs = performance.now();
  await sleep(Math.max(0, waitMs - 1_100));
  while (performance.now() < deniedMs + waitMs + 1_500) {
    if ((await ask(1)).passes) {
      return { toldMs: waitMs, reallyMs: Math.round(performance.now() - deniedMs) };
    }
    await sleep(10);
  }
  return { toldMs: waitMs, reallyMs: null };
}
