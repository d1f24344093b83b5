/**
 * The store in Redis or Valkey, on one server or a cluster.
 *
 * Used by the exchanger. A connection that is lost rejects what waits for answers, and another
 * takes its place, however many attempts that needs. What was sent over the one is not sent over
 * the other: nobody knows whether it was obeyed.
 *
 * Invariant: there is one connection, ready or being made, or a short pause before the next
 * attempt.
 */
import { assert } from '../../lib/assert.ts';
import type { Log } from '../../lib/log.ts';
import type { Exchange, Result } from '../terms/exchange.ts';
import { argumentsOf, type ExchangeAnswer, loadScript, outcomesOf } from './exchange-codec.ts';
import { type Credentials, type RedisAccess, readCredentials } from './redis-access.ts';
import { type Findings, RedisConnection } from './redis-connection.ts';
import { RedisHealth } from './redis-health.ts';
import { bucketName, rehearsalName } from './redis-names.ts';
import { inWords } from './redis-words.ts';
import type { Store } from './store.ts';

const EXCHANGE = loadScript('exchange');
const WINDOW_EXCHANGE = loadScript('windowExchange');
const HEARTBEAT = loadScript('heartbeat');
const PROBE = loadScript('probe');

/** An instance that has not been heard of for this time is gone. */
const INSTANCE_LIFETIME_US = 5_000_000;

/**
 * A connection that is being made may be silent for this time, or for PATIENCE_TIMEOUTS of the
 * store.
 */
const LEAST_PATIENCE_MS = 350;
const PATIENCE_TIMEOUTS = 3;
/**
 * The pause is left to chance: instances that lost the store together do not all come back at once.
 */
const LEAST_PAUSE_MS = 50;
const MOST_PAUSE_MS = 200;
/** Characters of a key's name in a line of the log. */
const MOST_SHOWN = 80;

export interface RedisStoreOptions {
  readonly access: RedisAccess;
  /** What all names in it begin with. */
  readonly prefix: string;
  /** Its name: another one at each start. */
  readonly instance: string;
  readonly log: Log;
  /** How long whoever asks waits for an answer. */
  readonly timeoutMs: number;
  /** Told when a connection that was there is lost. */
  readonly lost?: () => void;
  /**
   * Told with every beat for what part of all keys the store does what is needed: above 0, at most
   * 1.
   */
  readonly usable?: (part: number) => void;
}

export class RedisStore implements Store {
  readonly #options: RedisStoreOptions;
  readonly #where: string;
  readonly #health: RedisHealth;
  readonly #findings: Findings = { isCluster: false, sentinelsAsk: false };
  /** The kinds that the log has told of. */
  readonly #troubles = new Set<string>();
  #connection: RedisConnection;
  /** The last connection over which a beat went well. */
  #heard: RedisConnection | null = null;
  #isWhole = true;
  /** As last read. */
  #credentials: Credentials;
  #pause: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(options: RedisStoreOptions) {
    this.#options = options;
    const { username, password, isTls, addresses, master } = options.access.target;
    const where = addresses.map(({ host, port }) => `${host}:${port}`).join(', ');
    this.#where = master === '' ? where : `${master} of the sentinels ${where}`;
    this.#health = new RedisHealth(options.prefix);
    this.#credentials = { username, password, tls: isTls ? {} : null };
    this.#connection = this.#connect();
  }

  exchange(exchanges: readonly Exchange[]): Promise<readonly Result[]> {
    return this.#exchange(exchanges, bucketName);
  }

  slotOf(key: string): number {
    return this.#connection.slotOf(bucketName(this.#options.prefix, key));
  }

  /** The same for keys of our own, apart from all that clients can name. */
  get apart(): Pick<Store, 'exchange' | 'slotOf'> {
    return {
      exchange: (exchanges) => this.#exchange(exchanges, rehearsalName),
      slotOf: (key) => this.#connection.slotOf(rehearsalName(this.#options.prefix, key)),
    };
  }

  async #exchange(
    exchanges: readonly Exchange[],
    nameOf: typeof bucketName,
  ): Promise<readonly Result[]> {
    const { instance, prefix } = this.#options;
    const args = argumentsOf(exchanges, instance);
    const keys = exchanges.map(({ key }) => nameOf(prefix, key));
    const script = exchanges[0]?.windows === undefined ? EXCHANGE : WINDOW_EXCHANGE;
    const answer = await this.#connection.run(script, keys, args);
    const { outcomes, troubles } = outcomesOf(answer as ExchangeAnswer);
    assert(outcomes.length === keys.length, 'the script answers for every key');
    for (const trouble of troubles) this.#warn(trouble, 'a key');
    const newer = outcomes.indexOf('newer');
    if (newer >= 0)
      this.#warn(`a newer version wrote ${shownName(keys[newer] as string)}`, 'newer');
    return outcomes;
  }

  /** Waits for the connection where it is being made. */
  async beat(): Promise<number> {
    const connection = this.#connection;
    await connection.ready;
    const { client } = connection;
    if (client === null) throw new Error('Redis is not connected');
    const args = [this.#options.instance, String(INSTANCE_LIFETIME_US)];
    const { instances, usable, faults } = await this.#health.beat(client, {
      heartbeat: (name) => connection.run(HEARTBEAT, [name], args) as Promise<number>,
      probe: (name) => connection.run(PROBE, [name], []),
    });
    this.#wasHeard(connection);
    this.#tellParts(faults);
    this.#options.usable?.(usable);
    return instances ?? 0;
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

  #wasHeard(connection: RedisConnection): void {
    if (this.#heard === connection) return;
    this.#heard = connection;
    this.#troubles.clear();
    this.#options.log.info(`Redis at ${this.#where}: connected`);
  }

  /** Of a cluster of which some masters cannot be used. */
  #tellParts(faults: ReadonlyMap<string, string>): void {
    for (const [name, why] of faults) {
      const part = `the master ${name} cannot be used, and none of its keys: ${inWords(why)}`;
      this.#warn(part, `the master ${name}`);
    }
    if (faults.size === 0 && !this.#isWhole) {
      this.#troubles.clear();
      this.#options.log.info(`Redis at ${this.#where}: all masters can be used again`);
    }
    this.#isWhole = faults.size === 0;
  }

  #connect(): RedisConnection {
    const { access, timeoutMs } = this.#options;
    const patienceMs = Math.max(LEAST_PATIENCE_MS, PATIENCE_TIMEOUTS * timeoutMs);
    try {
      this.#credentials = readCredentials(access);
    } catch (error) {
      this.#warn(`${(error as Error).message}: going on with what was read last`, 'files');
    }
    const options = { target: access.target, credentials: this.#credentials, patienceMs };
    const tell = (trouble: string, kind: string) => this.#warn(trouble, kind);
    const connection = new RedisConnection(options, this.#findings, tell);
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

/** A key is whatever a client sent: a line of the log stays one, and short. */
function shownName(name: string): string {
  const start = JSON.stringify(name.slice(0, MOST_SHOWN));
  return name.length > MOST_SHOWN ? `${start}…` : start;
}
