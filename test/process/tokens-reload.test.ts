/**
 * The file of tokens while the service runs: what is taken out of it works no more, also on
 * connections that are open, which stay; and what is half written or wrong changes nothing.
 */
import { mkdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { bearer, termsOf, tokenOf } from '../access/terms.ts';
import { get, LIMIT_PATH } from '../support/ask.ts';
import { EventClient } from '../support/event-client.ts';
import { OK, OVER_LIMIT, RateLimitClient } from '../support/grpc-service.ts';
import { RawClient } from '../support/raw-http.ts';
import { RespClient } from '../support/resp-client.ts';
import { scrape } from '../support/scrape.ts';
import { startService } from '../support/service.ts';
import { TokensFile, textOf } from '../support/tokens-file.ts';
import { until } from './shared-services.ts';
import {
  postedBytes,
  question,
  shown,
  startWithTokens,
  type TokenService,
} from './tokens-scene.ts';

const OPS = termsOf('ops', { rights: ['admin'] });
const [A, B] = [termsOf('a'), termsOf('b')];

let service: TokenService;
beforeEach(async () => {
  service = await startWithTokens([A, B, OPS], {});
}, 60_000);
afterEach(async () => {
  expect(await service.stop()).toBe(0);
  service.clear();
});

async function sample(name: string): Promise<number | undefined> {
  return (await scrape(service)).get(name);
}

const reloads = (outcome: string) => sample(`argus_tokens_reloads_total{outcome="${outcome}"}`);

test('a token that is taken out works no more on open connections, and they stay open', async () => {
  const http = await RawClient.connect(service.port);
  const slow = await RawClient.connect(service.port);
  const resp = await RespClient.connect(service.ports.resp);
  const grpc = new RateLimitClient({ grpcPort: service.ports.grpc }, bearer('a'));
  const admin = await RawClient.connect(service.ports.admin);
  expect(await resp.ask(`AUTH ${tokenOf('a')}`)).toBe('+OK');
  const asked = postedBytes(LIMIT_PATH, question('k'), shown('a'));
  const batch = postedBytes('/api/v1/limits', [question('k')], shown('a'));
  const report = `GET /v1/threads HTTP/1.1\r\nHost: x\r\nAuthorization: ${bearer('ops')}\r\n\r\n`;
  const answers = async () => [
    (await http.send(asked).answer()).status,
    (await slow.send(batch).answer()).status,
    (await resp.ask('CL.THROTTLE k 9 9 60')).slice(0, 7),
    await grpc.codeOf('shop', 'k', 'x'),
    (await admin.send(report).answer()).status,
  ];
  const before = await answers();
  expect(before.filter((_, i) => i !== 2)).toEqual([200, 200, OK, 200]);
  expect(before[2]).not.toBe('-NOAUTH');
  service.file.replace([B]);
  await until(async () => (await reloads('applied')) === 1);
  expect(await answers()).toEqual([401, 401, '-NOAUTH', OVER_LIMIT, 401]);
  service.file.replace([A, OPS]);
  await until(async () => (await reloads('applied')) === 2);
  // As before, but for what is left of the bucket.
  const again = await answers();
  expect(again.filter((_, i) => i !== 2)).toEqual([200, 200, OK, 200]);
  expect(again[2]).not.toBe('-NOAUTH');
  for (const client of [http, slow, resp, admin]) client.destroy();
  grpc.close();
}, 60_000);

test('who listens to events with a token that is taken out hears no more', async () => {
  const events = await EventClient.open(service.ports.admin, shown('ops'));
  expect(await events.next()).not.toBe(null);
  service.file.replace([A]);
  let last = await events.next();
  while (last !== null) last = await events.next();
  const { status } = await get({ port: service.ports.admin }, '/v1/events', {
    headers: shown('ops'),
  });
  expect(status).toBe(401);
}, 60_000);

test('a file that is half written, wrong or gone changes nothing, and says so', async () => {
  const status = async (name: string) =>
    (await get(service, `${LIMIT_PATH}?key=k`, { method: 'DELETE', headers: shown(name) })).status;
  const whole = textOf([B, termsOf('c', { rights: ['reset'] })]);
  const bad = [whole.slice(0, -20), '', 'name=b\n', whole.replace('reset', 'all')];
  for (const [i, text] of bad.entries()) {
    service.file.write(text);
    await until(async () => (await reloads('refused')) === i + 1);
    expect(await sample('argus_tokens_valid')).toBe(0);
    expect(await sample('argus_tokens')).toBe(3);
    // A right one without the right to reset, and one that is not in force.
    expect([await status('a'), await status('c')]).toEqual([403, 401]);
  }
  expect(service.output()).toContain('tokens stay as they were');
  service.file.write(whole);
  await until(async () => (await reloads('applied')) === 1);
  expect([await status('a'), await status('c')]).toEqual([401, 200]);
  expect(await sample('argus_tokens_valid')).toBe(1);
}, 60_000);

test('SIGHUP loads it again, changed or not', async () => {
  service.process.kill('SIGHUP');
  await until(async () => (await reloads('applied')) === 1);
  expect(await sample('argus_tokens')).toBe(3);
}, 60_000);

test('a mounted secret, whose link is swapped', async () => {
  const folder = new TokensFile([]);
  const mount = (name: string) => join(folder.folder, name);
  for (const [name, tokens] of [
    ['one', [A]],
    ['two', [B]],
  ] as const) {
    mkdirSync(mount(name));
    writeFileSync(join(mount(name), 'tokens'), textOf(tokens));
  }
  symlinkSync('one', mount('..data'));
  symlinkSync('..data/tokens', mount('linked'));
  const other = await startService({
    flags: ['--threads', '1', '--auth-tokens-file', mount('linked')],
  });
  const client = await RawClient.connect(other.port);
  const statusOf = async (name: string) =>
    (await client.send(postedBytes(LIMIT_PATH, question('k'), shown(name))).answer()).status;
  expect([await statusOf('a'), await statusOf('b')]).toEqual([200, 401]);
  symlinkSync('two', mount('..data_tmp'));
  renameSync(mount('..data_tmp'), mount('..data'));
  await until(async () => (await statusOf('b')) === 200);
  expect(await statusOf('a')).toBe(401);
  client.destroy();
  expect(await other.stop()).toBe(0);
  folder.remove();
}, 60_000);
