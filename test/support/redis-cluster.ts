/** Starts Redis servers as one cluster, each the master of an equal part of it, and stops them. */
import { Redis } from 'ioredis';
import { freePort } from './free-port.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

const SLOTS = 16_384;
const AGREED_WITHIN_MS = 20_000;

export interface RedisCluster {
  /** As REDIS_URL wants it. */
  readonly url: string;
  readonly nodes: readonly RedisServer[];
  /** Tells one node something. */
  tell(node: number, ...command: readonly string[]): Promise<unknown>;
  stop(): Promise<void>;
}

/** Resolves once all of them know who has what. `args` are on the command line of each. */
export async function startRedisCluster(
  size: number,
  args: readonly string[] = [],
): Promise<RedisCluster> {
  const busPorts = await Promise.all(Array.from({ length: size }, () => freePort()));
  const nodes = await Promise.all(busPorts.map((busPort) => startNode(busPort, args)));
  const admins = nodes.map(({ port }) => new Redis({ host: '127.0.0.1', port, protocol: 2 }));
  for (const admin of admins) admin.on('error', () => undefined);
  const cluster: RedisCluster = {
    url: nodes.map(({ url }) => url).join(','),
    nodes,
    tell: async (node, ...command) => admins[node]?.call(...(command as [string, ...string[]])),
    stop: async () => {
      for (const admin of admins) admin.disconnect();
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
  for (let i = 0; i < size; i++) {
    const [first, last] = [Math.ceil((i * SLOTS) / size), Math.ceil(((i + 1) * SLOTS) / size) - 1];
    await cluster.tell(i, 'CLUSTER', 'ADDSLOTSRANGE', String(first), String(last));
    await cluster.tell(i, 'CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1));
  }
  for (const [i, { port }] of nodes.entries()) {
    await cluster.tell(0, 'CLUSTER', 'MEET', '127.0.0.1', String(port), String(busPorts[i]));
  }
  await untilAgreed(cluster);
  return cluster;
}

function startNode(busPort: number, args: readonly string[]): Promise<RedisServer> {
  return startRedis({
    args: ['--cluster-enabled', 'yes', '--cluster-port', String(busPort)]
      .concat(['--cluster-node-timeout', '2000'])
      // What is left of a cluster goes on.
      .concat(['--cluster-require-full-coverage', 'no'])
      .concat(args),
  });
}

async function untilAgreed(cluster: RedisCluster): Promise<void> {
  const deadline = Date.now() + AGREED_WITHIN_MS;
  const knows = async (node: number) => {
    const info = String(await cluster.tell(node, 'CLUSTER', 'INFO'));
    return (
      info.includes('cluster_state:ok') && info.includes(`cluster_slots_assigned:${SLOTS}\r\n`)
    );
  };
  while (!(await Promise.all(cluster.nodes.map((_, node) => knows(node)))).every(Boolean)) {
    if (Date.now() > deadline) throw new Error('The nodes of the Redis cluster do not agree');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
