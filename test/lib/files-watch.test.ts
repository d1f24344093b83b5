/** When files are taken for changed: by what they say, once it has settled, and on demand. */
import { beforeEach, describe, expect, test } from 'vitest';
import { FilesWatch, LOOK_EVERY_MS, type Look, SETTLE_MS } from '../../src/lib/files-watch.ts';
import { FakeTime } from '../support/fake-time.ts';

/** What each look finds, and what was loaded. */
class Scene {
  readonly time = new FakeTime();
  /** What the files say now. */
  text = 'first';
  looks = 0;
  readonly loaded: string[] = [];
  /** Resolves when loading may end. */
  loading: Promise<void> = Promise.resolve();
  readonly watch: FilesWatch<string>;

  /** `settlesFirst`: whether what is asked for has to settle, too. */
  constructor(settlesFirst = false) {
    this.watch = this.#watchOf(settlesFirst);
  }

  #watchOf(settlesFirst: boolean): FilesWatch<string> {
    return new FilesWatch({
      look: async () => {
        this.looks++;
        return lookOf(this.text);
      },
      load: async (text) => {
        this.loaded.push(text);
        await this.loading;
      },
      timers: this.time,
      settlesFirst,
    });
  }

  begin(): void {
    this.watch.begin(lookOf(this.text));
  }
}

function lookOf(text: string): Look<string> {
  return { found: text, identity: text };
}

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

describe('files that are looked at', () => {
  test('are not loaded while they say the same', async () => {
    scene.begin();
    await scene.time.pass(10 * LOOK_EVERY_MS);
    expect([scene.looks, scene.loaded]).toEqual([10, []]);
  });

  test('are loaded within two seconds of a change, whenever it comes', async () => {
    for (const ms of [0, 1, 499, 999]) {
      scene = new Scene();
      scene.begin();
      await scene.time.pass(3 * LOOK_EVERY_MS + ms);
      scene.text = 'second';
      await scene.time.pass(1_600);
      expect(scene.loaded).toEqual(['second']);
      await scene.time.pass(10 * LOOK_EVERY_MS);
      expect(scene.loaded).toEqual(['second']);
    }
  });

  test('are not loaded while they go on changing', async () => {
    scene.begin();
    for (let i = 0; i < 20; i++) {
      scene.text = `half ${i}`;
      await scene.time.pass(SETTLE_MS);
    }
    expect(scene.loaded).toEqual([]);
    scene.text = 'whole';
    await scene.time.pass(2 * SETTLE_MS);
    expect(scene.loaded).toEqual(['whole']);
  });

  test('that change back before they have settled were not changed', async () => {
    scene.begin();
    scene.text = 'second';
    await scene.time.pass(LOOK_EVERY_MS);
    scene.text = 'first';
    await scene.time.pass(10 * LOOK_EVERY_MS);
    expect(scene.loaded).toEqual([]);
  });

  test('that change while others are loaded are loaded after them', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    scene.loading = promise;
    scene.begin();
    scene.text = 'second';
    await scene.time.pass(2 * LOOK_EVERY_MS);
    scene.text = 'third';
    await scene.time.pass(10 * LOOK_EVERY_MS);
    expect(scene.loaded).toEqual(['second']);
    resolve();
    await scene.time.pass(2 * LOOK_EVERY_MS);
    expect(scene.loaded).toEqual(['second', 'third']);
  });
});

describe('files that are asked for', () => {
  test('are loaded at once, changed or not', async () => {
    scene.begin();
    await scene.time.pass(10);
    scene.watch.ask();
    await scene.time.settle();
    scene.text = 'second';
    scene.watch.ask();
    await scene.time.settle();
    expect(scene.loaded).toEqual(['first', 'second']);
    await scene.time.pass(10 * LOOK_EVERY_MS);
    expect(scene.loaded).toEqual(['first', 'second']);
  });

  test('before the first were loaded are loaded again after them', async () => {
    scene.watch.ask();
    await scene.time.pass(10 * LOOK_EVERY_MS);
    expect(scene.loaded).toEqual([]);
    scene.begin();
    await scene.time.settle();
    expect(scene.loaded).toEqual(['first']);
  });

  test('while others are loaded are loaded after them', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    scene.loading = promise;
    scene.begin();
    scene.watch.ask();
    await scene.time.settle();
    scene.text = 'second';
    scene.watch.ask();
    scene.watch.ask();
    await scene.time.settle();
    expect(scene.loaded).toEqual(['first']);
    resolve();
    await scene.time.settle();
    expect(scene.loaded).toEqual(['first', 'second']);
  });
});

describe('files that have to settle, also when they are asked for', () => {
  beforeEach(() => {
    scene = new Scene(true);
    scene.begin();
  });

  test('are loaded at once where they say the same', async () => {
    scene.watch.ask();
    await scene.time.settle();
    expect(scene.loaded).toEqual(['first']);
  });

  test('are not loaded while they change, however often they are asked for', async () => {
    for (let i = 0; i < 20; i++) {
      scene.text = `half ${i}`;
      scene.watch.ask();
      await scene.time.pass(SETTLE_MS - 1);
    }
    expect(scene.loaded).toEqual([]);
    scene.text = 'whole';
    await scene.time.pass(2 * SETTLE_MS);
    expect(scene.loaded).toEqual(['whole']);
    await scene.time.pass(10 * LOOK_EVERY_MS);
    expect(scene.loaded).toEqual(['whole']);
  });

  test('are loaded where they change back, as somebody has asked for it', async () => {
    scene.text = 'second';
    scene.watch.ask();
    await scene.time.settle();
    scene.text = 'first';
    await scene.time.pass(2 * SETTLE_MS);
    expect(scene.loaded).toEqual(['first']);
  });
});
