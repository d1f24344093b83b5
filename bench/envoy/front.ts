/**
 * Envoy in front of an application, by deploy/envoy/: alone, without the filter; as it is, with the
 * service; and where nobody answers, because nothing listens, or because what listens is silent.
 * Everything is let through.
 *
 * Envoy has one worker, on a core that it shares with the service; the application and the load
 * have the other.
 */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { broken } from '../../test/deploy/deployment-facts.ts';
import { type Alter, asItIs, startEnvoy } from '../../test/support/envoy.ts';
import { freePort } from '../../test/support/free-port.ts';
import { startApplication } from '../front/application.ts';
import { type Front, type FrontParts, measureFronts } from '../front/rounds.ts';
import { startOurs } from '../http/servers.ts';
import { pinnedTo } from '../support/pinned.ts';

/** For what the file of Envoy asks about; no load reaches it. */
const RULES = `
domain: site
descriptors:
  - {key: remote_address, rate_limit: {unit: day, requests_per_unit: 1000000000}}
  - key: path
    descriptors:
      - {key: remote_address, rate_limit: {unit: day, requests_per_unit: 1000000000}}
`;
const FILTER =
  / {18}- name: envoy\.filters\.http\.ratelimit\n(?: {20}.*\n)+(?= {18}- name: envoy\.filters\.http\.router)/;

const withoutFilter: Alter = (text) => {
  if (!FILTER.test(text)) throw new Error('Nothing to take away: no filter of rate limits');
  return text.replace(FILTER, '');
};

/** Where it is answered none passes unasked, however busy the machine is. */
const patient: Alter = (text) => broken(text, 'timeout: 0.1s', 'timeout: 5s');

export async function measureEnvoy(parts: FrontParts): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'argus-bench-envoy-'));
  const stops: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true })];
  try {
    const file = join(folder, 'rules.yaml');
    writeFileSync(file, RULES);
    const port = await freePort();
    const flags = ['--policies', file, '--grpc-port', String(port)];
    const argus = await startOurs(parts.serverCore, 'argus', flags);
    stops.push(() => argus.stop());
    const app = await startApplication(parts.loadCore);
    stops.push(() => app.stop());
    const silent = await startSilent();
    stops.push(() => silent.stop());
    const fronts: Front[] = [];
    for (const [name, asked, alter] of [
      ['Envoy alone', port, withoutFilter],
      ['Envoy, Argus', port, patient],
      ['Envoy, nothing listens', await freePort(), asItIs],
      ['Envoy, what listens is silent', silent.port, asItIs],
    ] as const) {
      const under = pinnedTo(parts.serverCore);
      const places = { app: app.port, argus: [asked], alter };
      const proxy = await startEnvoy({ ...places, concurrency: 1, under });
      stops.push(() => proxy.stop());
      fronts.push({ name, proxy, asks: asked === port && alter === patient });
    }
    await measureFronts(parts, 'Envoy', argus, fronts);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

/** Takes connections, and answers nothing. */
async function startSilent(): Promise<{ readonly port: number; stop(): Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.resume();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    stop: async () => {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
