/**
 * nginx in front of an application: alone, with its own limit_req, and with auth_request to a
 * policy, by deploy/forward-auth/nginx.conf. Everything is allowed.
 *
 * nginx has one worker, on a core that it shares with the service; the application and the load
 * have the other.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startNginx } from '../../test/support/nginx.ts';
import { startApplication } from '../front/application.ts';
import { type Front, type FrontParts, measureFronts } from '../front/rounds.ts';
import { startOurs } from '../http/servers.ts';
import { pinnedTo } from '../support/pinned.ts';

const CONFIGURATION = new URL('../../deploy/forward-auth/nginx.conf', import.meta.url);
const AUTH_REQUEST = 'auth_request /_argus;';
/** What no load reaches. */
const MOST = 1_000_000;
const POLICIES = `
policies:
  site-403:
    limits: [{name: requests, capacity: 1_000_000_000, interval: 1s}]
    forward: {key: [address], denied: 403}
`;

export async function measureFront(parts: FrontParts): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'argus-bench-front-'));
  const stops: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true })];
  try {
    const file = join(folder, 'policies.yaml');
    writeFileSync(file, POLICIES);
    const argus = await startOurs(parts.serverCore, 'argus', ['--policies', file]);
    stops.push(() => argus.stop());
    const app = await startApplication(parts.loadCore);
    stops.push(() => app.stop());
    const places = { argus: new URL(argus.url).port, app: String(app.port) };
    const fronts: Front[] = [];
    for (const [name, by] of [
      ['nginx alone', ''],
      ['nginx, limit_req', `limit_req zone=site burst=${MOST} nodelay;`],
      ['nginx, auth_request to a policy', AUTH_REQUEST],
    ] as const) {
      const config = ({ port }: { readonly port: number }) => front(port, by, places);
      const proxy = await startNginx({ config, under: pinnedTo(parts.serverCore) });
      stops.push(() => proxy.stop());
      fronts.push({ name, proxy, asks: by === AUTH_REQUEST });
    }
    await measureFronts(parts, 'nginx', argus, fronts);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

/** The same file with one process, kept connections to the application, and `by`. */
function front(port: number, by: string, places: { argus: string; app: string }): string {
  const kept = 'proxy_http_version 1.1;\n      proxy_set_header Connection "";';
  const changes = [
    ['worker_processes auto;', 'worker_processes 1;\nmaster_process off;'],
    ['http {', `http {\n  limit_req_zone $binary_remote_addr zone=site:10m rate=${MOST}r/s;`],
    [AUTH_REQUEST, by],
    ['proxy_pass http://app;', `proxy_pass http://app;\n      ${kept}`],
    ['server app:8080;', `server 127.0.0.1:${places.app};\n    keepalive 64;`],
    ['argus:8123', `127.0.0.1:${places.argus}`],
    ['listen 8080;', `listen 127.0.0.1:${port};\n    keepalive_requests 1000000000;`],
  ] as const;
  const text = readFileSync(CONFIGURATION, 'utf8');
  return changes.reduce((changed, [part, to]) => {
    if (!changed.includes(part)) throw new Error(`Nothing to change: no ${part}`);
    return changed.replaceAll(part, to);
  }, text);
}
