/** Calls of Envoy while Redis is away: each is an answer, since an error would let all through. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type GrpcService,
  OK,
  OVER_LIMIT,
  RateLimitClient,
  startGrpc,
} from '../support/grpc-service.ts';
import { PoliciesFile } from '../support/policies-file.ts';
import { type RedisServer, startRedis } from '../support/redis-server.ts';
import { isMissing } from '../support/resp-tools.ts';
import { until, untilAway, untilShared } from './shared-services.ts';

// A share of 1,000 an hour gives a token in 3.6 s, and begins empty.
const RULES = `domain: d
descriptors:
  - {key: bucket, rate_limit: {unit: hour, requests_per_unit: 1000, algorithm: token_bucket}}
  - {key: window, rate_limit: {unit: year, requests_per_unit: 10}}
`;
const CALLS = 200;

let redis: RedisServer;
let service: GrpcService;
let client: RateLimitClient;
let file: PoliciesFile;

beforeEach(() => {
  file = new PoliciesFile(RULES);
});

afterEach(async () => {
  client?.close();
  await service?.stop();
  await redis?.stop();
  file.remove();
});

async function start(onStoreDown: string): Promise<void> {
  redis = await startRedis();
  const sharing = ['--redis-url', redis.url, '--on-store-down', onStoreDown, '--instances', '1'];
  const flags = ['--threads', '1', '--max-keys', '1000', '--policies', file.path, ...sharing];
  service = await startGrpc({ flags });
  client = new RateLimitClient(service);
  await untilShared([service]);
}

const codes = (key: string) =>
  Promise.all(Array.from({ length: CALLS }, (_, i) => client.codeOf('d', key, `${i % 20}`)));

describe.skipIf(isMissing('redis-server'))('a store that is killed', () => {
  //  what is to happen then, what calls are told meanwhile
  test.each([
    ['closed', [OVER_LIMIT]],
    ['local', [OVER_LIMIT]],
    ['open', [OK]],
  ])('%s: all calls are told %j, none an error', async (onStoreDown, told) => {
    await start(onStoreDown);
    await until(async () => (await client.codeOf('d', 'bucket', 'x')) === OK);
    // From the very moment on at which it goes: nobody is told an error before it counts as away.
    const [during] = await Promise.all([codes('window'), redis.stop()]);
    expect(during.every((code) => code === OK || code === OVER_LIMIT)).toBe(true);
    await untilAway(service);
    expect(new Set(await codes('window'))).toEqual(new Set(told));
  });
});
