/** Guessing the admin token: what it costs, whom it hinders, and who hears of it. */
import { describe, expect, test } from 'vitest';
import { ADMIN_PASS } from '../../../src/access/token-book.ts';
import { AUTH_FAILURES, Cells, HTTP, RESP, sumCells } from '../../../src/metrics/cells.ts';
import {
  FORGET_MS,
  FREE_FAILURES,
  LOG_EVERY_MS,
  MOST_ADDRESSES,
  MOST_WAIT_MS,
  networkOf,
  type TokenGuard,
  type Verdict,
} from '../../../src/transport/access/token-guard.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { guardOf } from './token-guards.ts';

const RIGHT = 'the-right-one';
const HERE = '192.0.2.1';
const THERE = '198.51.100.9';

class Scene {
  readonly time = new FakeTime();
  readonly lines: string[] = [];
  readonly guard: TokenGuard;
  readonly #memory = Cells.reserve(1);
  #guesses = 0;

  constructor() {
    const { time, lines } = this;
    const cells = new Cells(this.#memory, 0);
    this.guard = guardOf({ token: RIGHT, cells, clock: time.clock, timers: time, lines });
  }

  show(token: string, address = HERE, place = RESP): Verdict | Promise<Verdict> {
    return this.guard.check({ token, address, place });
  }

  /** A token that was not shown before. */
  guess(address = HERE): Verdict | Promise<Verdict> {
    this.#guesses++;
    return this.show(`guess-${this.#guesses}`, address);
  }

  /** As many guesses as cost no time, and then so many more. */
  async fail(more = 0): Promise<void> {
    for (let i = 0; i < FREE_FAILURES; i++) expect(this.guess()).toBe('wrong');
    for (let i = 0; i < more; i++) await this.wait(this.guess());
  }

  /** How many milliseconds it takes, and what is found. */
  async wait(verdict: Verdict | Promise<Verdict>): Promise<[number, Verdict]> {
    let found: Verdict | null = null;
    void Promise.resolve(verdict).then((what) => {
      found = what;
    });
    await this.time.settle();
    for (let ms = 0; ms <= 2 * MOST_WAIT_MS; ms++) {
      if (found !== null) return [ms, found];
      await this.time.pass(1);
    }
    throw new Error('it takes too long');
  }

  counted(place: number): number {
    return sumCells(this.#memory)[AUTH_FAILURES + place] as number;
  }
}

test('the right token is heard at once', () => {
  const scene = new Scene();
  for (let i = 0; i < 100; i++) expect(scene.show(RIGHT)).toBe(ADMIN_PASS);
  expect(scene.counted(RESP)).toBe(0);
  expect(scene.lines).toEqual([]);
});

test('the first failures cost no time, each further one twice that of the last', async () => {
  const scene = new Scene();
  await scene.fail();
  const waits: number[] = [];
  for (let i = 0; i < 8; i++) {
    const [ms, verdict] = await scene.wait(scene.guess());
    expect(verdict).toBe('wrong');
    waits.push(ms);
  }
  expect(waits).toEqual([50, 100, 200, 400, 800, 1_000, 1_000, 1_000]);
});

test('whoever guesses as fast as can be has a token a second looked at, however many ask', async () => {
  const scene = new Scene();
  const counts = { right: 0, wrong: 0, 'too many': 0 };
  const seconds = 30;
  for (let ms = 0; ms < seconds * 1_000; ms += 10) {
    for (let i = 0; i < 20; i++) {
      void Promise.resolve(scene.guess()).then((verdict) => {
        counts[typeof verdict === 'string' ? verdict : 'right']++;
      });
    }
    await scene.time.pass(10);
  }
  await scene.time.pass(2 * MOST_WAIT_MS);
  expect(counts.right).toBe(0);
  expect(counts.wrong).toBeLessThanOrEqual(FREE_FAILURES + 5 + seconds);
  expect(counts.wrong).toBeGreaterThan(seconds - 5);
  expect(counts['too many']).toBe(seconds * 2_000 - counts.wrong);
  expect(scene.counted(RESP)).toBe(seconds * 2_000);
});

describe('while an address is made to wait', () => {
  test('the right token from another is heard at once', async () => {
    const scene = new Scene();
    await scene.fail(6);
    void scene.guess();
    expect(scene.show(RIGHT, THERE)).toBe(ADMIN_PASS);
  });

  test('the right token from the same waits no longer than a guess, and all that show it share the wait', async () => {
    const scene = new Scene();
    await scene.fail(6);
    const shown = Array.from({ length: 50 }, () => scene.show(RIGHT));
    expect(await scene.wait(Promise.all(shown).then(([first]) => first as Verdict))).toEqual([
      MOST_WAIT_MS,
      ADMIN_PASS,
    ]);
    expect(new Set(await Promise.all(shown))).toEqual(new Set([ADMIN_PASS]));
  });

  test('a token behind another is not looked at, and says so', async () => {
    const scene = new Scene();
    await scene.fail(2);
    const first = scene.guess();
    const second = scene.show(RIGHT);
    expect(await scene.wait(second)).toEqual([MOST_WAIT_MS, 'too many']);
    expect(await first).toBe('wrong');
  });

  test('the wait is that since the last failure: whoever comes later does not wait', async () => {
    const scene = new Scene();
    await scene.fail(6);
    await scene.time.pass(MOST_WAIT_MS);
    expect(scene.show(RIGHT)).toBe(ADMIN_PASS);
  });
});

test('one old token, shown again and again, keeps nobody from showing the right one', async () => {
  const scene = new Scene();
  await scene.fail(6);
  await scene.time.pass(MOST_WAIT_MS);
  expect(scene.show('an-old-one')).toBe('wrong');
  await scene.time.pass(MOST_WAIT_MS);
  const old = Array.from({ length: 1_000 }, () => scene.show('an-old-one'));
  await scene.time.pass(MOST_WAIT_MS);
  expect(new Set(await Promise.all(old))).toEqual(new Set(['wrong']));
  // Its last failure was a moment ago: the wait is that of a failure, and not of a queue.
  expect(await scene.wait(scene.show('an-old-one'))).toEqual([MOST_WAIT_MS, 'wrong']);
  expect(scene.show(RIGHT)).toBe(ADMIN_PASS);
});

test('what an address did is forgotten in time', async () => {
  const scene = new Scene();
  await scene.fail(6);
  await scene.time.pass(FORGET_MS);
  await scene.fail();
});

describe('of addresses only so many are remembered', () => {
  function fill(scene: Scene): void {
    for (let i = 0; i < MOST_ADDRESSES; i++) {
      expect(scene.guess(`10.0.${i >> 8}.${i & 255}`)).toBe('wrong');
    }
  }

  test('and all others count as one', async () => {
    const scene = new Scene();
    fill(scene);
    for (let i = 0; i < FREE_FAILURES; i++) expect(scene.guess(`11.0.0.${i}`)).toBe('wrong');
    expect(scene.guess('11.0.0.100')).toBeInstanceOf(Promise);
    // One that is remembered is itself.
    expect(scene.guess('10.0.0.7')).toBe('wrong');
  });

  test('until the first ones are forgotten', async () => {
    const scene = new Scene();
    fill(scene);
    await scene.time.pass(FORGET_MS);
    for (let i = 0; i < 2 * FREE_FAILURES; i++) {
      expect(scene.guess(`11.0.0.${i}`)).toBe('wrong');
    }
  });
});

//  two addresses, whether they count as one
test.each([
  ['192.0.2.1', '192.0.2.1', true],
  ['192.0.2.1', '192.0.2.2', false],
  ['192.0.2.1', '::ffff:192.0.2.1', true],
  ['2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff', true],
  ['2001:db8:1:2::1', '2001:db8:1:3::1', false],
  ['2001:db8::1', '2001:db8:0:0:5::', true],
  ['fe80::1%eth0', 'fe80::2%eth1', true],
  ['::1', '::2', true],
  ['::1', '127.0.0.1', false],
])('%s and %s', (one, other, isSame) => {
  expect(networkOf(one) === networkOf(other)).toBe(isSame);
});

describe('the log', () => {
  test('has one line now and then, with the address and how many it leaves out', async () => {
    const scene = new Scene();
    const every = () => scene.show('wrong', THERE, HTTP);
    for (let i = 0; i < 3; i++) expect(every()).toBe('wrong');
    expect(scene.lines).toEqual([`A wrong ADMIN_TOKEN came from ${THERE}, over http`]);
    await scene.time.pass(LOG_EVERY_MS - 1);
    expect(every()).toBe('wrong');
    expect(scene.lines).toHaveLength(1);
    await scene.time.pass(1);
    expect(scene.show('wrong', HERE, RESP)).toBe('wrong');
    expect(scene.lines.slice(1)).toEqual([
      `A wrong ADMIN_TOKEN came from ${HERE}, over resp, and 3 before that were not logged`,
    ]);
  });

  test('never has a token', async () => {
    const scene = new Scene();
    expect(scene.show('my-other-password')).toBe('wrong');
    expect(scene.lines.join()).not.toContain('my-other-password');
  });
});

test('failures are counted by protocol', () => {
  const scene = new Scene();
  expect(scene.show('wrong', HERE, HTTP)).toBe('wrong');
  expect(scene.show('wrong', HERE, RESP)).toBe('wrong');
  expect(scene.show('wrong', HERE, RESP)).toBe('wrong');
  expect(scene.show(RIGHT, HERE, RESP)).toBe(ADMIN_PASS);
  expect([scene.counted(HTTP), scene.counted(RESP)]).toEqual([1, 2]);
});
