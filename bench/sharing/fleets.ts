/**
 * The fleets that are compared: they share limits by leases, by asking the store, or not at all.
 */
import type { Program } from '../compare/program.ts';
import { startRedis } from '../compare/redis.ts';
import type { Checkout } from './checkout.ts';
import { Fleet, type FleetOptions } from './fleet.ts';

export interface Fleets {
  readonly leased: Fleet;
  readonly strict: Fleet;
  readonly unshared: Fleet;
  /** Shares by leases too, and is of another version. */
  readonly against: Fleet | null;
  /** One for all that share, a database each: they do not count each other. */
  readonly redis: Program;
}

/** On a core that is kept busy, a slow answer must not be taken for a store that is away. */
const PATIENT = ['--store-timeout-ms', '500'];

/** Starts them all on one core, and stops them when `action` has ended. */
export async function withFleets(
  core: number | undefined,
  checkout: Checkout | null,
  action: (fleets: Fleets) => Promise<void>,
): Promise<void> {
  const redis = await startRedis('redis-server', core);
  const started: Fleet[] = [];
  const start = async (options: Omit<FleetOptions, 'core'>) => {
    const fleet = await Fleet.start({ ...options, core });
    started.push(fleet);
    return fleet;
  };
  try {
    const url = `redis://127.0.0.1:${redis.port}`;
    const leased = await start({ name: 'leased', redisUrl: `${url}/0`, flags: PATIENT });
    const flags = ['--sharing', 'strict', ...PATIENT];
    const strict = await start({ name: 'strict', redisUrl: `${url}/1`, flags });
    const unshared = await start({ name: 'unshared' });
    const other = { name: checkout?.name ?? '', redisUrl: `${url}/2`, flags: PATIENT, checkout };
    const against = checkout === null ? null : await start(other);
    await action({ leased, strict, unshared, against, redis });
  } finally {
    await Promise.all(started.map((fleet) => fleet.stop()));
    await redis.stop();
  }
}
