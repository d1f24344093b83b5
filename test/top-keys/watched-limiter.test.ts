/** What is counted of what is decided: which keys, and as what. */
import { beforeEach, describe, expect, test } from 'vitest';
import { inNamespace } from '../../src/lib/namespace.ts';
import { impossible } from '../../src/limiter/impossible.ts';
import type { Asked, KeptQuestion, Question } from '../../src/limiter/limiter.ts';
import { LocalLimiter } from '../../src/limiter/local-limiter.ts';
import { keyText } from '../../src/memory/key-text.ts';
import { Cells } from '../../src/metrics/cells.ts';
import { HashedKeys } from '../../src/table/hashed-keys.ts';
import { reserveTable } from '../../src/table/table-memory.ts';
import { OUTCOMES, reserveSketches } from '../../src/top-keys/sketch-memory.ts';
import { topKeys } from '../../src/top-keys/top.ts';
import { WatchedLimiter } from '../../src/top-keys/watched-limiter.ts';
import { LateLimiter } from '../limiter/limiters.ts';
import { limitOf } from '../table/tables.ts';

const NOW_US = 1_000_000;
/** Nothing comes back while a test runs. */
const LIMIT = limitOf(2, 86_400);

let memory: SharedArrayBuffer;
let limiter: WatchedLimiter;
let late: WatchedLimiter;
beforeEach(() => {
  const table = reserveTable(1_000);
  const keys = new HashedKeys(table.hashKey);
  const local = new LocalLimiter(table, new Cells(Cells.reserve(1), 0), keys);
  memory = reserveSketches(2, 0);
  limiter = new WatchedLimiter({ limiter: local, keys, sketches: memory, thread: 0 });
  const slow = new LateLimiter(local);
  late = new WatchedLimiter({ limiter: slow, keys, sketches: memory, thread: 1 });
});

const of = (key: string, cost = 1): Question => ({ key, limit: LIMIT, cost });

function kept(key: string, cost = 1, more: Partial<KeptQuestion> = {}): KeptQuestion {
  const limit = { rate: LIMIT, window: null };
  return { key, kept: limit, cost, overdraft: false, isDry: false, ...more };
}

/** How often each key was counted, as allowed and as denied. */
function counted(): Readonly<Record<string, readonly [number, number]>> {
  const all: Record<string, [number, number]> = {};
  for (const [place, outcome] of OUTCOMES.entries()) {
    for (const one of topKeys(memory, { outcome, most: 100, nowUs: NOW_US })) {
      const { text } = keyText(one.words, one.length);
      all[text] ??= [0, 0];
      all[text][place] = one.count;
    }
  }
  return all;
}

/** Decided at once. */
function take(question: Question): void {
  expect(limiter.take(question, NOW_US)).not.toBeInstanceOf(Promise);
}

function takeAll(...questions: readonly Asked[]): void {
  expect(limiter.takeAll(questions, NOW_US)).not.toBeInstanceOf(Promise);
}

test('a question is counted by what it came to, whatever it costs', () => {
  for (const cost of [1, 1, 1, 2]) take(of('a', cost));
  take(of('b', 2));
  expect(counted()).toEqual({ a: [2, 2], b: [1, 0] });
});

test('a look and what is given back are not counted', () => {
  take(of('a', 0));
  take(of('a', -1));
  takeAll(kept('b', 0));
  takeAll(kept('b', -1));
  expect(counted()).toEqual({});
});

test('keys that are asked for in turn are each counted as themselves', () => {
  for (const key of ['a', 'b', 'a', 'b', 'b']) take(of(key));
  void limiter.reset('a', NOW_US);
  take(of('a'));
  expect(counted()).toEqual({ a: [3, 0], b: [2, 1] });
});

describe('all or none', () => {
  test('that are taken are all allowed', () => {
    takeAll(kept('a'), of('b'), kept('c'));
    takeAll(kept('c'), kept('a'));
    expect(counted()).toEqual({ a: [2, 0], b: [1, 0], c: [2, 0] });
  });

  test('of those that are not taken only those are denied that had not enough', () => {
    takeAll(kept('a', 2));
    takeAll(kept('b'), kept('a'), kept('c'));
    expect(counted()).toEqual({ a: [1, 1] });
  });

  test('a dry run that would deny counts as neither, and stops no other', () => {
    takeAll(kept('a', 2, { isDry: true }));
    takeAll(kept('a', 1, { isDry: true }));
    takeAll(kept('a', 1, { isDry: true }), kept('b'));
    expect(counted()).toEqual({ a: [1, 0], b: [1, 0] });
  });

  test('what stands for what is always denied is nobody’s', () => {
    takeAll(kept('a'), impossible('b'));
    expect(counted()).toEqual({});
  });

  test('keys of policies are told apart by all of their names', () => {
    const [one, other] = ['daily\0api\0a', 'hourly\0api\0a'];
    const names = [one, other].map((name) => inNamespace('policy', name));
    takeAll(...names.map((name) => kept(name)));
    expect(counted()).toEqual({ [one]: [1, 0], [other]: [1, 0] });
  });
});

test('what is decided later is counted then, as the key that was asked for', async () => {
  const [a, b] = [late.take(of('a', 2), NOW_US), late.takeAll([of('b', 2), of('c')], NOW_US)];
  expect(counted()).toEqual({});
  take(of('d'));
  await Promise.all([a, b, late.take(of('a'), NOW_US), late.takeAll([kept('b')], NOW_US)]);
  expect(counted()).toEqual({ a: [1, 1], b: [1, 1], c: [1, 0], d: [1, 0] });
});
