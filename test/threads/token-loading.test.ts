/** The file of tokens as it is read, read again, half written, wrong, and as tokens expire. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { TokenTerms } from '../../src/access/grant.ts';
import { identityOf, LOOK_EVERY_MS, SETTLE_MS } from '../../src/lib/files-watch.ts';
import type { TextReading } from '../../src/lib/text-file.ts';
import {
  Cells,
  sumCells,
  TOKENS,
  TOKENS_APPLIED,
  TOKENS_REFUSED,
  TOKENS_VALID,
} from '../../src/metrics/cells.ts';
import { EXPIRE_EVERY_MS, TokenLoading } from '../../src/threads/token-loading.ts';
import { termsOf } from '../access/terms.ts';
import { FakeTime } from '../support/fake-time.ts';
import { textOf } from '../support/tokens-file.ts';

const DAY_US = 86_400_000_000;
const ABC = textOf([termsOf('a'), termsOf('b'), termsOf('c')]);
const AB = textOf([termsOf('a'), termsOf('b')]);

class Scene {
  readonly time = new FakeTime();
  /** What the file says; null where it is not there. */
  text: string | null = ABC;
  wallUs = 0;
  readonly lines: string[] = [];
  readonly given: string[] = [];
  readonly #memory = Cells.reserve(1);
  readonly loading: TokenLoading;

  constructor() {
    const say = (_: unknown, line: unknown) => void this.lines.push(String(line));
    this.loading = new TokenLoading({
      path: 'tokens',
      look: async () => {
        const found: TextReading =
          this.text === null ? { ok: false, fault: 'gone' } : { ok: true, text: this.text };
        return { found, identity: identityOf([String(this.text)]) };
      },
      cells: new Cells(this.#memory, 0),
      log: { info: say, error: say } as never,
      wall: () => this.wallUs,
      timers: this.time,
    });
  }

  async begin(): Promise<void> {
    expect(await this.loading.start()).toEqual([]);
    this.loading.watch((tokens) => this.given.push(namesOf(tokens)));
  }

  get inForce(): string {
    return namesOf(this.loading.inForce);
  }

  cell(cell: number): number {
    return sumCells(this.#memory)[cell] as number;
  }
}

function namesOf(tokens: readonly TokenTerms[]): string {
  return tokens.map(({ name }) => name).join('');
}

let scene: Scene;
beforeEach(() => {
  scene = new Scene();
});

test('what is wrong at the start is said, and nothing is in force', async () => {
  for (const text of ['', 'name=a\n', ABC.slice(0, -1), null]) {
    scene.text = text;
    const faults = await scene.loading.start();
    expect(faults.length).toBeGreaterThan(0);
    expect(faults[0]).toMatch(/^tokens:/);
    expect(scene.inForce).toBe('');
  }
});

test('what has changed is in force within two seconds, and given once', async () => {
  await scene.begin();
  await scene.time.pass(5 * LOOK_EVERY_MS);
  expect([scene.inForce, scene.given]).toEqual(['abc', []]);
  scene.text = AB;
  await scene.time.pass(1_600);
  expect([scene.inForce, scene.given, scene.cell(TOKENS)]).toEqual(['ab', ['ab'], 2]);
  await scene.time.pass(5 * LOOK_EVERY_MS);
  expect(scene.given).toEqual(['ab']);
  expect([scene.cell(TOKENS_APPLIED), scene.cell(TOKENS_VALID)]).toEqual([1, 1]);
});

describe('a file that is half written', () => {
  test('where a line ends is not taken while it is written on, also not by a signal', async () => {
    await scene.begin();
    const lines = ABC.split('\n');
    for (const count of [1, 2]) {
      scene.text = `${lines.slice(0, count).join('\n')}\n`;
      scene.loading.reload();
      await scene.time.pass(SETTLE_MS - 1);
    }
    scene.text = ABC;
    scene.loading.reload();
    await scene.time.pass(2 * SETTLE_MS);
    expect(scene.given).toEqual(['abc']);
  });

  test('anywhere else never takes effect', async () => {
    await scene.begin();
    for (const end of [0, 1, 20, AB.length - 1]) {
      scene.text = ABC.slice(0, end);
      await scene.time.pass(3 * LOOK_EVERY_MS);
      expect([scene.inForce, scene.given, scene.cell(TOKENS_VALID)]).toEqual(['abc', [], 0]);
    }
    expect([scene.cell(TOKENS_APPLIED), scene.cell(TOKENS_REFUSED)]).toEqual([0, 4]);
    expect(scene.lines.at(-1)).toContain(
      'tokens stay as they were: tokens: the last line must end',
    );
    scene.text = null;
    await scene.time.pass(3 * LOOK_EVERY_MS);
    expect([scene.inForce, scene.lines.at(-1)]).toEqual([
      'abc',
      'tokens stay as they were: tokens: gone',
    ]);
    scene.text = AB;
    await scene.time.pass(3 * LOOK_EVERY_MS);
    expect([scene.inForce, scene.cell(TOKENS_VALID)]).toEqual(['ab', 1]);
  });
});

test('a signal loads what is there, changed or not', async () => {
  await scene.begin();
  scene.loading.reload();
  await scene.time.settle();
  expect([scene.given, scene.cell(TOKENS_APPLIED)]).toEqual([['abc'], 1]);
});

describe('a token that expires', () => {
  const EXPIRING = `${ABC}${textOf([termsOf('x')]).trim()} expires=1970-01-02\n`;

  test('is in force until then, and not a second longer', async () => {
    scene.text = EXPIRING;
    await scene.begin();
    scene.wallUs = DAY_US - 1_000;
    await scene.time.pass(EXPIRE_EVERY_MS);
    expect([scene.inForce, scene.given]).toEqual(['abcx', []]);
    scene.wallUs = DAY_US;
    await scene.time.pass(EXPIRE_EVERY_MS);
    expect([scene.inForce, scene.given, scene.cell(TOKENS)]).toEqual(['abc', ['abc'], 3]);
    expect(scene.lines.at(-1)).toBe('1 of the tokens in their file have expired');
  });

  test('before the start is never in force, nor once the file is wrong', async () => {
    scene.text = EXPIRING;
    scene.wallUs = DAY_US;
    await scene.begin();
    expect(scene.inForce).toBe('abc');
    scene.text = 'wrong';
    await scene.time.pass(5 * LOOK_EVERY_MS);
    expect([scene.inForce, scene.given]).toEqual(['abc', []]);
  });
});
