/**
 * One connection to Redis (in a cluster one a node), from its beginning to its end.
 *
 * Used by the Redis store. It runs scripts: those of one turn of the event loop go out in one write a
 * node.
 *
 * Invariants:
 *   1. It comes to be ready and some time to its end, or only to its end. Nothing brings it back.
 *   2. All that was run is answered, or rejected at its end.
 *   3. A script is sent again only where the server has said that it does not have it.
 */
import { Cluster, ReplyError } from 'ioredis';
import type { Script } from './exchange-codec.ts';
import { connectRedis, type RedisClient } from './redis-client.ts';
import type { RedisTarget } from './redis-url.ts';

/** What is wrong, in a few words, and what kind of trouble that is. */
export type Tell = (trouble: string, kind: string) => void;

export class RedisConnection {
  /** Rejects where it ends before. */
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  readonly #client: RedisClient;
  readonly #tell: Tell;
  #wasReady = false;
  #isEndTold = false;
  #isCorked = false;

  /** `tell` is told of all troubles, why it ends among them; `patienceMs` as in connectRedis(). */
  constructor(target: RedisTarget, patienceMs: number, tell: Tell) {
    const client = connectRedis(target, patienceMs);
    this.#client = client;
    this.#tell = tell;
    const ready = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    client.on('error', ({ message }: Error) => this.#tellEnd(message));
    client.on('node error', ({ message }: Error, node: string) =>
      tell(`${node}: ${message}`, `${node}: ${message}`),
    );
    client.once('ready', () => {
      this.#wasReady = true;
      ready.resolve();
    });
    client.once('end', () => {
      if (!this.#isEndTold) this.#tellEnd('it closed the connection');
      ready.reject(new Error('Redis cannot be reached'));
      ended.resolve();
    });
    // Nobody has to wait for it.
    ready.promise.catch(() => undefined);
    this.ready = ready.promise;
    this.ended = ended.promise;
  }

  get wasReady(): boolean {
    return this.#wasReady;
  }

  /** Rejects where the script failed, and where it cannot be known whether it ran. */
  async run(script: Script, key: string, args: readonly string[]): Promise<unknown> {
    const client = this.#client;
    if (client.status !== 'ready') throw new Error('Redis is not connected');
    this.#cork();
    try {
      return await client.evalsha(script.sha1, 1, key, ...args).catch((error: Error) => {
        if (!error.message.startsWith('NOSCRIPT')) throw error;
        this.#cork();
        return client.eval(script.text, 1, key, ...args);
      });
    } catch (error) {
      if (error instanceof ReplyError) this.#judge(error as Error);
      throw error;
    }
  }

  /**
   * Ends it at once, but for one that is still being made: that ends by itself, and soon, and if it
   * were given no time there might never be one.
   */
  drop(why: string): void {
    if (this.#client.status !== 'ready') return;
    this.#tellEnd(why);
    this.#client.disconnect();
  }

  close(): void {
    this.#client.disconnect();
  }

  /** What the server has against a script. */
  #judge({ message }: Error): void {
    const [code = ''] = message.split(' ');
    this.#tell(message, code);
    // It has become a replica, and who has taken its place will be found at its address. Before
    // version 7 the word is not the first.
    if (message.includes('READONLY')) this.drop('it is a replica');
  }

  #tellEnd(why: string): void {
    this.#isEndTold = true;
    this.#tell(why, why);
  }

  /** Holds back what is written until the end of this turn of the event loop. */
  #cork(): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    const client = this.#client;
    const nodes = client instanceof Cluster ? client.nodes('master') : [client];
    const streams = nodes.filter(({ status }) => status === 'ready').map(({ stream }) => stream);
    for (const stream of streams) stream.cork();
    setImmediate(() => {
      this.#isCorked = false;
      for (const stream of streams) stream.uncork();
    });
  }
}
