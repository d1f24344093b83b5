/** What the servers are asked: whose bucket, under which limit, over how many connections. */
import { randomKey } from '../support/keys.ts';

export interface Workload {
  readonly name: string;
  readonly connections: number;
  /** `new`: each key once. `hot`: one key. `live`: the same many keys in every run. */
  readonly keys: 'new' | 'hot' | 'live';
  readonly capacity: number;
  readonly interval: number;
}

/** argus-db's published figures are of this. Buckets are full again, and evicted, in 60 ms. */
const PUBLISHED = { keys: 'new', capacity: 1_000, interval: 60 } as const;

const A_YEAR = { connections: 10, interval: 366 * 24 * 3_600 } as const;

/** Most of it is denied, which the bare server never does. */
export const SPENT: Workload = {
  ...PUBLISHED,
  name: 'one hot key, spent',
  connections: 10,
  keys: 'hot',
};
/** Enough tokens for all requests of a run, which have the same number of digits in each. */
export const HOT: Workload = { ...A_YEAR, name: 'one hot key', keys: 'hot', capacity: 200_000 };
/** A token comes back in nine hours, so that a key asked once stays live through all runs. */
export const LIVE: Workload = { ...A_YEAR, name: 'live keys', keys: 'live', capacity: 1_000 };

/** Those of a group are run in turn; groups one after the other. */
export const WORKLOAD_GROUPS: readonly (readonly Workload[])[] = [
  [{ ...PUBLISHED, name: 'random keys, 10 connections', connections: 10 }],
  [{ ...PUBLISHED, name: 'random keys, 100 connections', connections: 100 }],
  [SPENT],
  [HOT, LIVE],
];

/** The bodies of one run. `run` is another number for every run. */
export function bodiesOf(workload: Workload, run: number, count: number): readonly string[] {
  const { keys, capacity, interval } = workload;
  // argus-db wants a unit; the others read it just as well.
  const body = (key: string) => JSON.stringify({ key, capacity, interval, unit: 's' });
  switch (keys) {
    case 'new':
      return Array.from({ length: count }, (_, i) => body(randomKey((run + 1) * count + i)));
    case 'hot':
      // Another key under each limit.
      return [body(randomKey(-capacity - run))];
    case 'live':
      return Array.from({ length: count }, (_, i) => body(randomKey(i)));
    default:
      return keys satisfies never;
  }
}
