/**
 * One connection to Redis (in a cluster one a node), from its beginning to its end.
 *
 * Used by the Redis store. It runs scripts: those of one turn of the event loop go out in one write
 * a node.
 *
 * Invariants:
 *   1. It comes to be ready and some time to its end, or only to its end. Nothing brings it back.
 *   2. Ready, it has the user and the database that it was to have, and a cluster's nodes where it
 *      was one of them that answered: what a server refuses of that is its end.
 *   3. All that was run is answered, or rejected at its end.
 *   4. A script is sent again only where the server has said that it does not have it.
 */
import calculateSlot from 'cluster-key-slot';
import { Cluster, type Redis, ReplyError } from 'ioredis';
import type { Script } from './exchange-codec.ts';
import {
  type ClientOptions,
  connectBySentinels,
  connectCluster,
  connectServer,
  type RedisClient,
} from './redis-client.ts';
import { setUp } from './redis-setup.ts';
import { inWords } from './redis-words.ts';

/** What is wrong, in a few words, and what kind of trouble that is. */
export type Tell = (trouble: string, kind: string) => void;

/** What was found out about the store, for the connections that follow. */
export interface Findings {
  /** It moves keys about, whatever it said of itself. */
  isCluster: boolean;
  /** Its sentinels want a password. */
  sentinelsAsk: boolean;
}

const CLOSED = 'it closed the connection';

export class RedisConnection {
  /** Rejects where it ends before. */
  readonly ready: Promise<void>;
  readonly ended: Promise<void>;
  readonly #options: ClientOptions;
  readonly #findings: Findings;
  readonly #tell: Tell;
  #client: RedisClient | null = null;
  #wasReady = false;
  #isClosed = false;
  /** Why it ends, should it end now. */
  #fault = CLOSED;
  #isEndTold = false;
  #isCorked = false;

  /** `tell` is told of all troubles, why it ends among them. `findings` are read and written. */
  constructor(options: ClientOptions, findings: Findings, tell: Tell) {
    this.#options = options;
    this.#findings = findings;
    this.#tell = (trouble, kind) => tell(inWords(trouble), kind);
    const ready = Promise.withResolvers<void>();
    const ended = Promise.withResolvers<void>();
    // Nobody has to wait for it.
    ready.promise.catch(() => undefined);
    this.ready = ready.promise;
    this.ended = ended.promise;
    this.#open().then(
      (client) => {
        this.#wasReady = true;
        client.once('end', () => {
          if (!this.#isEndTold) this.#tellEnd(CLOSED);
          ended.resolve();
        });
        ready.resolve();
      },
      ({ message }: Error) => {
        this.#client?.disconnect();
        this.#tellEnd(message);
        ready.reject(new Error('Redis cannot be reached'));
        ended.resolve();
      },
    );
  }

  get wasReady(): boolean {
    return this.#wasReady;
  }

  /** Null until it is ready. */
  get client(): RedisClient | null {
    return this.#wasReady ? this.#client : null;
  }

  /** Keys of one slot can be given to one script. */
  slotOf(key: string): number {
    return this.client instanceof Cluster ? calculateSlot(key) : 0;
  }

  /**
   * Resolves with what the script answers, strings as bytes. Rejects where it failed, and where it
   * cannot be known whether it ran.
   */
  async run(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown> {
    const client = this.client;
    if (client?.status !== 'ready') throw new Error('Redis is not connected');
    this.#cork(client);
    try {
      return await client
        .callBuffer('evalsha', script.sha1, keys.length, ...keys, ...args)
        .catch((error: Error) => {
          if (!error.message.startsWith('NOSCRIPT')) throw error;
          this.#cork(client);
          return client.callBuffer('eval', script.text, keys.length, ...keys, ...args);
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
    if (this.client?.status !== 'ready') return;
    this.#tellEnd(why);
    this.#client?.disconnect();
  }

  close(): void {
    this.#isClosed = true;
    this.#client?.disconnect();
  }

  /** Resolves with what scripts are sent to. */
  async #open(): Promise<RedisClient> {
    const { target, credentials } = this.#options;
    const { server, addressed } = await this.#openServer();
    const mode = await setUp(server, target, credentials).catch((error: Error) => {
      throw server.status === 'ready' ? error : new Error(`${this.#fault}, at once`);
    });
    const isListed = target.kind === 'cluster';
    if (mode === 'standalone' && isListed) {
      throw new Error('it is no cluster: REDIS_URL must name one server');
    }
    const isCluster = mode === 'cluster' || isListed || this.#findings.isCluster;
    if (!isCluster || addressed.length === 0) return server;
    server.disconnect();
    const addresses = isListed ? target.addresses : addressed;
    return this.#begin(connectCluster({ ...this.#options, target: { ...target, addresses } }));
  }

  /** The first server that there is a connection to. */
  async #openServer() {
    const { target } = this.#options;
    if (target.kind === 'sentinel') {
      return { server: await this.#openBySentinels(), addressed: [] };
    }
    let fault: unknown = new Error('no address');
    for (const address of target.addresses) {
      try {
        const server = await this.#begin(connectServer(address, this.#options));
        return { server, addressed: [address] };
      } catch (error) {
        fault = error;
      }
    }
    throw fault;
  }

  #openBySentinels(): Promise<Redis> {
    const findings = this.#findings;
    const isAsked = findings.sentinelsAsk;
    const client = connectBySentinels(this.#options, isAsked);
    client.on('sentinelError', ({ message }: Error) => {
      const isFirst = message.includes('NOAUTH') && this.#options.credentials.password !== '';
      if (isFirst && !isAsked) findings.sentinelsAsk = true;
      else this.#tell(message, message);
    });
    return this.#begin(client).catch((error: Error) => {
      if (findings.sentinelsAsk === isAsked) throw error;
      return this.#openBySentinels();
    });
  }

  /** Resolves when it is ready. */
  async #begin<C extends RedisClient>(client: C): Promise<C> {
    this.#client = client;
    const ready = Promise.withResolvers<void>();
    this.#fault = CLOSED;
    client.on('error', ({ message }: Error) => {
      this.#fault = message;
      if (this.#wasReady) this.#tellEnd(message);
    });
    client.on('node error', ({ message }: Error, node: string) =>
      this.#tell(`${node}: ${message}`, `${node}: ${message}`),
    );
    client.once('ready', () => ready.resolve());
    client.once('end', () => ready.reject(new Error(this.#fault)));
    if (this.#isClosed) client.disconnect();
    await ready.promise;
    return client;
  }

  /** What the server has against a script. */
  #judge({ message }: Error): void {
    const [code = ''] = message.split(' ');
    this.#tell(message, code);
    // It has become a replica, and who has taken its place will be found at its address. Before
    // version 7 the word is not the first.
    if (message.includes('READONLY')) this.drop('it is a replica');
    if (code === 'MOVED' && !(this.#client instanceof Cluster)) {
      this.#findings.isCluster = true;
      this.drop('it is a node of a cluster');
    }
  }

  #tellEnd(why: string): void {
    this.#isEndTold = true;
    this.#tell(why, why);
  }

  /** Holds back what is written until the end of this turn of the event loop. */
  #cork(client: RedisClient): void {
    if (this.#isCorked) return;
    this.#isCorked = true;
    const nodes = client instanceof Cluster ? client.nodes('master') : [client];
    const streams = nodes.filter(({ status }) => status === 'ready').map(({ stream }) => stream);
    for (const stream of streams) stream.cork();
    setImmediate(() => {
      this.#isCorked = false;
      for (const stream of streams) stream.uncork();
    });
  }
}
