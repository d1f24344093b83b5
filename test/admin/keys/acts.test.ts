/** What operators do to a bucket: just that, to that bucket, and never beyond its bounds. */
import { describe, expect, test } from 'vitest';
import type { KeyAct } from '../../../src/admin/keys/acts.ts';
import { ENGINES } from '../../../src/table/table-memory.ts';
import { BRIEF, DAILY, limitOf } from '../../table/tables.ts';
import { KeyScene, toldOf } from './key-scene.ts';

const FILES = {
  'limits.yaml': `policies:
  api:
    limits:
      - {name: minute, capacity: 4, interval: 8s}
      - {name: daily, capacity: 6, calendar: day}
`,
};
const LIMIT = limitOf(4, 8);
const plain = (key: string) => ({ by: 'plain', key }) as const;
const ofPolicy = (key: string, limit: string | null = null) =>
  ({ by: 'policy', policy: 'api', limit, key }) as const;
const RESET: KeyAct = { kind: 'reset' };
const refund = (tokens: number): KeyAct => ({ kind: 'refund', tokens });
const used = (tokens: number): KeyAct => ({ kind: 'used', used: tokens });

describe.each(ENGINES)('with %s', (engine) => {
  function taken(tokens: number) {
    const scene = new KeyScene(engine);
    scene.table.take('alice', LIMIT, tokens);
    scene.table.take('alicf', LIMIT, tokens);
    const remaining = (key = 'alice') => scene.table.take(key, LIMIT, 0).remaining;
    return { scene, remaining };
  }

  //  what is done where 3 of 4 are used, what remains after it
  test.each([
    [RESET, 4],
    [refund(1), 2],
    [refund(3), 4],
    [refund(4), 4],
    [refund(Number.MAX_SAFE_INTEGER), 4],
    [used(0), 4],
    [used(1), 3],
    [used(3), 1],
    [used(4), 0],
  ] as const)('%j', async (act, left) => {
    const { scene, remaining } = taken(3);
    const told = toldOf(await scene.act(plain('alice'), act));
    expect(told).toMatchObject({ done: true, key: 'alice', bucket: { remaining: left } });
    expect([remaining(), remaining('alicf')]).toEqual([left, 1]);
    // It is refilled on from there, and no faster.
    scene.table.pass(1.9);
    expect(remaining()).toBe(left);
    scene.table.pass(0.1);
    expect(remaining()).toBe(Math.min(4, left + 1));
    scene.table.evict();
    expect(scene.table.table.take('alice', LIMIT, 0, scene.table.nowUs).remaining).toBe(
      Math.min(4, left + 1),
    );
  });

  test('a bucket that was filled is forgotten by the next sweep', async () => {
    const { scene } = taken(3);
    await scene.act(plain('alice'), RESET);
    scene.table.evict();
    expect(scene.table.keys()).toEqual(['alicf']);
  });

  test('one of which tokens were said to be in use is kept as long as they are', async () => {
    const scene = new KeyScene(engine);
    scene.table.take('alice', LIMIT, 1);
    scene.table.pass(3);
    await scene.act(plain('alice'), used(4));
    scene.table.pass(7);
    scene.table.evict();
    expect(scene.table.take('alice', LIMIT, 0).remaining).toBe(3);
    scene.table.pass(1);
    scene.table.evict();
    expect(scene.table.keys()).toEqual([]);
  });

  test('what is said to be in use comes back from then on, however long it was full', async () => {
    const { scene, remaining } = taken(3);
    await scene.act(plain('alice'), RESET);
    scene.table.pass(5);
    await scene.act(plain('alice'), used(4));
    expect(remaining()).toBe(0);
    scene.table.pass(2);
    expect(remaining()).toBe(1);
  });

  test('no bucket is made', async () => {
    const scene = new KeyScene(engine);
    for (const act of [RESET, refund(1)]) {
      expect(toldOf(await scene.act(plain('nobody'), act))).toMatchObject({
        done: false,
        bucket: null,
      });
    }
    expect(await scene.act(plain('nobody'), used(1))).toMatchObject({ kind: 'unknown' });
    expect(scene.table.table.size).toBe(0);
    expect(scene.logged).toEqual([]);
  });

  test('a bucket that keys share is left alone', async () => {
    const scene = new KeyScene(engine, 1);
    scene.table.take('a', DAILY);
    scene.table.take('b', BRIEF);
    expect(toldOf(await scene.act(plain('b'), RESET))).toMatchObject({ done: false });
    expect(scene.table.take('b', BRIEF).allowed).toBe(false);
  });
});

describe('more in use than the capacity is refused', () => {
  test.each([5, Number.MAX_SAFE_INTEGER])('%i of 4', async (tokens) => {
    const scene = new KeyScene();
    scene.table.take('alice', LIMIT, 3);
    expect(await scene.act(plain('alice'), used(tokens))).toEqual({
      kind: 'bad',
      field: 'used',
      fault: `used must be at most 4 (the capacity), is ${tokens}`,
    });
    expect(scene.table.take('alice', LIMIT, 0).remaining).toBe(1);
    expect(scene.logged).toEqual([]);
  });
});

describe('of a policy', () => {
  function taken() {
    const scene = new KeyScene();
    scene.load(FILES);
    for (let i = 0; i < 3; i++) scene.ask('api', 'bob');
    const left = async () => {
      const { limits } = await scene.explain(ofPolicy('bob'));
      return (limits as { bucket: { remaining: number } }[]).map((one) => one.bucket.remaining);
    };
    return { scene, left };
  }

  test('all of its buckets, or the one that is named', async () => {
    const { scene, left } = taken();
    await scene.act(ofPolicy('bob', 'daily'), refund(2));
    expect(await left()).toEqual([1, 5]);
    await scene.act(ofPolicy('bob'), refund(1));
    expect(await left()).toEqual([2, 6]);
    // More than is in use is no more than all.
    await scene.act(ofPolicy('bob', 'daily'), refund(1_000));
    expect(scene.ask('api', 'bob', 7)).toBe(false);
    await scene.act(ofPolicy('bob', 'daily'), used(6));
    expect(await left()).toEqual([2, 0]);
    expect(scene.ask('api', 'bob')).toBe(false);
    await scene.act(ofPolicy('bob'), RESET);
    expect(await left()).toEqual([4, 6]);
    expect(scene.ask('api', 'bob')).toBe(true);
  });

  test('a window that is given back more than it took has all, and no more', async () => {
    const { scene, left } = taken();
    await scene.act(ofPolicy('bob', 'daily'), refund(Number.MAX_SAFE_INTEGER));
    expect(await left()).toEqual([1, 6]);
    scene.table.pass(8);
    expect(scene.ask('api', 'bob', 4)).toBe(true);
    expect(await left()).toEqual([0, 2]);
  });

  test('how many are in use is said of one', async () => {
    const { scene, left } = taken();
    expect(await scene.act(ofPolicy('bob'), used(1))).toMatchObject({
      kind: 'bad',
      field: 'limit',
    });
    expect(await scene.act(ofPolicy('bob', 'daily'), used(7))).toMatchObject({
      fault: 'used must be at most 6 (the capacity), is 7',
    });
    expect(await left()).toEqual([1, 3]);
  });

  test('of a window that is over nothing is in use, unless its limit opens another', async () => {
    const { scene, left } = taken();
    scene.table.pass(2 * 86_400);
    await scene.act(ofPolicy('bob', 'daily'), used(2));
    expect(await left()).toEqual([4, 4]);
    scene.table.pass(2 * 86_400);
    scene.load({
      'limits.yaml': 'policies:\n  other:\n    limits: [{name: a, capacity: 1, interval: 1s}]\n',
    });
    expect(await scene.act(ofPolicy('bob', 'daily'), used(2))).toMatchObject({ kind: 'refused' });
  });
});

test('what is said to be in use comes back from then on, not from the tick before', async () => {
  const scene = new KeyScene();
  // More than three tokens come back each second, and nothing between.
  const limit = limitOf(99_999_989, 366 * 86_400);
  expect(limit.tickUs).toBe(1_000_000);
  scene.table.take('alice', limit, 1_000);
  scene.table.pass(0.9);
  await scene.act(plain('alice'), used(1_000));
  const inUse = () => limit.capacity - scene.table.take('alice', limit, 0).remaining;
  scene.table.pass(0.9);
  expect(inUse()).toBe(1_000);
  scene.table.pass(0.1);
  expect(inUse()).toBe(997);
});

test('who did what to which key is logged and counted, whatever the key is', async () => {
  const scene = new KeyScene();
  const key = 'a\r\n{"level":"fatal"}\0<script>';
  scene.table.take(key, LIMIT, 3);
  for (const act of [refund(1), used(2), RESET]) await scene.act(plain(key), act);
  const [first] = scene.logged;
  expect(first).toEqual([
    {
      from: '192.0.2.1',
      kind: 'refund',
      tokens: 1,
      id: expect.stringMatching(/^[\w-]+$/) as unknown,
      namespace: 'plain',
      policy: undefined,
      limit: undefined,
      key: JSON.stringify(key),
    },
    'an operator changed a bucket: refund',
  ]);
  expect(scene.logged).toHaveLength(3);
  for (const act of ['reset', 'refund', 'used'] as const) expect(scene.counted(act)).toBe(1);
});

test('what is admitted is bounded: an operator’s refund gives back no more than was taken', async () => {
  const scene = new KeyScene();
  let admitted = 0;
  let given = 0;
  const began = scene.table.nowUs;
  for (let i = 0; i < 400; i++) {
    if (scene.table.take('alice', LIMIT, 1 + (i % 3)).allowed) admitted += 1 + (i % 3);
    if (i % 7 === 3) {
      const before = scene.table.take('alice', LIMIT, 0).remaining;
      await scene.act(plain('alice'), refund(2));
      const after = scene.table.take('alice', LIMIT, 0).remaining;
      expect(after).toBe(Math.min(4, before + 2));
      given += after - before;
    }
    scene.table.pass(0.37);
  }
  const seconds = (scene.table.nowUs - began) / 1_000_000;
  expect(admitted - given).toBeLessThanOrEqual(4 + seconds / 2);
});
