/** The real Envoy asks over TLS, by what docs/run/envoy.md has it be told, and shows who it is. */
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { broken, read } from '../deploy/deployment-facts.ts';
import { until } from '../process/shared-services.ts';
import { get } from '../support/ask.ts';
import { freePort } from '../support/free-port.ts';
import { isMissing } from '../support/resp-tools.ts';
import { scrape, total } from '../support/scrape.ts';
import { TlsFiles } from '../support/tls-files.ts';
import { type EnvoySite, EnvoySites } from './envoy-site.ts';

const RULES = `
domain: site
descriptors:
  - {key: remote_address, rate_limit: {unit: year, requests_per_unit: 3}}
`;
const FAILED = 'argus_tls_handshakes_failed_total';
const OPEN = 'argus_connections{protocol="grpc"}';
const [DOCUMENTED = ''] =
  /^transport_socket:\n[\s\S]*?(?=^```)/m.exec(read('docs/run/envoy.md')) ?? [];
const SHOWS = /^ +tls_certificates:\n.*\n.*\n/m;

const files = new TlsFiles();
/** Vouches for clients. */
const clients = new TlsFiles();
clients.write(clients.issue('/CN=envoy'));
const sites = new EnvoySites();
afterEach(() => sites.stop());
afterAll(() => {
  for (const one of [files, clients]) one.remove();
});

/** With the files of the test, for a service that is named so. */
function transportSocket(name = 'localhost'): string {
  return [
    ['/etc/envoy/tls/ca.crt', files.caFile],
    ['/etc/envoy/tls/tls.crt', clients.certFile],
    ['/etc/envoy/tls/tls.key', clients.keyFile],
    ['sni: argus', `sni: ${name}`],
    ['exact: argus', `exact: ${name}`],
  ].reduce((text, [part = '', by = '']) => broken(text, part, by), DOCUMENTED);
}

/** The service wants certificates of its clients. */
async function start(socket: string): Promise<{ site: EnvoySite; probe: { port: number } }> {
  const port = await freePort();
  const flags = [...files.flags, '--tls-client-ca-file', clients.caFile, '--probe-port', `${port}`];
  const cluster = '      load_assignment:\n        cluster_name: argus\n';
  const lines = socket.replace(/^(?=.)/gm, '      ');
  const site = await sites.start({
    rules: RULES,
    flags,
    alter: (text) => broken(text, cluster, lines + cluster),
  });
  return { site, probe: { port } };
}

async function statuses({ proxy }: EnvoySite, count = 5): Promise<readonly number[]> {
  const all: number[] = [];
  for (let i = 0; i < count; i++) all.push((await get(proxy, '/')).status);
  return all;
}

describe.skipIf(isMissing('envoy'))('Envoy over TLS', () => {
  test('lets through what is within the limit, and none of its connections fails', async () => {
    const { site, probe } = await start(transportSocket());
    expect(await statuses(site)).toEqual([200, 200, 200, 429, 429]);
    // One of them is for its looks at the health of the service.
    await until(async () => total(await scrape(probe), OPEN) > 1);
    expect(total(await scrape(probe), FAILED)).toBe(0);
  });

  //  what it is told, why it is not answered
  test.each([
    ['not who it is', () => transportSocket().replace(SHOWS, ''), 'client_certificate'],
    ['another name', () => transportSocket('argus.example'), 'not_trusted'],
  ])('that is told %s is not answered, and lets all through', async (_, socket, reason) => {
    const { site, probe } = await start(socket());
    expect(await statuses(site)).toEqual([200, 200, 200, 200, 200]);
    expect((await scrape(probe)).get(`${FAILED}{reason="${reason}"}`)).toBeGreaterThan(0);
  });
});
