/** Loading and loading again: all or nothing, and what the log and the metrics say of it. */
import { beforeEach, describe, expect, test } from 'vitest';
import { EnvoyBook } from '../../src/envoy/envoy-book.ts';
import { RulesReceiver } from '../../src/envoy/rules-receiver.ts';
import { LOOK_EVERY_MS } from '../../src/lib/files-watch.ts';
import {
  Cells,
  POLICIES_LOADED_S,
  POLICIES_RULES,
  POLICIES_VALID,
  RELOADS_APPLIED,
  RELOADS_REFUSED,
  sumCells,
} from '../../src/metrics/cells.ts';
import { faultText } from '../../src/policies/file/fault.ts';
import type { FilesReading } from '../../src/policies/file/sources.ts';
import { OpenWindows } from '../../src/policies/open-windows.ts';
import { PolicyBook } from '../../src/policies/policy-book.ts';
import { PolicyLoading } from '../../src/threads/policy-loading.ts';
import { FakeTime } from '../support/fake-time.ts';

const LIMIT = '{name: requests, capacity: 10, interval: 10s}';
const GOOD = `policies: {a: {limits: [${LIMIT}], overrides: [{keys: [x, y], always: allow}]}}`;
const OTHER = `policies: {b: {limits: [${LIMIT}]}, c: {limits: [${LIMIT}]}}`;
const BAD = 'policies: {a: {limits: 1, x: 2}}';

class Scene {
  readonly time = new FakeTime();
  files: FilesReading = fileOf(GOOD);
  wallS = 1_700_000_000;
  readonly logged: string[] = [];
  readonly book = new PolicyBook();
  readonly envoyBook = new EnvoyBook();
  readonly loading: PolicyLoading;
  readonly #memory = Cells.reserve(1);

  constructor() {
    const windows = new OpenWindows(OpenWindows.reserve());
    const receiver = new RulesReceiver({
      book: this.book,
      envoyBook: this.envoyBook,
      windows,
      wall: () => 0,
    });
    this.loading = new PolicyLoading({
      look: async () => ({ found: this.files, identity: JSON.stringify(this.files) }),
      deciders: [async (piece) => receiver.receive(structuredClone(piece))],
      algorithm: 'fixed_window',
      cells: new Cells(this.#memory, 0),
      log: {
        info: (about: unknown, words: unknown) => {
          this.logged.push(`info ${JSON.stringify(about)} ${words}`);
        },
        error: (about: unknown, words: unknown) => {
          this.logged.push(`error ${JSON.stringify(about)} ${words}`);
        },
      } as never,
      wall: () => this.wallS * 1_000_000,
      timers: this.time,
    });
  }

  get names(): readonly string[] {
    return [...this.book.all].map(({ name }) => name);
  }

  get counted() {
    const sums = sumCells(this.#memory);
    return {
      valid: sums[POLICIES_VALID],
      loaded: sums[POLICIES_LOADED_S],
      rules: sums[POLICIES_RULES],
      applied: sums[RELOADS_APPLIED],
      refused: sums[RELOADS_REFUSED],
    };
  }

  /** Time in which a change is noticed. */
  async pass(): Promise<void> {
    this.wallS += 2;
    await this.time.pass(2 * LOOK_EVERY_MS);
  }
}

function fileOf(text: string): FilesReading {
  return { ok: true, files: [{ file: 'f', text }] };
}

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

describe('at the start', () => {
  test('good files are in force, and no reload', async () => {
    expect(await scene.loading.start()).toEqual([]);
    expect(scene.names).toEqual(['a']);
    expect(scene.counted).toEqual({
      valid: 1,
      loaded: 1_700_000_000,
      // A limit and an override.
      rules: 2,
      applied: 0,
      refused: 0,
    });
    expect(scene.logged).toEqual(['info {"policies":1,"rules":2} policies loaded']);
  });

  test('of bad files all faults are told, and nothing more is done', async () => {
    scene.files = fileOf(BAD);
    expect((await scene.loading.start()).map(faultText)).toEqual([
      'f:1:24: policies.a.limits must be a list of 1 to 8 limits, is 1',
      'f:1:27: policies.a.x is not a field',
    ]);
    expect([scene.names, scene.logged, scene.time.planned]).toEqual([[], [], 0]);
    expect(scene.counted.valid).toBe(0);
  });
});

describe('later', () => {
  beforeEach(async () => {
    await scene.loading.start();
    scene.logged.length = 0;
  });

  test('files that have changed take the place of those before', async () => {
    scene.files = fileOf(OTHER);
    await scene.pass();
    expect(scene.names).toEqual(['b', 'c']);
    expect(scene.counted).toEqual({
      valid: 1,
      loaded: 1_700_000_002,
      rules: 2,
      applied: 1,
      refused: 0,
    });
    expect(scene.logged).toEqual(['info {"policies":2,"rules":2} policies loaded again']);
  });

  test('bad files change nothing, and are told once', async () => {
    scene.files = fileOf(BAD);
    for (let i = 0; i < 5; i++) await scene.pass();
    expect(scene.names).toEqual(['a']);
    expect(scene.counted).toEqual({
      valid: 0,
      loaded: 1_700_000_000,
      rules: 2,
      applied: 0,
      refused: 1,
    });
    expect(scene.logged).toEqual([
      'error {"faults":2} policies stay as they were for 2 faults, the first: f:1:24: policies.a.limits must be a list of 1 to 8 limits, is 1',
    ]);
  });

  test('files that are gone are bad, and good again when they are back', async () => {
    const there = scene.files;
    const words = 'cannot be read: ENOENT';
    scene.files = { ok: false, faults: [{ file: 'f', line: 0, column: 0, words }] };
    await scene.pass();
    expect([scene.names, scene.counted.valid]).toEqual([['a'], 0]);
    expect(scene.logged).toEqual([
      'error {"faults":1} policies stay as they were: f: cannot be read: ENOENT',
    ]);
    scene.files = there;
    await scene.pass();
    expect([scene.names, scene.counted.valid]).toEqual([['a'], 1]);
    expect(scene.counted).toMatchObject({ applied: 1, refused: 1 });
  });

  test('a signal has them read at once, changed or not', async () => {
    scene.loading.reload();
    await scene.time.settle();
    expect(scene.counted).toMatchObject({ applied: 1, refused: 0 });
    scene.files = fileOf(BAD);
    scene.loading.reload();
    await scene.time.settle();
    expect(scene.counted).toMatchObject({ valid: 0, applied: 1, refused: 1 });
  });
});
