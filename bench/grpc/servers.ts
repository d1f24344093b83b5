/** The servers that are held against each other: ours, two that decide nothing, throttlecrab. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../test/support/free-port.ts';
import { startGrpc } from '../../test/support/grpc-service.ts';
import { startService } from '../../test/support/service.ts';
import { startProgram } from '../compare/program.ts';
import { startRedis } from '../compare/redis.ts';
import { pinnedTo } from '../support/pinned.ts';
import { CAPACITY, DOMAIN, KEY } from './calls.ts';
import { type GrpcServer, THROTTLECRAB } from './rounds.ts';

const RULES = `domain: ${DOMAIN}
descriptors:
  - {key: ${KEY}, rate_limit: {unit: day, requests_per_unit: ${CAPACITY}}}
`;

export interface Ours {
  readonly grpc: GrpcServer;
  /** The same process over HTTP. */
  readonly http: GrpcServer;
}

/** With one thread, as the others have, on the same core. */
export async function startOurs(
  core: number | undefined,
  name = 'argus',
  more: readonly string[] = [],
): Promise<Ours> {
  const folder = mkdtempSync(join(tmpdir(), 'argus-bench-grpc-'));
  writeFileSync(join(folder, 'rules.yaml'), RULES);
  const flags = ['--threads', '1', '--policies', folder, ...more];
  const service = await startGrpc({ under: pinnedTo(core), flags });
  const pid = service.process.pid ?? Number.NaN;
  const stop = async () => {
    await service.stop();
    rmSync(folder, { recursive: true });
  };
  return {
    grpc: { name, words: 'envoy', port: service.grpcPort, pid, stop },
    http: {
      name: `${name}, HTTP`,
      words: 'http',
      port: service.port,
      pid,
      stop: async () => undefined,
    },
  };
}

/** The same, which shares its limits through a Redis on this core. */
export async function startSharing(
  core: number | undefined,
  redisPath: string,
): Promise<GrpcServer> {
  const redis = await startRedis(redisPath, core);
  try {
    const url = `redis://127.0.0.1:${redis.port}`;
    const { grpc } = await startOurs(core, 'argus, REDIS_URL', ['--redis-url', url]);
    return { ...grpc, stop: () => grpc.stop().finally(() => redis.stop()) };
  } catch (error) {
    await redis.stop();
    throw error;
  }
}

export async function startThrottlecrab(
  core: number | undefined,
  path: string,
): Promise<GrpcServer> {
  const port = await freePort();
  const flags = ['--grpc', '--grpc-host', '127.0.0.1', '--grpc-port', String(port)];
  const command = [...pinnedTo(core), path, ...flags, '--log-level', 'error'];
  return { ...(await startProgram(command, port)), name: THROTTLECRAB, words: 'throttlecrab' };
}

export async function startPlain(
  name: string,
  script: URL,
  core: number | undefined,
): Promise<GrpcServer> {
  const under = pinnedTo(core);
  const service = await startService({ under, script: fileURLToPath(script) });
  return {
    name,
    words: 'envoy',
    port: service.port,
    pid: service.process.pid ?? Number.NaN,
    stop: () => service.stop(),
  };
}
