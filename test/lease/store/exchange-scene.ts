/** Exchanges by hand about one key, with the model and with the script on a real Redis. */
import { describe } from 'vitest';
import { type Limit, limitOf } from '../../../src/bucket/limit.ts';
import {
  type Exchange,
  isReply,
  type Reply,
  type Result,
} from '../../../src/lease/terms/exchange.ts';
import { isMissing } from '../../support/resp-tools.ts';
import { ExchangeModel } from '../model/exchange-model.ts';
import { type Call, type Hash, modelled, type Seen, withScript } from './exchange-script.ts';

/** A time such as Redis tells. */
export const START_US = 1_790_000_000_000_000;
export const SECOND = 1_000_000;

interface Obeying {
  play(call: Call): Promise<Seen>;
  forget(key: string): Promise<void>;
}

/** What is said beside the key: the rest is to be nothing. `at` is in seconds. */
export type Saying = Partial<Omit<Exchange, 'key'>> & { readonly at: number };

export class Scene {
  readonly #store: Obeying;
  readonly #key: string;
  #seq = 0;
  /** Goes for all that say no other. Ten tokens, one back a second. */
  readonly limit: Limit = limitBy(10, 1, 1);
  hash: Hash | null = null;
  expires: string | null = null;

  constructor(store: Obeying, key: string) {
    this.#store = store;
    this.#key = key;
  }

  /** The next exchange of this instance. */
  async ask(instance: string, saying: Saying): Promise<Reply> {
    const outcome = await this.outcome(instance, saying);
    if (!isReply(outcome)) throw new Error(`the exchange is ${JSON.stringify(outcome)}`);
    return outcome;
  }

  async outcome(instance: string, { at, ...said }: Saying): Promise<Result> {
    const seq = said.seq ?? this.#seq + 1;
    this.#seq = Math.max(this.#seq, seq);
    const lease = {
      keep: 0,
      back: 0,
      owed: 0,
      vain: 0,
      holds: 0,
      want: 0,
      least: 0,
      ttlUs: SECOND / 2,
    };
    const nothing = { limit: this.limit, seq, unanswered: seq, fill: false, costs: [], ...lease };
    const exchange = { ...nothing, ...said, key: this.#key };
    const nowUs = START_US + at * SECOND;
    const seen = await this.#store.play({ exchange, instance, nowUs });
    this.hash = seen.hash;
    this.expires = seen.expires;
    return seen.outcome;
  }

  forget(): Promise<void> {
    return this.#store.forget(this.#key);
  }

  get lastSeq(): number {
    return this.#seq;
  }
}

/** `capacity` tokens, of which `count` come back in so many seconds. */
export function limitBy(capacity: number, count: number, seconds: number): Limit {
  const limit = limitOf({ capacity, count, periodUs: seconds * SECOND });
  if (limit === null) throw new Error('this limit is refused');
  return limit;
}

/** Tokens in use, leased ones not among them. */
export function usedOf({ used, period }: Reply): number {
  return used / period;
}

/** Describes the model and the script by the same tests; each asks for a scene of its own. */
export function describeBoth(tests: (newScene: () => Scene) => void): void {
  let scenes = 0;
  describe('the model', () => {
    const model = new ExchangeModel();
    const store: Obeying = {
      play: async (call) => modelled(model, call),
      forget: async () => model.wipe(),
    };
    tests(() => new Scene(store, String(scenes++)));
  });
  describe.skipIf(isMissing('redis-server'))('the script', () => {
    const scene = withScript();
    const store: Obeying = {
      play: async (call) => {
        scene.script.call(call);
        const [seen] = await scene.script.run();
        return seen as Seen;
      },
      forget: async (key) => {
        await scene.redis.del(key);
      },
    };
    tests(() => new Scene(store, String(scenes++)));
  });
}
