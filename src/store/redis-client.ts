/**
 * Connections to Redis that live once: none reconnects, so none sends anything a second time.
 *
 * Used by the Redis store, which puts another in the place of one that has ended.
 *
 * What ioredis then does with commands, as its source says and the tests hold:
 *   1. A server that is lost takes its connection with it: all that is unanswered is rejected.
 *   2. So is what a node of a cluster had when it was lost. `retryDelayOnFailover` above 0 would send
 *      that to another node, obeyed or not.
 *   3. What a node answers with MOVED, ASK or TRYAGAIN it has not obeyed: that is sent on.
 *   4. A command waits for nothing but the connection to its node of a cluster, which is tried once.
 */
import { Cluster, Redis } from 'ioredis';
import type { RedisTarget } from './redis-url.ts';

export type RedisClient = Redis | Cluster;

/** For the first word about a cluster, so that one node which is silent leaves time for another. */
const SLOTS_WITHIN_MS = 250;

type Options = ReturnType<typeof optionsOf>;

/**
 * Begins to connect. Comes to `ready` and some time to `end`, or only to `end`. `patienceMs` is how long
 * it waits for the connection to be there, and then for any word of a server that was asked something.
 */
export function connectRedis(target: RedisTarget, patienceMs: number): RedisClient {
  const options = optionsOf(target, patienceMs);
  return target.isCluster ? connectCluster(target, options) : connectServer(target, options);
}

function connectServer(target: RedisTarget, options: Options): Redis {
  return new Redis({
    ...options,
    ...target.addresses[0],
    db: target.database,
    retryStrategy: null,
    enableOfflineQueue: false,
  });
}

function connectCluster(target: RedisTarget, options: Options): Cluster {
  const cluster = new Cluster([...target.addresses], {
    redisOptions: options,
    clusterRetryStrategy: null,
    clusterNodeRetryStrategy: null,
    retryDelayOnFailover: 0,
    retryDelayOnClusterDown: 0,
    slotsRefreshTimeout: SLOTS_WITHIN_MS,
    enableReadyCheck: false,
    // Names stay names: certificates are made out to them.
    dnsLookup: (name, found) => found(null, name),
  });
  // Not only with its first command, which would have to wait for it.
  cluster.on('+node', (node: Redis) => {
    if (node.options.readOnly !== true) node.connect().catch(() => undefined);
  });
  return cluster;
}

function optionsOf({ username, password, isTls }: RedisTarget, patienceMs: number) {
  return {
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
    ...(isTls ? { tls: {} } : {}),
    connectionName: 'argus',
    disableClientInfo: true,
    // There is nothing to be had from version 3 here, and servers that do not know it.
    protocol: 2,
    // A server that is still loading says so in its answers.
    enableReadyCheck: false,
    connectTimeout: patienceMs,
    socketTimeout: patienceMs,
    // Who has been silent for so long will not answer a farewell.
    disconnectTimeout: 0,
  } as const;
}
