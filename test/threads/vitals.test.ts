/** What a thread says of itself: held against what was done to it. */
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  Cells,
  CPU_S,
  GARBAGE_COLLECTIONS,
  GARBAGE_KINDS,
  GARBAGE_LONGEST_S,
  GARBAGE_S,
  HEAP_USED,
  rowOfCells,
  TURNS_BUSY,
  TURNS_LATE_MAX_S,
  TURNS_LATE_P50_S,
  TURNS_LATE_P99_S,
} from '../../src/metrics/cells.ts';
import { TELL_EVERY_MS, tellVitals, vitalsOfLoop } from '../../src/threads/vitals.ts';
import { FakeTime } from '../support/fake-time.ts';

const MINOR = GARBAGE_KINDS.indexOf('minor');

/** Burns CPU, and nothing else of this thread goes on meanwhile. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

describe('a thread with an event loop', () => {
  const memory = Cells.reserve(2);
  const row = rowOfCells(memory, 1);
  const time = new FakeTime();
  const of = (cell: number) => row[cell] as number;
  beforeAll(() => tellVitals(new Cells(memory, 1), time));
  afterAll(() => expect(rowOfCells(memory, 0).every((cell) => cell === 0)).toBe(true));

  test('says at once what it uses, and of its turns that none was late', () => {
    expect(of(HEAP_USED)).toBeGreaterThan(1_000_000);
    expect(of(CPU_S)).toBeGreaterThan(0.001);
    expect([of(TURNS_LATE_P50_S), of(TURNS_LATE_MAX_S), of(TURNS_BUSY)]).toEqual([0, 0, 0]);
  });

  test('says of a long turn how long, and nothing any more of it the next time', async () => {
    // A timer of libuv begins with the turn after the one that asks for it.
    await wait(200);
    block(400);
    await wait(200);
    const cpuS = of(CPU_S);
    await time.pass(TELL_EVERY_MS);
    expect(of(TURNS_LATE_MAX_S)).toBeGreaterThan(0.3);
    expect(of(TURNS_LATE_MAX_S)).toBeGreaterThanOrEqual(of(TURNS_LATE_P99_S));
    expect(of(TURNS_LATE_P99_S)).toBeGreaterThanOrEqual(of(TURNS_LATE_P50_S));
    const [latest, busy] = [of(TURNS_LATE_MAX_S), of(TURNS_BUSY)];
    expect(of(TURNS_LATE_P50_S)).toBeLessThan(0.05);
    expect(busy).toBeGreaterThan(0.3);
    expect(busy).toBeLessThan(1);
    expect(of(CPU_S)).toBeGreaterThan(cpuS);
    await wait(300);
    await time.pass(TELL_EVERY_MS);
    expect(of(TURNS_LATE_MAX_S)).toBeLessThan(latest);
    expect(of(TURNS_BUSY)).toBeLessThan(busy / 2);
  });

  test('counts what its garbage takes, by kind', async () => {
    const all = (cell: number) => GARBAGE_KINDS.reduce((sum, _, kind) => sum + of(cell + kind), 0);
    const before = all(GARBAGE_COLLECTIONS);
    let kept: object[] = [];
    while (all(GARBAGE_COLLECTIONS) < before + 3 || of(GARBAGE_COLLECTIONS + MINOR) === 0) {
      kept = Array.from({ length: 10_000 }, (_, i) => ({ i, kept: kept.length }));
      await wait(1);
    }
    for (const kind of GARBAGE_KINDS.keys()) {
      const [count, seconds] = [of(GARBAGE_COLLECTIONS + kind), of(GARBAGE_S + kind)];
      const longest = of(GARBAGE_LONGEST_S + kind);
      expect([seconds > 0, longest > 0]).toEqual([count > 0, count > 0]);
      expect(longest).toBeLessThanOrEqual(seconds);
      expect(longest * count).toBeGreaterThanOrEqual(seconds * 0.999);
    }
  });
});

test('a thread without one says what it uses, no more often than the others', () => {
  const memory = Cells.reserve(1);
  const row = rowOfCells(memory, 0);
  const time = new FakeTime();
  const tell = vitalsOfLoop(new Cells(memory, 0), time.clock);
  tell();
  const first = row[CPU_S] as number;
  expect(first).toBeGreaterThan(0);
  expect(row[HEAP_USED]).toBeGreaterThan(1_000_000);
  block(20);
  time.nowUs += (TELL_EVERY_MS - 1) * 1_000;
  tell();
  expect(row[CPU_S]).toBe(first);
  time.nowUs += 1_000;
  tell();
  expect(row[CPU_S]).toBeGreaterThan(first);
});
