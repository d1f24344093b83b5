/** Starts a Redis server, a replica of it and sentinels that watch over both, and stops them. */
import { Redis } from 'ioredis';
import { freePort } from '../../support/free-port.ts';
import { type RedisServer, startRedis } from '../../support/redis-server.ts';

const AGREED_WITHIN_MS = 20_000;

export interface RedisSentinels {
  /** As REDIS_URL wants it, without user and database. */
  readonly url: string;
  /** The first is the master at the start. */
  readonly servers: readonly RedisServer[];
  stop(): Promise<void>;
}

export interface SentinelOptions {
  /** What all want to hear; none where it is left out. */
  readonly password?: string;
  /** As on the command line of both servers. */
  readonly args?: readonly string[];
}

/** Resolves once the sentinels know each other, and the replica. */
export async function startSentinels(options: SentinelOptions = {}): Promise<RedisSentinels> {
  const { password = '' } = options;
  const secret = password === '' ? [] : ['--requirepass', password, '--masterauth', password];
  const args = [...secret, ...(options.args ?? [])];
  const master = await startRedis({ args });
  const follow = ['--replicaof', `127.0.0.1 ${master.port}`];
  const replica = await startRedis({ args: [...args, ...follow] });
  const sentinels = await Promise.all([1, 2, 3].map(() => startSentinel(master.port, password)));
  const all = [master, replica, ...sentinels];
  try {
    await Promise.all(sentinels.map(({ port }) => untilAgreed(port, password)));
  } catch (error) {
    await Promise.all(all.map((server) => server.stop()));
    throw error;
  }
  return {
    url: `redis+sentinel://${sentinels.map(({ port }) => `127.0.0.1:${port}`).join()}/mymaster`,
    servers: [master, replica],
    stop: async () => {
      await Promise.all(all.map((server) => server.stop()));
    },
  };
}

async function startSentinel(masterPort: number, password: string): Promise<RedisServer> {
  const lines = [
    `sentinel monitor mymaster 127.0.0.1 ${masterPort} 2`,
    'sentinel down-after-milliseconds mymaster 500',
    'sentinel failover-timeout mymaster 3000',
  ];
  if (password !== '') {
    lines.push(`requirepass ${password}`);
    lines.push(`sentinel auth-pass mymaster ${password}`);
    lines.push(`sentinel sentinel-pass ${password}`);
  }
  return startRedis({
    port: await freePort(),
    config: `${lines.join('\n')}\n`,
    args: ['--sentinel'],
    readyWords: '+monitor master',
  });
}

async function untilAgreed(port: number, password: string): Promise<void> {
  const secret = password === '' ? {} : { password };
  const sentinel = new Redis({ host: '127.0.0.1', port, protocol: 2, ...secret });
  const deadline = Date.now() + AGREED_WITHIN_MS;
  try {
    for (;;) {
      const info = String(await sentinel.call('INFO', 'sentinel'));
      if (info.includes('status=ok') && info.includes('slaves=1,sentinels=3')) return;
      if (Date.now() > deadline) throw new Error(`The sentinels do not agree: ${info}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  } finally {
    sentinel.disconnect();
  }
}
