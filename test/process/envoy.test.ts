/** Rules of Envoy in a running service: asked in JSON, counted, read again, and refused. */

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, exchange, request } from '../support/ask.ts';
import { PoliciesFile, policiesText } from '../support/policies-file.ts';
import { expectProblem } from '../support/problem.ts';
import { scrape } from '../support/scrape.ts';
import { runService, type Service, startService } from '../support/service.ts';
import { until } from './shared-services.ts';

const rulesText = (requests: number) => `domain: site
descriptors:
  - {key: user, rate_limit: {unit: year, requests_per_unit: ${requests}, name: "a \\"name\\""}}
  - {key: path, value_to_metric: true, rate_limit: {unit: day, requests_per_unit: 9}}
`;

let folder: PoliciesFile;
beforeEach(() => {
  folder = new PoliciesFile(policiesText(['a'], 10));
  writeFileSync(join(folder.folder, 'site.yaml'), rulesText(2));
});
afterEach(() => folder.remove());

function start(env: Readonly<Record<string, string>> = {}): Promise<Service> {
  const flags = ['--threads', '2', '--max-keys', '1000', '--policies', folder.folder];
  return startService({ flags, env });
}

async function askJson(service: Service, body: unknown) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const headers = { 'Content-Length': String(Buffer.byteLength(text)) };
  return exchange(service, request('POST', '/json', headers) + text);
}

function about(key: string, value: string) {
  return { domain: 'site', descriptors: [{ entries: [{ key, value }] }] };
}

test('it answers and counts as the rules say, whichever thread is asked', async () => {
  const service = await start();
  const first = await askJson(service, about('user', 'x'));
  expect(first.status).toBe(200);
  expect(JSON.parse(first.body)).toMatchObject({
    overallCode: 'OK',
    statuses: [
      {
        code: 'OK',
        currentLimit: { requestsPerUnit: 2, unit: 'YEAR', name: 'a "name"' },
        limitRemaining: 1,
      },
    ],
  });
  await askJson(service, about('user', 'x'));
  const denied = await askJson(service, about('user', 'x'));
  expect([denied.status, JSON.parse(denied.body)['overallCode']]).toEqual([429, 'OVER_LIMIT']);
  await askJson(service, about('path', '/"x"\\'));
  await askJson(service, about('none', 'x'));
  await askJson(service, { ...about('none', 'x'), domain: 'other' });
  const samples = await scrape(service);
  const counted = (labels: string) =>
    samples.get(`argus_envoy_rules_total{domain="site",${labels}}`);
  expect(counted('rule="user",outcome="allowed"')).toBe(2);
  expect(counted('rule="user",outcome="denied"')).toBe(1);
  expect(counted('rule="path=/\\"x\\"\\\\",outcome="allowed"')).toBe(1);
  expect(counted('rule="path=other",outcome="allowed"')).toBe(0);
  const unmatched = (reason: string) =>
    samples.get(`argus_envoy_unmatched_total{reason="${reason}"}`);
  expect([unmatched('no_rule'), unmatched('unknown_domain')]).toEqual([1, 1]);
  expect(samples.get('argus_decisions_total{transport="http",outcome="denied"}')).toBe(1);
  // Policies are served beside them.
  expect((await ask(service, { policy: 'a', key: 'k' })).status).toBe(200);
  await service.stop();
});

test('what cannot be read is a 400 that says why', async () => {
  const service = await start();
  expectProblem(await askJson(service, '{'), 400, 'the body must be JSON in UTF-8, is not');
  expectProblem(await askJson(service, { domain: 1 }), 400, 'domain must be text, is 1');
  const unknown = await askJson(service, { domains: 1 });
  expectProblem(unknown, 400, 'the request has a field "domains"');
  await service.stop();
});

test('rules are read again together with policies, and a wrong one changes neither', async () => {
  const service = await start();
  const reloads = async (outcome: string) =>
    (await scrape(service)).get(`argus_policies_reloads_total{outcome="${outcome}"}`);
  writeFileSync(join(folder.folder, 'site.yaml'), rulesText(5));
  await until(async () => (await reloads('applied')) === 1);
  const { body } = await askJson(service, about('user', 'x'));
  expect(JSON.parse(body).statuses[0]).toMatchObject({ limitRemaining: 4 });
  folder.write(policiesText(['b'], 10));
  writeFileSync(join(folder.folder, 'site.yaml'), rulesText(-7));
  await until(async () => (await reloads('refused')) === 1);
  expect((await ask(service, { policy: 'a', key: 'k' })).status).toBe(200);
  expect((await ask(service, { policy: 'b', key: 'k' })).status).toBe(400);
  expect(service.output()).toMatch(/site\.yaml:3:\d+: descriptors\[0\]\.rate_limit\.requests_per_/);
  expect((await scrape(service)).get('argus_policies_valid')).toBe(0);
  await service.stop();
});

test('a wrong file ends the start', async () => {
  writeFileSync(join(folder.folder, 'site.yaml'), 'domain: ""\n');
  const service = runService({ flags: ['--port', '0', '--policies', folder.folder] });
  expect(await service.ended).toBe(2);
  expect(service.output()).toMatch(/site\.yaml:1:9: domain must be the name of a domain, is empty/);
});

test('SHADOW_MODE and ENVOY_ALGORITHM hold', async () => {
  const service = await start({ SHADOW_MODE: 'true', ENVOY_ALGORITHM: 'token_bucket' });
  const body = { ...about('user', 'x'), hitsAddend: 2 };
  const seconds = (text: string) =>
    Number.parseInt(JSON.parse(text).statuses[0].durationUntilReset, 10);
  const first = await askJson(service, body);
  expect([first.status, seconds(first.body)]).toEqual([200, 365 * 86_400]);
  const over = await askJson(service, body);
  expect([over.status, JSON.parse(over.body).statuses[0].code]).toEqual([200, 'OVER_LIMIT']);
  await service.stop();
});
