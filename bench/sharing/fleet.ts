/** Instances of the service on one core, a thread each, with a store between them or without. */
import { setTimeout as sleep } from 'node:timers/promises';
import { metric, type Server, startOurs } from '../http/servers.ts';
import { cpuSeconds } from '../support/proc.ts';
import { range, sum } from '../support/statistics.ts';
import { type Checkout, scriptOf } from './checkout.ts';

export const INSTANCES = 4;

/** They say every second that they are there. */
const COUNTED_WITHIN_MS = 20_000;
const LOOK_EVERY_MS = 100;

export interface FleetOptions {
  readonly name: string;
  readonly core: number | undefined;
  /** Where the store is; without one each instance decides for itself. */
  readonly redisUrl?: string;
  readonly flags?: readonly string[];
  /** Where it is another version than this. */
  readonly checkout?: Checkout | null;
}

export class Fleet {
  readonly name: string;
  readonly isShared: boolean;
  readonly #servers: readonly Server[];

  private constructor(name: string, isShared: boolean, servers: readonly Server[]) {
    this.name = name;
    this.isShared = isShared;
    this.#servers = servers;
  }

  /** Resolves once all serve, and know of each other. */
  static async start(options: FleetOptions): Promise<Fleet> {
    const { name, core, redisUrl, flags = [], checkout = null } = options;
    const sharing = redisUrl === undefined ? [] : ['--redis-url', redisUrl];
    const servers: Server[] = [];
    const fleet = new Fleet(name, redisUrl !== undefined, servers);
    try {
      for (const i of range(INSTANCES)) {
        const all = [...sharing, ...flags];
        servers.push(await startOurs(core, `${name} ${i}`, all, scriptOf(checkout)));
      }
      if (fleet.isShared) await fleet.#allCounted();
      return fleet;
    } catch (error) {
      await fleet.stop();
      throw error;
    }
  }

  get ports(): readonly number[] {
    return this.#servers.map(({ url }) => Number(new URL(url).port));
  }

  /** User and system time of all their processes. */
  get cpuSeconds(): number {
    return sum(this.#servers.map(({ pid }) => cpuSeconds(pid ?? 0)));
  }

  /** A metric of all of them together, whatever its labels. */
  async total(name: string): Promise<number> {
    return sum(await Promise.all(this.#servers.map((server) => metric(server, name))));
  }

  async stop(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop()));
  }

  async #allCounted(): Promise<void> {
    const deadline = Date.now() + COUNTED_WITHIN_MS;
    while ((await this.total('argus_instances')) !== INSTANCES * this.#servers.length) {
      if (Date.now() > deadline) throw new Error(`${this.name} did not find each other`);
      await sleep(LOOK_EVERY_MS);
    }
  }
}
