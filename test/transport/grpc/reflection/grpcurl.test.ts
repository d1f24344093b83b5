/**
 * The program that most ask gRPC with, grpcurl, as it comes: it knows nothing of the service, and
 * hears all by reflection. Where Go cannot build it, it is left out.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type GrpcService, startGrpc } from '../../../support/grpc-service.ts';
import { PoliciesFile } from '../../../support/policies-file.ts';
import { isNowhere, run } from '../../../support/resp-tools.ts';

const RULES = `domain: site
descriptors:
  - {key: user, rate_limit: {unit: week, requests_per_unit: 2, name: users}}
`;
const SERVICE = 'envoy.service.ratelimit.v3.RateLimitService';
const isLeftOut = isNowhere('grpcurl');

let rules: PoliciesFile;
let service: GrpcService;
beforeAll(async () => {
  if (isLeftOut) return;
  rules = new PoliciesFile(RULES);
  service = await startGrpc({ flags: ['--threads', '1', '--policies', rules.path] });
});
afterAll(async () => {
  if (isLeftOut) return;
  await service.stop();
  rules.remove();
});

async function grpcurl(...args: readonly string[]): Promise<string> {
  const at = args.findIndex((arg) => !arg.startsWith('-') && !arg.startsWith('{'));
  const address = `127.0.0.1:${service.grpcPort}`;
  const all = ['-plaintext', ...args.slice(0, at), address, ...args.slice(at)];
  const { code, output } = await run('grpcurl', all);
  expect([code, output]).toEqual([0, output]);
  return output;
}

test.skipIf(isLeftOut)('it lists the services', async () => {
  expect((await grpcurl('list')).trim().split('\n')).toEqual([
    SERVICE,
    'grpc.health.v1.Health',
    'grpc.reflection.v1.ServerReflection',
    'grpc.reflection.v1alpha.ServerReflection',
  ]);
  expect(await grpcurl('list', SERVICE)).toBe(`${SERVICE}.ShouldRateLimit\n`);
});

test.skipIf(isLeftOut)(
  'it describes services, messages and all that they are made of',
  async () => {
    const all = await grpcurl('describe');
    for (const name of [SERVICE, 'grpc.health.v1.Health', 'grpc.reflection.v1.ServerReflection']) {
      expect(all).toContain(`${name} is a service:`);
    }
    const descriptor = 'envoy.extensions.common.ratelimit.v3.RateLimitDescriptor';
    const text = await grpcurl('describe', descriptor);
    expect(text).toContain(`${descriptor} is a message:`);
    expect(text).toContain('.google.protobuf.UInt64Value hits_addend = 3;');
    const response = await grpcurl('describe', 'envoy.service.ratelimit.v3.RateLimitResponse');
    expect(response).toContain('OVER_LIMIT = 2;');
    const asked = await grpcurl('describe', 'grpc.reflection.v1alpha.ServerReflectionRequest');
    expect(asked).toContain('oneof message_request {');
  },
);

test.skipIf(isLeftOut)('it asks, and reads the answer', async () => {
  const question = {
    domain: 'site',
    descriptors: [{ entries: [{ key: 'user', value: 'ann' }], hitsAddend: 2 }],
  };
  const ask = async () =>
    JSON.parse(await grpcurl('-d', JSON.stringify(question), `${SERVICE}/ShouldRateLimit`));
  const currentLimit = { name: 'users', requestsPerUnit: 2, unit: 'WEEK' };
  expect(await ask()).toMatchObject({
    overallCode: 'OK',
    statuses: [{ code: 'OK', currentLimit }],
  });
  expect(await ask()).toMatchObject({
    overallCode: 'OVER_LIMIT',
    statuses: [
      { code: 'OVER_LIMIT', currentLimit, durationUntilReset: expect.stringMatching(/^\d+s$/) },
    ],
    responseHeadersToAdd: [{ key: 'retry-after' }],
  });
  expect(JSON.parse(await grpcurl('grpc.health.v1.Health/Check'))).toEqual({ status: 'SERVING' });
});
