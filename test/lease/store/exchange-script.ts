/** The script of the exchange in a real Redis, with the time in the hands of the test. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll } from 'vitest';
import {
  argumentsOf,
  type ExchangeAnswer,
  loadScript,
  outcomesOf,
  type Script,
  scriptOf,
} from '../../../src/lease/store/exchange-codec.ts';
import type { Exchange, Result } from '../../../src/lease/terms/exchange.ts';
import { type RedisServer, startRedis } from '../../support/redis-server.ts';
import type { ExchangeModel } from '../model/exchange-model.ts';

/** One exchange at one time. */
export interface Call {
  readonly exchange: Exchange;
  readonly instance: string;
  readonly nowUs: number;
}

export type Hash = Readonly<Record<string, string>>;

/** What was answered, and what is there afterwards. */
export interface Seen {
  readonly outcome: Result;
  /** Null where there is no key. */
  readonly hash: Hash | null;
  /** When the key is to expire, in milliseconds; null where there is none. */
  readonly expires: string | null;
}

export const NEVER = 'never';

/** Takes its time from the last of ARGV, and writes beside each key when it is to expire. */
export function timedScript(name: 'exchange' | 'windowExchange' = 'exchange'): Script {
  const { text } = loadScript(name);
  return scriptOf(
    replaceOnce(text, "redis.call('TIME')", '{ 0, ARGV[#ARGV] }')
      .replaceAll("call('PEXPIREAT', key,", "call('SET', key .. ':expires',")
      .replaceAll("call('PERSIST', key)", `call('SET', key .. ':expires', '${NEVER}')`),
  );
}

export function replaceOnce(text: string, find: string, replacement: string): string {
  const [before, after, ...more] = text.split(find);
  if (before === undefined || after === undefined || more.length > 0) {
    throw new Error(`"${find}" does not stand exactly once in the script`);
  }
  return before + replacement + after;
}

/** What a test has of the script on a real Redis, from its first test to its last. */
export interface ScriptScene {
  readonly redis: Redis;
  readonly script: TimedScript;
}

/** Starts a Redis for all tests of a `describe`, and ends it. REQUIRES: redis-server is there. */
export function withScript(): ScriptScene {
  let server: RedisServer;
  let redis: Redis;
  let script: TimedScript;
  beforeAll(async () => {
    server = await startRedis();
    redis = new Redis(server.url);
    script = await TimedScript.load(redis);
  });
  afterAll(async () => {
    redis.disconnect();
    await server.stop();
  });
  return {
    get redis() {
      return redis;
    },
    get script() {
      return script;
    },
  };
}

/** Calls the timed script: those called in one go travel together, and are obeyed in order. */
export class TimedScript {
  readonly #redis: Redis;
  readonly #script: Script;
  readonly #ofWindows: Script;
  #pipeline: ReturnType<Redis['pipeline']>;
  /** Of each call, where its answer stands among those of the pipeline. */
  #calls: number[] = [];

  private constructor(redis: Redis, script: Script, ofWindows: Script) {
    this.#redis = redis;
    this.#script = script;
    this.#ofWindows = ofWindows;
    this.#pipeline = redis.pipeline();
  }

  static async load(redis: Redis, script: Script = timedScript()): Promise<TimedScript> {
    const ofWindows = timedScript('windowExchange');
    for (const { text, sha1 } of [script, ofWindows]) {
      const known = await redis.script('LOAD', text);
      if (known !== sha1) throw new Error(`Redis takes a script for ${String(known)}`);
    }
    return new TimedScript(redis, script, ofWindows);
  }

  call({ exchange, instance, nowUs }: Call): void {
    const { key } = exchange;
    const args = [...argumentsOf([exchange], instance), String(nowUs)];
    const { sha1 } = exchange.windows === undefined ? this.#script : this.#ofWindows;
    this.#calls.push(this.#pipeline.length);
    this.#pipeline
      .callBuffer('evalsha', sha1, 1, key, ...args)
      .hgetall(key)
      .get(`${key}:expires`);
  }

  forget(key: string): void {
    this.#pipeline.del(key, `${key}:expires`);
  }

  /** What came of each call since the last time. */
  async run(): Promise<readonly Seen[]> {
    const [pipeline, calls] = [this.#pipeline, this.#calls];
    this.#pipeline = this.#redis.pipeline();
    this.#calls = [];
    const results = (await pipeline.exec()) ?? [];
    return calls.map((i) => {
      const [answer, hash, expires] = results.slice(i, i + 3).map(([error, result]) => {
        if (error !== null) throw error;
        return result;
      }) as [ExchangeAnswer, Hash, string | null];
      return {
        outcome: outcomesOf(answer).outcomes[0] as Result,
        hash: Object.keys(hash).length > 0 ? hash : null,
        expires,
      };
    });
  }
}

/** What the model says to a call, in the same form. */
export function modelled(model: ExchangeModel, { exchange, instance, nowUs }: Call): Seen {
  const outcome = model.exchange(exchange, instance, nowUs);
  const hash = model.hash(exchange.key);
  const expires = hash && String(model.expiresMs(exchange.key) ?? NEVER);
  return { outcome, hash, expires };
}
