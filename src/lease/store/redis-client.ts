/**
 * Connections to Redis that live once: none reconnects, so none sends anything a second time.
 *
 * Used by the Redis connection, which puts another in the place of one that has ended.
 *
 * What ioredis then does with commands, as its source says and the tests hold:
 *   1. A server that is lost takes its connection with it: all that is unanswered is rejected.
 *   2. So is what a node of a cluster had when it was lost. `retryDelayOnFailover` above 0 would
 *      send that to another node, obeyed or not.
 *   3. What a node answers with MOVED, ASK or TRYAGAIN it has not obeyed: that is sent on.
 *   4. A command waits for nothing but the connection to its node of a cluster, which is tried
 *      once.
 *   5. Sentinels that tell of another master end the connection to the old one.
 */
import { Cluster, Redis } from 'ioredis';
import type { Credentials } from './redis-access.ts';
import type { RedisAddress, RedisTarget } from './redis-url.ts';

export type RedisClient = Redis | Cluster;

/** Its name in CLIENT LIST there, where it may have one. */
export const CLIENT_NAME = 'argus';

/** For the first word about a cluster, so that one node which is silent leaves time for another. */
const SLOTS_WITHIN_MS = 250;

/** All begin to connect, and come to `ready` and some time to `end`, or only to `end`. */
export interface ClientOptions {
  readonly target: RedisTarget;
  readonly credentials: Credentials;
  /** How long it waits for the connection to be there, and then for a word of what was asked. */
  readonly patienceMs: number;
}

/** As yet without user and database. */
export function connectServer(address: RedisAddress, options: ClientOptions): Redis {
  return new Redis({ ...common(options), ...ONCE, ...address });
}

/** The server that sentinels name; `withPassword` where they want one. As yet without user. */
export function connectBySentinels(options: ClientOptions, withPassword: boolean): Redis {
  const { target, credentials, patienceMs } = options;
  const { username, password, tls } = credentials;
  return new Redis({
    ...common(options),
    ...ONCE,
    sentinels: [...target.addresses],
    name: target.master,
    sentinelRetryStrategy: () => null,
    sentinelCommandTimeout: patienceMs,
    failoverDetector: true,
    ...(withPassword ? { sentinelPassword: password } : {}),
    ...(withPassword && username !== '' ? { sentinelUsername: username } : {}),
    ...(tls === null ? {} : { sentinelTLS: tls, enableTLSForSentinelMode: true }),
  });
}

export function connectCluster(options: ClientOptions): Cluster {
  const { username, password } = options.credentials;
  const cluster = new Cluster([...options.target.addresses], {
    redisOptions: {
      ...common(options),
      connectionName: CLIENT_NAME,
      ...(username === '' ? {} : { username }),
      ...(password === '' ? {} : { password }),
    },
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

const ONCE = { retryStrategy: null, enableOfflineQueue: false } as const;

function common({ credentials: { tls }, patienceMs }: ClientOptions) {
  return {
    ...(tls === null ? {} : { tls }),
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
