/** The real Envoy, with its configuration of deploy/envoy/, asks and does as it is told. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { broken, read } from '../deploy/deployment-facts.ts';
import { type FakeApp, startFakeApp } from '../deploy/forward-auth/fake-app.ts';
import { get } from '../support/ask.ts';
import { freePort } from '../support/free-port.ts';
import { type ProxyProcess, startProxy } from '../support/proxy-process.ts';
import { isMissing } from '../support/resp-tools.ts';
import { scrape } from '../support/scrape.ts';
import { type Service, startService } from '../support/service.ts';

/** Of every value of a header its own limit. */
const RULES = `
domain: site
descriptors:
  - {key: user, rate_limit: {unit: year, requests_per_unit: 10, name: user}}
  - {key: paid, rate_limit: {unit: year, requests_per_unit: 10}}
`;
const ROUTE = '                          route:\n';
const ASKS = `
                              - actions:
                                  - request_headers: {header_name: x-user, descriptor_key: user}`;
/** The only place where a hits_addend is sent from. */
const COSTS = `
                          typed_per_filter_config:
                            envoy.filters.http.ratelimit:
                              "@type": type.googleapis.com/envoy.extensions.filters.http.ratelimit.v3.RateLimitPerRoute
                              rate_limits:
                                - actions:
                                    - request_headers: {header_name: x-paid, descriptor_key: paid}
                                  hits_addend: {format: "%REQ(x-cost)%"}
                                - actions:
                                    - request_headers: {header_name: x-back, descriptor_key: paid}
                                  hits_addend: {number: 4, is_negative_hits: true}`;

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

interface Site {
  readonly app: FakeApp;
  readonly argus: Service;
  readonly proxy: ProxyProcess;
}

/** `alter` gives the file of Envoy as it should be instead. */
async function start(
  rules: string,
  alter: (text: string) => string = (text) => text,
): Promise<Site> {
  const folder = mkdtempSync(join(tmpdir(), 'argus-envoy-'));
  stops.push(async () => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'rules.yaml'), rules);
  const app = await startFakeApp();
  stops.push(() => app.stop());
  const grpcPort = await freePort();
  const flags = ['--threads', '2', '--policies', folder, '--grpc-port', String(grpcPort)];
  const argus = await startService({ flags });
  stops.push(() => argus.stop('SIGKILL'));
  const port = await freePort();
  const address = (number: number) => `address: 127.0.0.1, port_value: ${number}`;
  const places = [
    ['address: 0.0.0.0, port_value: 8080', address(port)],
    ['address: argus, port_value: 8081', address(grpcPort)],
    ['address: app, port_value: 8080', address(app.port)],
    // A busy machine is no fault of anybody's here.
    ['timeout: 0.1s', 'timeout: 5s'],
  ] as const;
  const proxy = await startProxy({
    port,
    files: () => ({
      'envoy.yaml': places.reduce(
        (text, [part, by]) => broken(text, part, by),
        alter(read('deploy/envoy/envoy.yaml')),
      ),
    }),
    command: (within) => {
      const alone = ['--concurrency', '2', '--disable-hot-restart', '--log-level', 'warn'];
      return ['envoy', ...alone, '-c', `${within}/envoy.yaml`];
    },
  });
  stops.push(() => proxy.stop());
  return { app, argus, proxy };
}

const byUser = (text: string) => broken(text, 'rate_limits:', `rate_limits:${ASKS}`);
const byCost = (text: string) =>
  broken(text, '                          route:\n', `${COSTS.slice(1)}\n${ROUTE}`);

describe.skipIf(isMissing('envoy'))('Envoy', () => {
  test('lets through what is within the limit, and turns away what is not', async () => {
    const { app, argus, proxy } = await start(read('deploy/envoy/rules.yaml'));
    for (let i = 0; i < 5; i++) {
      const { status, headers } = await get(proxy, '/login');
      expect([status, headers['x-ratelimit-limit']]).toEqual([
        200,
        expect.stringMatching(/^5, 20;w=1, 5;w=60;name="login"$/),
      ]);
    }
    const { status, headers } = await get(proxy, '/login');
    expect([status, headers['x-envoy-ratelimited']]).toEqual([429, 'true']);
    expect(Number(headers['retry-after'])).toBeGreaterThanOrEqual(1);
    expect(Number(headers['retry-after'])).toBeLessThanOrEqual(60);
    expect((await get(proxy, '/other')).status).toBe(200);
    expect(app.arrived.length).toBe(6);
    const samples = await scrape(argus);
    const counted = (rule: string, outcome: string) =>
      samples.get(`argus_envoy_rules_total{domain="site",rule="${rule}",outcome="${outcome}"}`);
    expect(counted('path=/login/remote_address', 'denied')).toBe(1);
    expect(counted('path=/login/remote_address', 'allowed')).toBe(5);
    // The denied request has taken nothing of its other descriptor.
    expect(counted('remote_address', 'allowed')).toBe(6);
    expect(samples.get('argus_envoy_unmatched_total{reason="no_rule"}')).toBe(1);
  });

  test('of 400 requests at once exactly as many pass as may', async () => {
    const { app, proxy } = await start(RULES, byUser);
    const users = ['a', 'b', 'ÿ', 'ÿÿ'];
    const one = async (i: number) => {
      const user = users[i % users.length] ?? '';
      const { status } = await get(proxy, '/', { headers: { 'X-User': user } });
      return `${user} ${status}`;
    };
    const statuses = await Promise.all(Array.from({ length: 400 }, (_, i) => one(i)));
    for (const user of users) {
      expect([user, statuses.filter((status) => status === `${user} 200`).length]).toEqual([
        user,
        10,
      ]);
    }
    expect(app.arrived.length).toBe(40);
  });

  test('a cost of 0 looks, and what is given back is there again', async () => {
    const { proxy } = await start(RULES, byCost);
    const statusOf = async (headers: Readonly<Record<string, string>>) =>
      (await get(proxy, '/', { headers })).status;
    const paid = (cost: number) => statusOf({ 'X-Paid': 'me', 'X-Cost': String(cost) });
    expect([await paid(0), await paid(7), await paid(4), await paid(3)]).toEqual([
      200, 200, 429, 200,
    ]);
    expect(await paid(0)).toBe(429);
    expect(await statusOf({ 'X-Back': 'me' })).toBe(200);
    expect([await paid(0), await paid(5), await paid(4), await paid(0)]).toEqual([
      200, 429, 200, 429,
    ]);
  });

  test('a header of 40 kB is a value like any other', async () => {
    const hidden = `                          request_headers_to_remove: [x-user]\n${ROUTE}`;
    const most = 'max_request_headers_kb: 96\n                stat_prefix: site';
    const { proxy } = await start(RULES.replaceAll('10', '1'), (text) =>
      broken(broken(byUser(text), ROUTE, hidden), 'stat_prefix: site', most),
    );
    const statusOf = async (user: string) =>
      (await get(proxy, '/', { headers: { 'X-User': user } })).status;
    const long = 'x'.repeat(40_000);
    expect([await statusOf(long), await statusOf(long), await statusOf(`${long}y`)]).toEqual([
      200, 429, 200,
    ]);
  });
});
