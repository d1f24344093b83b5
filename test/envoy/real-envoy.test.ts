/** The real Envoy, with its configuration of deploy/envoy/, asks and does as it is told. */
import { afterEach, describe, expect, test } from 'vitest';
import { broken, read } from '../deploy/deployment-facts.ts';
import { get } from '../support/ask.ts';
import type { Alter } from '../support/envoy.ts';
import { isMissing } from '../support/resp-tools.ts';
import { scrape } from '../support/scrape.ts';
import { asksBy, EnvoySites } from './envoy-site.ts';

/** Of every value of a header its own limit. */
const RULES = `
domain: site
descriptors:
  - {key: user, rate_limit: {unit: year, requests_per_unit: 10, name: user}}
  - {key: paid, rate_limit: {unit: year, requests_per_unit: 10}}
`;
const ROUTE = '                          route:\n';
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

const sites = new EnvoySites();
afterEach(() => sites.stop());

const byUser = (text: string) => asksBy(text, 'x-user', 'user');
/** With the library of gRPC that it has beside its own. */
const byUserOfGoogle: Alter = (text, [port]) =>
  broken(
    byUser(text),
    'envoy_grpc: {cluster_name: argus}',
    `google_grpc: {target_uri: "127.0.0.1:${port}", stat_prefix: argus}`,
  );
const byCost = (text: string) =>
  broken(text, '                          route:\n', `${COSTS.slice(1)}\n${ROUTE}`);

describe.skipIf(isMissing('envoy'))('Envoy', () => {
  test('lets through what is within the limit, and turns away what is not', async () => {
    const { app, argus, proxy } = await sites.start({
      rules: read('deploy/envoy/rules.yaml'),
    });
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

  test.each([
    ['envoy_grpc', byUser],
    ['google_grpc', byUserOfGoogle],
  ] as const)('of 400 requests at once exactly as many pass as may, by %s', async (_, alter) => {
    const { app, proxy } = await sites.start({ rules: RULES, alter });
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
    const { proxy } = await sites.start({ rules: RULES, alter: byCost });
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
    const { proxy } = await sites.start({
      rules: RULES.replaceAll('10', '1'),
      alter: (text) => broken(broken(byUser(text), ROUTE, hidden), 'stat_prefix: site', most),
    });
    const statusOf = async (user: string) =>
      (await get(proxy, '/', { headers: { 'X-User': user } })).status;
    const long = 'x'.repeat(40_000);
    expect([await statusOf(long), await statusOf(long), await statusOf(`${long}y`)]).toEqual([
      200, 429, 200,
    ]);
  });
});
