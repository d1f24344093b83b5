/** What is leased for a taking of several keys, and others who ask for them under other limits. */
import { beforeEach, describe, expect, test } from 'vitest';
import type { Limit } from '../../../src/bucket/limit.ts';
import { limitOf } from '../../table/tables.ts';
import { ExchangerScene } from './exchanger-scene.ts';
import type { Call } from './fake-store.ts';

const [ONE, OTHER] = [limitOf(5, 86_400), limitOf(50, 86_400)];
const KEYS = ['alice', 'bob'];
/** What one exchange takes, in ms: longer than anything is held at least. */
const TRIP_MS = 5;

let scene: ExchangerScene;
let answered: Set<Call>;

beforeEach(() => {
  scene = new ExchangerScene();
  scene.store.manner = 'hold';
  answered = new Set();
});

const costsOf = (key: string) => scene.store.of(key).map(({ costs }) => costs);

/** Passes the time that one exchange takes, and answers all that was sent before. */
async function trip(): Promise<void> {
  await scene.time.settle();
  const sent = scene.store.calls.filter((call) => !answered.has(call));
  await scene.time.pass(TRIP_MS);
  for (const call of sent) {
    answered.add(call);
    call.answer();
  }
  await scene.time.settle();
}

/** A taking of all keys, one token of each. Returns how many times it asked before it had both. */
class Taking {
  readonly #limit: Limit;
  readonly #askedUs: number;
  #open: { readonly length: number }[] = [];
  #rounds = 0;

  constructor(limit: Limit, keys: readonly string[]) {
    this.#limit = limit;
    this.#askedUs = scene.time.nowUs;
    this.#ask(keys);
  }

  #ask(keys: readonly string[]): void {
    const more = { limit: this.#limit, holds: true, askedUs: this.#askedUs };
    this.#open = keys.map((key) => scene.ask(key, [1], more));
    this.#rounds += 1;
  }

  /** As AllOrNone does: takes all that is there, or asks for what is lacking. */
  goOn(): number | null {
    if (this.#open.some(({ length }) => length === 0)) return null;
    const takings = KEYS.map((key) => ({ key, limit: this.#limit, cost: 1 }));
    const each = scene.leases.takeAll(takings, scene.time.nowUs);
    const lacking = KEYS.filter((_, i) => each[i] === null);
    if (lacking.length === 0) return this.#rounds;
    this.#ask(lacking);
    return null;
  }
}

test('two takings of the same keys under limits of their own both have them in the end', async () => {
  const takings = [new Taking(ONE, KEYS)];
  await scene.time.pass(0.001);
  takings.push(new Taking(OTHER, [...KEYS].reverse()));
  const rounds: (number | null)[] = [null, null];
  for (let i = 0; i < 12; i++) {
    await trip();
    for (const [k, taking] of takings.entries()) rounds[k] ??= taking.goOn();
  }
  expect(rounds).toEqual([1, 1]);
});

describe('under another limit', () => {
  beforeEach(async () => {
    scene.ask('alice', [1], { limit: ONE, holds: true, askedUs: scene.time.nowUs });
    await trip();
  });

  test('whoever asks later waits as long as two such exchanges take', async () => {
    scene.ask('alice', [2], { limit: OTHER });
    await scene.time.pass(2 * TRIP_MS - 1);
    expect(costsOf('alice')).toEqual([[1]]);
    await scene.time.pass(1);
    expect(costsOf('alice')).toEqual([[1], [2]]);
    expect(scene.store.of('alice').at(-1)).toMatchObject({ back: 1 });
  });

  test('and under the same one nobody does, nor whoever asked before', async () => {
    scene.ask('alice', [3], { limit: ONE });
    await trip();
    expect(costsOf('alice')).toEqual([[1], [3]]);
    scene.ask('alice', [4], { limit: OTHER, askedUs: scene.time.nowUs - 20_000 });
    await scene.time.settle();
    expect(costsOf('alice')).toEqual([[1], [3], [4]]);
  });

  test('he holds up no other key meanwhile, and is told at once that the store is away', async () => {
    const told = [scene.ask('alice', [2], { limit: OTHER })];
    await scene.time.settle();
    scene.ask('bob', [1], { limit: OTHER });
    await scene.time.settle();
    expect(costsOf('bob')).toEqual([[1]]);
    expect(told).toEqual([[]]);
    scene.exchanger.goAway();
    await scene.time.settle();
    expect(told).toEqual([['fallback']]);
  });

  test('he does not wait when all is given back', async () => {
    scene.ask('alice', [2], { limit: OTHER });
    await scene.time.settle();
    const isDrained = scene.exchanger.drain().then(() => true);
    await scene.time.settle();
    expect(costsOf('alice')).toEqual([[1], [2]]);
    await trip();
    expect(await Promise.race([isDrained, Promise.resolve(false)])).toBe(true);
  });
});
