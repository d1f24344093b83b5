/**
 * What the real Envoy lets through unasked, whatever becomes of connections, instances and clients:
 * nothing. Where it is not answered it lets through, so that each fault of ours is seen as a
 * request that passes beyond its limit. ARGUS_REQUESTS says how many are made where it is not said.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import { broken } from '../deploy/deployment-facts.ts';
import { type Alter, asItIs } from '../support/envoy.ts';
import { isMissing } from '../support/resp-tools.ts';
import { scrape } from '../support/scrape.ts';
import { asksBy, type EnvoySite, EnvoySites, type SiteOptions } from './envoy-site.ts';
import { askAndLeave, counted, SiteClients } from './site-clients.ts';

const REQUESTS = Number(process.env['ARGUS_REQUESTS'] ?? 1_000);
const MOST = 20;
/** May do nothing: who is let through was let through unasked. */
const NOBODY = 'nobody';
const RULES = `
domain: site
descriptors:
  - {key: user, value: ${NOBODY}, rate_limit: {unit: day, requests_per_unit: 0}}
  - {key: user, rate_limit: {unit: year, requests_per_unit: ${MOST}}}
`;
const TRACING = `tracing:
                  provider:
                    name: envoy.tracers.opentelemetry
                    typed_config:
                      "@type": type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig
                      http_service:
                        http_uri: {uri: http://app/traces, cluster: app, timeout: 5s}
                `;
const traced: Alter = (text) => broken(text, 'stat_prefix: site', `${TRACING}stat_prefix: site`);
const AT_ONCE = 1_500;
const CLIENTS = 20;
const CROWD = 100;

const sites = new EnvoySites();
const closes: (() => void)[] = [];
afterEach(async () => {
  for (const close of closes.splice(0)) close();
  await sites.stop();
});

function start(options: Omit<SiteOptions, 'rules'> = {}): Promise<EnvoySite> {
  const { alter = asItIs } = options;
  const asks: Alter = (text, argus) => asksBy(alter(text, argus), 'x-user', 'user');
  return sites.start({ ...options, rules: RULES, alter: asks });
}

function clientsOf({ proxy }: EnvoySite, most = CLIENTS): SiteClients {
  const clients = new SiteClients(proxy, most);
  closes.push(() => clients.close());
  return clients;
}

/** What becomes of all that nobody asks meanwhile, at least REQUESTS. */
async function whileNobodyAsks(
  site: EnvoySite,
  meanwhile: () => Promise<unknown>,
): Promise<Record<number, number>> {
  const clients = clientsOf(site);
  const statuses: number[] = [];
  let isOver = false;
  const ask = async () => {
    while (!isOver || statuses.length < REQUESTS) {
      statuses.push(await clients.statusOf(NOBODY));
      // What starts meanwhile needs the cores as well.
      await sleep(5);
    }
  };
  const asking = Array.from({ length: CLIENTS }, ask);
  await meanwhile();
  isOver = true;
  await Promise.all(asking);
  return counted(statuses);
}

describe.skipIf(isMissing('envoy'))(
  'Envoy lets nothing through unasked',
  { timeout: 120_000 },
  () => {
    test('while two instances are restarted, one after the other', async () => {
      const site = await start({ instances: 2 });
      const statuses = await whileNobodyAsks(site, async () => {
        for (const instance of site.instances) {
          await site.restart(instance);
          const { service } = instance;
          await expect.poll(() => decided(service), { timeout: 20_000 }).toBeGreaterThan(100);
        }
      });
      expect(Object.keys(statuses)).toEqual(['429']);
      expect(site.app.arrived).toEqual([]);
    });

    test('while connections become old', async () => {
      const site = await start({ flags: ['--grpc-max-connection-age-ms', '300'] });
      const statuses = await whileNobodyAsks(site, () => sleep(2_000));
      expect(Object.keys(statuses)).toEqual(['429']);
      expect(
        (await scrape(site.argus)).get('argus_grpc_goaways_total{reason="age"}'),
      ).toBeGreaterThan(4);
    });

    test(`of ${AT_ONCE} calls at once, more than a connection may have open`, async () => {
      const site = await start({ concurrency: 1 });
      const clients = clientsOf(site, AT_ONCE);
      // They have to wait for the answer: all are there before it comes.
      site.argus.process.kill('SIGSTOP');
      const asking = Array.from({ length: AT_ONCE }, () => clients.statusOf('one'));
      await sleep(1_500);
      site.argus.process.kill('SIGCONT');
      expect(counted(await Promise.all(asking))).toEqual({ 200: MOST, 429: AT_ONCE - MOST });
    });

    test('where each call brings header fields that are new', async () => {
      const site = await start({ alter: traced });
      const clients = clientsOf(site);
      const users = Array.from({ length: CLIENTS }, (_, i) => `user ${i}`);
      const asking = Array.from({ length: REQUESTS }, async (_, i) => {
        const user = users[i % users.length] as string;
        return { user, status: await clients.statusOf(user) };
      });
      const answers = await Promise.all(asking);
      for (const user of users) {
        const passed = answers.filter((one) => one.user === user && one.status === 200);
        expect([user, passed.length]).toEqual([user, MOST]);
      }
      const { arrived } = site.app;
      const traces = arrived.map(({ headers }) => headers['traceparent']);
      expect(new Set(traces.filter(Boolean)).size).toBe(CLIENTS * MOST);
    });

    test('where clients go away, and who stays is allowed what he may', async () => {
      const site = await start();
      const clients = clientsOf(site);
      let hasLeft = false;
      const leaving = leaveInCrowds(site).finally(() => {
        hasLeft = true;
      });
      for (let user = 0; user === 0 || !hasLeft; user++) {
        const statuses: number[] = [];
        for (let i = 0; i < MOST + 5; i++) statuses.push(await clients.statusOf(`user ${user}`));
        const [within, beyond] = [statuses.slice(0, MOST), statuses.slice(MOST)];
        expect([counted(within), counted(beyond)]).toEqual([{ 200: MOST }, { 429: 5 }]);
      }
      await leaving;
      const { arrived } = site.app;
      expect(arrived.filter(({ headers }) => headers['x-user'] === NOBODY)).toEqual([]);
      expect(await clients.statusOf(NOBODY)).toBe(429);
    });
  },
);

/**
 * REQUESTS of nobody whose clients leave. Of every other crowd all leave while their questions are
 * in flight, since the service is held up meanwhile.
 */
async function leaveInCrowds({ argus, proxy }: EnvoySite): Promise<void> {
  for (let crowd = 0; crowd * CROWD < REQUESTS; crowd++) {
    if (crowd % 2 === 0) argus.process.kill('SIGSTOP');
    const leaving = Array.from({ length: CROWD }, (_, i) => askAndLeave(proxy, NOBODY, i % 30));
    await Promise.all(leaving);
    await sleep(20);
    argus.process.kill('SIGCONT');
    await sleep(20);
  }
}

async function decided(service: { readonly port: number }): Promise<number> {
  const samples = await scrape(service);
  return samples.get('argus_decisions_total{transport="grpc",outcome="denied"}') ?? 0;
}
