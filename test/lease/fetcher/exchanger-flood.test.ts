/** Many keys at once: in pieces, in turn, and none of them denied because there are many. */
import { beforeEach, describe, expect, test } from 'vitest';
import { limitOf } from '../../table/tables.ts';
import { ExchangerScene } from './exchanger-scene.ts';

const SMALL = limitOf(5, 86_400);

let scene: ExchangerScene;

beforeEach(() => {
  scene = new ExchangerScene();
});

/** So many new keys of one asker. */
function flood(keys: number, name = 'flood', askedUs = scene.time.nowUs) {
  return Array.from({ length: keys }, (_, i) =>
    scene.ask(`${name} ${i}`, [1], { limit: SMALL, askedUs }),
  );
}

/** The store answers the first of all calls that it has not answered yet. */
function answer(calls: number): void {
  for (const call of scene.store.calls.slice(answered, answered + calls)) call.answer();
  answered += calls;
}
let answered = 0;
beforeEach(() => {
  answered = 0;
});

describe('on one server', () => {
  beforeEach(() => {
    scene.store.isOneSlot = true;
    scene.store.manner = 'hold';
  });

  test('keys go 32 in a call, and at most 128 are under way', async () => {
    const told = flood(1_000);
    await scene.time.settle();
    expect(scene.store.calls.map(({ together }) => together.length)).toEqual(
      Array.from({ length: 128 }, () => 32),
    );
    for (let sent = 128; sent < 1_000; sent = scene.store.calls.length) {
      answer(32);
      await scene.time.pass(1);
      expect(scene.store.calls.length).toBe(Math.min(1_000, sent + 32));
    }
    answer(128);
    await scene.time.settle();
    for (const each of told) expect(each).toMatchObject([{ allowed: true, source: 'store' }]);
    expect(scene.answered.every((one) => one === true)).toBe(true);
  });

  test('keys that are asked for often do not go together: no call holds the store for long', async () => {
    for (const key of ['a', 'b', 'c']) {
      scene.ask(
        key,
        Array.from({ length: 600 }, () => 0),
      );
    }
    await scene.time.settle();
    expect(scene.store.calls.map(({ together }) => together.length)).toEqual([1, 1, 1]);
  });

  test('one that asks for one key is not behind a thousand of another', async () => {
    flood(1_000);
    await scene.time.pass(1);
    const told = scene.ask('innocent', [1], { limit: SMALL });
    await scene.time.settle();
    answer(32);
    await scene.time.settle();
    // One of the flood, whose turn it was, and then it.
    expect(scene.store.calls[129]?.exchange.key).toBe('innocent');
    answer(128);
    await scene.time.settle();
    expect(told).toMatchObject([{ source: 'store' }]);
  });

  test('a store that answers slowly, and is never silent, decides all in their time', async () => {
    const told = flood(500);
    await scene.time.settle();
    while (answered < 500) {
      await scene.time.pass(5);
      answer(32);
      await scene.time.settle();
    }
    for (const each of told) expect(each).toMatchObject([{ source: 'store' }]);
    expect(scene.answered).not.toContain('silent');
  });

  test('who could not be asked for in time is told so, and that it was not the store', async () => {
    const told = flood(1_500);
    await scene.time.settle();
    // An answer for 32 keys every 15 ms: it is slow, and not silent.
    for (let i = 0; i < 5; i++) {
      await scene.time.pass(15);
      answer(32);
    }
    await scene.time.pass(18);
    const count = new Map<string, number>();
    for (const one of told.flat()) {
      const word = typeof one === 'string' ? one : 'decided';
      count.set(word, (count.get(word) ?? 0) + 1);
    }
    expect(scene.answered).not.toContain('silent');
    expect(count.get('decided')).toBe(160);
    expect(count.get('late')).toBe(scene.store.calls.length - 160);
    expect(count.get('overloaded')).toBe(1_500 - scene.store.calls.length);
    expect(count.get('overloaded')).toBeGreaterThan(0);
  });

  test('nothing is sent for whom nobody waits any more', async () => {
    flood(300);
    await scene.time.pass(95);
    const sent = scene.store.calls.length;
    answer(sent);
    await scene.time.settle();
    expect(scene.store.calls.slice(sent).flatMap(({ exchange }) => exchange.costs)).toEqual([]);
  });
});

test('on a cluster, each key goes by itself: a part of it that is gone holds up no other', async () => {
  scene.store.manner = 'swallow';
  flood(128, 'gone');
  await scene.time.pass(1);
  scene.store.manner = 'answer';
  const told = scene.ask('alive', [1], { limit: SMALL });
  await scene.time.settle();
  expect(told).toEqual([]);
  await scene.time.pass(19);
  expect(told).toMatchObject([{ source: 'store' }]);
  expect(scene.store.calls.every(({ together }) => together.length === 1)).toBe(true);
});
