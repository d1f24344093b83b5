/** When files are taken for changed: by what they say, once it has settled, and on demand. */
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import {
  LOOK_EVERY_MS,
  type Look,
  lookAt,
  RulesWatch,
  SETTLE_MS,
} from '../../../src/policies/file/rules-watch.ts';
import { FakeTime } from '../../support/fake-time.ts';

/** What each look finds, and what was loaded. */
class Scene {
  readonly time = new FakeTime();
  /** What the files say now. */
  text = 'first';
  looks = 0;
  readonly loaded: string[] = [];
  /** Resolves when loading may end. */
  loading: Promise<void> = Promise.resolve();
  readonly watch = new RulesWatch({
    look: async () => {
      this.looks++;
      return lookOf(this.text);
    },
    load: async (files) => {
      this.loaded.push(files.ok ? (files.files[0]?.text ?? '') : '');
      await this.loading;
    },
    timers: this.time,
  });

  begin(): void {
    this.watch.begin(lookOf(this.text));
  }
}

function lookOf(text: string): Look {
  return { files: { ok: true, files: [{ file: 'f', text }] }, identity: text };
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

describe('what a look tells apart', () => {
  const folder = mkdtempSync(join(tmpdir(), 'argus-look-'));
  const at = (...path: readonly string[]) => join(folder, ...path);
  let number = 0;
  /** A folder of its own. */
  function freshFolder(): string {
    const path = at(`folder${number++}`);
    mkdirSync(path);
    return path;
  }
  const identityOf = async (path: string) => (await lookAt(path)).identity;

  afterAll(() => rmSync(folder, { recursive: true }));

  test('a file that is written again, with as many bytes', async () => {
    const file = join(freshFolder(), 'a.yaml');
    writeFileSync(file, 'one');
    const before = await identityOf(file);
    expect(await identityOf(file)).toBe(before);
    writeFileSync(file, 'two');
    expect(await identityOf(file)).not.toBe(before);
    writeFileSync(file, 'one');
    expect(await identityOf(file)).toBe(before);
  });

  test('a file that is gone', async () => {
    const file = join(freshFolder(), 'a.yaml');
    writeFileSync(file, 'one');
    const before = await identityOf(file);
    rmSync(file);
    const { files, identity } = await lookAt(file);
    expect(files.ok).toBe(false);
    expect(identity).not.toBe(before);
  });

  test('two files, and one that says what both are called and say', async () => {
    const path = freshFolder();
    const [a, b] = [join(path, 'a.yaml'), join(path, 'b.yaml')];
    writeFileSync(a, 'one');
    writeFileSync(b, 'two');
    const before = await identityOf(path);
    rmSync(b);
    writeFileSync(a, `one${b}two`);
    expect(await identityOf(path)).not.toBe(before);
  });

  test('a link that leads to another folder, as Kubernetes swaps them', async () => {
    const [one, other, mount] = [freshFolder(), freshFolder(), freshFolder()];
    writeFileSync(join(one, 'a.yaml'), 'one');
    writeFileSync(join(other, 'a.yaml'), 'two');
    symlinkSync(one, join(mount, '..data'));
    symlinkSync(join('..data', 'a.yaml'), join(mount, 'a.yaml'));
    const before = await identityOf(mount);
    symlinkSync(other, join(mount, '..data_tmp'));
    renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
    expect(await identityOf(mount)).not.toBe(before);
  });
});
