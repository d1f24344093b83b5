/** Which keys come most often: against exact counts. */
import { describe, expect, test } from 'vitest';
import { Key } from '../../src/memory/key.ts';
import { hashOf } from '../../src/table/keyed-hash.ts';
import { HALF_LIFE_US, Sketch } from '../../src/top-keys/sketch.ts';
import { ENTRIES, reserveSketches, sketchOf } from '../../src/top-keys/sketch-memory.ts';
import { type TopKey, topKeys } from '../../src/top-keys/top.ts';
import { Chance } from '../simulation/chance.ts';

const HASH_KEY = { k0: 1, k1: 2 };
const NOW_US = 5_000_000;

/** One thread's sketch, and the others' beside it. */
class Scene {
  readonly memory: SharedArrayBuffer;
  readonly #sketches: readonly Sketch[];
  readonly #halfLifeUs: number;
  readonly #key = new Key();

  constructor(halfLifeUs = Number.POSITIVE_INFINITY, threads = 1) {
    this.memory = reserveSketches(threads, NOW_US);
    this.#halfLifeUs = halfLifeUs;
    this.#sketches = Array.from(
      { length: threads },
      (_, thread) => new Sketch(sketchOf(this.memory, thread, 'denied'), halfLifeUs),
    );
  }

  count(text: string, nowUs = NOW_US, thread = 0): void {
    this.#key.set(text);
    this.#key.hash = hashOf(HASH_KEY, this.#key);
    this.#sketches[thread]?.count(this.#key, nowUs);
  }

  top(most = ENTRIES, nowUs = NOW_US): readonly TopKey[] {
    return topKeys(this.memory, { outcome: 'denied', most, nowUs, halfLifeUs: this.#halfLifeUs });
  }
}

function textOf({ words, length }: TopKey): string {
  const bytes = Buffer.alloc(words.length * 4);
  for (const [i, word] of words.entries()) bytes.writeInt32BE(word, i * 4);
  return bytes.toString('latin1', 0, length);
}

const told = (top: readonly TopKey[]) =>
  top.map((one) => [textOf(one), one.count, one.error] as const);

test('few keys are counted exactly', () => {
  const scene = new Scene();
  for (const text of ['a', 'b', 'c', 'b', 'c', 'c']) scene.count(text);
  expect(told(scene.top())).toEqual([
    ['c', 3, 0],
    ['b', 2, 0],
    ['a', 1, 0],
  ]);
  expect(told(scene.top(1))).toEqual([['c', 3, 0]]);
});

test('a key that is one too many takes the place of the rarest, and says what it may owe it', () => {
  const scene = new Scene();
  for (let i = 0; i < ENTRIES; i++) {
    scene.count(`key ${i}`);
    if (i !== 7) scene.count(`key ${i}`);
  }
  scene.count('new');
  const top = told(scene.top());
  expect(top).toContainEqual(['new', 2, 1]);
  expect(top.map(([text]) => text)).not.toContain('key 7');
  expect(top).toHaveLength(ENTRIES);
});

//  keys, questions, seed
test.each([
  [5_000, 100_000, 1],
  [2_000, 50_000, 2],
  [100_000, 300_000, 3],
])(
  'of %d keys asked %d times a count is never too low, nor too high by more than it says',
  (keys, questions, seed) => {
    const scene = new Scene();
    const chance = new Chance(seed);
    const exact = new Map<string, number>();
    for (let i = 0; i < questions; i++) {
      const text = `key ${zipf(chance.next(), keys)}`;
      exact.set(text, (exact.get(text) ?? 0) + 1);
      scene.count(text);
    }
    const top = told(scene.top());
    expect(top).toHaveLength(ENTRIES);
    for (const [text, count, error] of top) {
      const were = exact.get(text) ?? 0;
      expect(count).toBeGreaterThanOrEqual(were);
      expect(count - error).toBeLessThanOrEqual(were);
    }
    // Nobody who is a thousandth of all is missing.
    const missing = [...exact].filter(
      ([text, were]) => were > questions / ENTRIES && !top.some(([one]) => one === text),
    );
    expect(missing).toEqual([]);
  },
);

describe('decay', () => {
  test('a count is half after a half-life, and an old key makes room for new ones', () => {
    const scene = new Scene(HALF_LIFE_US);
    for (let i = 0; i < 8; i++) scene.count('old', NOW_US);
    const laterUs = NOW_US + HALF_LIFE_US;
    expect(told(scene.top(1, laterUs))).toEqual([['old', 4, 0]]);
    for (let i = 0; i < 5; i++) scene.count('new', laterUs);
    expect(told(scene.top(2, laterUs))).toEqual([
      ['new', 5, 0],
      ['old', 4, 0],
    ]);
  });

  test('goes on for years', () => {
    const scene = new Scene(HALF_LIFE_US);
    const yearUs = 366 * 86_400_000_000;
    for (let year = 0; year < 5; year++) {
      const nowUs = NOW_US + year * yearUs;
      for (let i = 0; i < 3; i++) scene.count('a', nowUs);
      scene.count('b', nowUs);
      const [first, second] = told(scene.top(2, nowUs));
      expect(first).toEqual(['a', 3, 0]);
      expect(second).toEqual(['b', 1, 0]);
    }
  });
});

test('threads are added up; one without the key may have had as many as its rarest', () => {
  const scene = new Scene(Number.POSITIVE_INFINITY, 3);
  for (let i = 0; i < 10; i++) scene.count('hot', NOW_US, 0);
  for (let i = 0; i < 5; i++) scene.count('hot', NOW_US, 1);
  for (let i = 0; i < 2 * ENTRIES; i++) scene.count(`key ${i % ENTRIES}`, NOW_US, 2);
  const [hot] = scene.top(1);
  expect(hot).toMatchObject({ count: 10 + 5 + 2, error: 2 });
});

test('a thread that has room for more keys has not had those that it has no entry for', () => {
  const scene = new Scene(Number.POSITIVE_INFINITY, 2);
  for (let i = 0; i < 9; i++) scene.count(i < 5 ? 'a' : 'b', NOW_US, i < 5 ? 0 : 1);
  expect(told(scene.top())).toEqual([
    ['a', 5, 0],
    ['b', 4, 0],
  ]);
});

test('keys of one beginning, long ones and those of other namespaces are told apart', () => {
  const scene = new Scene();
  const long = 'x'.repeat(200);
  for (const text of ['a', 'a\0', `${long}1`, `${long}2`, '\ud800a', 'é']) scene.count(text);
  expect(scene.top().map(({ count }) => count)).toEqual([1, 1, 1, 1, 1, 1]);
});

/** From 0 on, by Zipf's law with exponent 1.1, for a number from 0 to 1. */
function zipf(random: number, keys: number): number {
  const end = keys ** -0.1;
  return Math.min(keys - 1, Math.floor((1 - random * (1 - end)) ** -10) - 1);
}
