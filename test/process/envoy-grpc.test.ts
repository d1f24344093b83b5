/** Rules of Envoy in a running service, asked over gRPC, also while services come and go. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  type GrpcService,
  OK,
  OVER_LIMIT,
  RateLimitClient,
  startGrpc,
} from '../support/grpc-service.ts';
import { PoliciesFile, policiesText } from '../support/policies-file.ts';
import { scrape } from '../support/scrape.ts';
import { runService, type ServiceOptions } from '../support/service.ts';

const RULES = `domain: site
descriptors:
  - {key: user, rate_limit: {unit: year, requests_per_unit: 3}}
  - {key: path, rate_limit: {unit: day, requests_per_unit: 1000000000}}
`;

let folder: PoliciesFile;
let clients: RateLimitClient[];
beforeEach(() => {
  clients = [];
  folder = new PoliciesFile(policiesText(['a'], 10));
  writeFileSync(join(folder.folder, 'site.yaml'), RULES);
});
afterEach(() => {
  for (const client of clients) client.close();
  folder.remove();
});

function start(options: ServiceOptions = {}): Promise<GrpcService> {
  const flags = ['--threads', '2', '--max-keys', '1000', '--policies', folder.folder];
  return startGrpc({ ...options, flags: [...flags, ...(options.flags ?? [])] });
}

function clientOf(service: GrpcService): RateLimitClient {
  const client = new RateLimitClient(service);
  clients.push(client);
  return client;
}

test('without GRPC_PORT it is asked where that service is', async () => {
  // So none of them serves, and which port it would be is said.
  const env = { GRPC_PORT: '' };
  const ending = async (path: string) => {
    const flags = ['--host', '127.0.0.1', '--port', '8081', '--drain-ms', '0'];
    const run = runService({ env, flags: [...flags, '--policies', path] });
    return [await run.ended, run.output()];
  };
  expect(await ending(folder.folder)).toEqual([
    2,
    'argus: GRPC_PORT must be 0 or another port than the others, is 8081, its default\n',
  ]);
  folder.write('policies: no');
  expect(await ending(folder.path)).toEqual([2, expect.stringContaining('policies')]);
});

test('it answers as the rules say, and is counted', async () => {
  const service = await start();
  const client = clientOf(service);
  const codes: (number | undefined)[] = [];
  for (let i = 0; i < 4; i++) codes.push(await client.codeOf('site', 'user', 'x'));
  expect(codes).toEqual([OK, OK, OK, OVER_LIMIT]);
  // Any bytes are a value.
  expect(await client.codeOf('site', 'user', '\xff\x00\n"')).toBe(OK);
  expect(await client.codeOf('none', 'user', 'x')).toBe(OK);
  await expect(client.ask(Buffer.of(0x0a))).rejects.toMatchObject({ code: 3 });
  const samples = await scrape(service);
  const decisions = 'argus_decisions_total{transport="grpc",outcome=';
  expect(samples.get(`${decisions}"allowed"}`)).toBe(5);
  expect(samples.get(`${decisions}"denied"}`)).toBe(1);
  expect(samples.get('argus_decision_duration_seconds_count')).toBeGreaterThanOrEqual(6);
  expect(samples.get('argus_connections{protocol="grpc"}')).toBe(1);
  expect(await service.stop()).toBe(0);
});

test('a message that is too long is over the limit, and no error', async () => {
  const service = await start();
  const answer = await clientOf(service).ask(Buffer.alloc(4 * 1_048_576 + 1));
  expect(answer.toString('hex')).toBe('0802');
  const samples = await scrape(service);
  expect(samples.get('argus_grpc_calls_over_bound_total{bound="message"}')).toBe(1);
  await service.stop();
});

/** Asks again and again until it is over; how often it was answered. Rejects at the first error. */
async function askUntil(client: RateLimitClient, isOver: () => boolean): Promise<number> {
  let answered = 0;
  while (!isOver()) {
    if ((await client.codeOf('site', 'path', 'x')) !== OK) throw new Error('denied');
    answered++;
  }
  return answered;
}

test('connections that become old lose no call', { timeout: 60_000 }, async () => {
  const service = await start({ flags: ['--grpc-max-connection-age-ms', '300'] });
  const endMs = Date.now() + 4_000;
  const asking = Array.from({ length: 4 }, () => clientOf(service)).flatMap((client) =>
    Array.from({ length: 10 }, () => askUntil(client, () => Date.now() >= endMs)),
  );
  const answered = (await Promise.all(asking)).reduce((sum, count) => sum + count);
  expect(answered).toBeGreaterThan(1_000);
  const samples = await scrape(service);
  expect(samples.get('argus_grpc_goaways_total{reason="age"}')).toBeGreaterThan(10);
  expect(await service.stop()).toBe(0);
});

test('a service that stops answers all that was asked before it said so', async () => {
  const service = await start({ flags: ['--drain-delay-ms', '0'] });
  const outcomes: (number | string)[] = [];
  let isOver = false;
  const ask = async (client: RateLimitClient) => {
    while (!isOver) {
      try {
        outcomes.push((await client.codeOf('site', 'path', 'x')) ?? 'nothing');
      } catch (error) {
        // There is no other service: new connections are refused, but nothing sent is lost.
        isOver = true;
        outcomes.push((error as Error).message);
      }
    }
  };
  const asking = Array.from({ length: 3 }, () => clientOf(service)).flatMap((client) =>
    Array.from({ length: 10 }, () => ask(client)),
  );
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(await service.stop('SIGTERM')).toBe(0);
  await Promise.all(asking);
  const failed = outcomes.filter((outcome) => outcome !== OK);
  expect(outcomes.length).toBeGreaterThan(100);
  expect(failed.length).toBeLessThanOrEqual(30);
  for (const words of failed) expect(words).toMatch(/ECONNREFUSED|No connection established/);
});
