/**
 * The store in Redis or Valkey, on one server or a cluster.
 *
 * Used by the exchanger. A connection that is lost rejects what waits for answers, and another takes
 * its place, however many attempts that needs. What was sent over the one is not sent over the other:
 * nobody knows whether it was obeyed.
 *
 * Invariant: there is one connection, ready or being made, or a short pause before the next attempt.
 */
import type { Log } from '../lib/log.ts';
import type { Exchange, Outcome } from './exchange.ts';
import { argumentsOf, loadScript, outcomeOf, type Script } from './exchange-codec.ts';
import { RedisConnection } from './redis-connection.ts';
import { bucketName, instancesName } from './redis-names.ts';
import type { RedisTarget } from './redis-url.ts';
import type { Store } from './store.ts';

const EXCHANGE = loadScript('exchange');
const HEARTBEAT = loadScript('heartbeat');

/** An instance that has not said for so long that it is there is not. */
const INSTANCE_LIFETIME_US = 5_000_000;

/** How long is left to chance: instances that lost the store together do not all come back at once. */
/** A connection that is made may be silent for so long, or for as long as so many answers may take. */
const LEAST_PATIENCE_MS = 350;
const PATIENCE_TIMEOUTS = 3;
const LEAST_PAUSE_MS = 50;
const MOST_PAUSE_MS = 200;

export interface RedisStoreOptions {
  readonly target: RedisTarget;
  /** What all names in it begin with. */
  readonly prefix: string;
  /** Its name: another one at each start. */
  readonly instance: string;
  readonly log: Log;
  /** How long whoever asks waits for an answer. */
  readonly timeoutMs: number;
  /** Told when a connection that was there is lost. */
  readonly lost?: () => void;
}

export class RedisStore implements Store {
  readonly #options: RedisStoreOptions;
  readonly #where: string;
  /** The kinds that the log has told of. */
  readonly #troubles = new Set<string>();
  #connection: RedisConnection;
  /** The last connection over which there was an answer. */
  #heard: RedisConnection | null = null;
  #pause: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: RedisStoreOptions) {
    this.#options = options;
    this.#where = options.target.addresses.map(({ host, port }) => `${host}:${port}`).join(', ');
    this.#connection = this.#connect();
  }

  async exchange(exchange: Exchange): Promise<Outcome> {
    const args = argumentsOf([exchange], this.#options.instance);
    const answers = await this.#run(EXCHANGE, bucketName(this.#options.prefix, exchange.key), args);
    const [answer] = answers as [string | number[]];
    if (typeof answer === 'string') this.#warn(answer, 'a key');
    return outcomeOf(answer);
  }

  /** Waits for the connection where it is being made. */
  async beat(): Promise<number> {
    await this.#connection.ready;
    const { prefix, instance } = this.#options;
    const args = [instance, String(INSTANCE_LIFETIME_US)];
    return (await this.#run(HEARTBEAT, instancesName(prefix), args)) as number;
  }

  reconnect(): void {
    this.#connection.drop('the connection is given up');
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#pause);
    this.#connection.close();
    await this.#connection.ended;
  }

  async #run(script: Script, key: string, args: readonly string[]): Promise<unknown> {
    const connection = this.#connection;
    const answer = await connection.run(script, key, args);
    if (this.#heard !== connection) {
      this.#heard = connection;
      this.#troubles.clear();
      this.#options.log.info(`Redis at ${this.#where}: connected`);
    }
    return answer;
  }

  #connect(): RedisConnection {
    const { target, timeoutMs } = this.#options;
    const patienceMs = Math.max(LEAST_PATIENCE_MS, PATIENCE_TIMEOUTS * timeoutMs);
    const tell = (trouble: string, kind: string) => this.#warn(trouble, kind);
    const connection = new RedisConnection(target, patienceMs, tell);
    void this.#replaceAtEnd(connection);
    return connection;
  }

  async #replaceAtEnd(connection: RedisConnection): Promise<void> {
    await connection.ended;
    if (this.#isClosed) return;
    const pauseMs = LEAST_PAUSE_MS + Math.random() * (MOST_PAUSE_MS - LEAST_PAUSE_MS);
    this.#pause = setTimeout(() => {
      this.#connection = this.#connect();
    }, pauseMs);
    if (connection.wasReady) this.#options.lost?.();
  }

  /** Once a kind, however often it is met until there is an answer over a new connection. */
  #warn(trouble: string, kind: string): void {
    if (this.#isClosed || this.#troubles.has(kind)) return;
    this.#troubles.add(kind);
    this.#options.log.warn(`Redis at ${this.#where}: ${trouble}`);
  }
}
