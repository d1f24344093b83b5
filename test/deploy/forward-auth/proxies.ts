/**
 * The proxies of deploy/forward-auth/, each started with its files as they are but for addresses.
 */
import { freePort } from '../../support/free-port.ts';
import { startNginx } from '../../support/nginx.ts';
import { type ProxyProcess, startProxy } from '../../support/proxy-process.ts';
import { broken, read } from '../deployment-facts.ts';

/** Where it finds the others, on 127.0.0.1. */
export interface Places {
  readonly argus: number;
  readonly app: number;
}

/** Gives a file as it should be instead. */
export type Alter = (text: string) => string;

export interface ForwardProxy {
  readonly name: string;
  /** What has to be installed. */
  readonly tool: string;
  /** The policy that it asks by. */
  readonly policy: string;
  /** Whether it asks over connections that are kept. */
  readonly keeps: boolean;
  start(places: Places, alter?: Alter): Promise<ProxyProcess>;
}

const FOLDER = 'deploy/forward-auth';
export const POLICIES = `${FOLDER}/policies.yaml`;

/** A file with the addresses of a test in place of those that it has. */
function placed(
  file: string,
  places: readonly (readonly [string, string])[],
  alter: Alter,
): string {
  return places.reduce(
    (text, [part, by]) => broken(text, part, by),
    alter(read(`${FOLDER}/${file}`)),
  );
}

const asItIs: Alter = (text) => text;
const at = (port: number) => `127.0.0.1:${port}`;

const nginx: ForwardProxy = {
  name: 'nginx',
  tool: 'nginx',
  policy: 'site-403',
  keeps: true,
  start: ({ argus, app }, alter = asItIs) =>
    startNginx({
      config: ({ port }) => {
        const places = [
          ['worker_processes auto;', 'worker_processes 1;'],
          ['listen 8080;', `listen ${at(port)};`],
          ['argus:8123', at(argus)],
          ['app:8080', at(app)],
        ] as const;
        return placed('nginx.conf', places, alter);
      },
    }),
};

const caddy: ForwardProxy = {
  name: 'Caddy',
  tool: 'caddy',
  policy: 'site',
  keeps: false,
  start: async ({ argus, app }, alter = asItIs) => {
    const port = await freePort();
    const places = [
      ['argus:8123', at(argus)],
      ['app:8080', at(app)],
      [':8080 {', `:${port} {\n\tbind 127.0.0.1`],
    ] as const;
    return startProxy({
      port,
      files: () => ({ Caddyfile: placed('Caddyfile', places, alter) }),
      command: (folder) => [
        'caddy',
        'run',
        '--adapter',
        'caddyfile',
        '--config',
        `${folder}/Caddyfile`,
      ],
    });
  },
};

const haproxy: ForwardProxy = {
  name: 'HAProxy',
  tool: 'haproxy',
  policy: 'site',
  keeps: false,
  start: async ({ argus, app }, alter = asItIs) => {
    const port = await freePort();
    return startProxy({
      port,
      files: (folder) => {
        const places = [
          ['/etc/haproxy/', `${folder}/`],
          ['bind :8080', `bind ${at(port)}`],
          ['argus:8123', at(argus)],
          ['app:8080', at(app)],
        ] as const;
        return {
          'haproxy.cfg': placed('haproxy.cfg', places, alter),
          'argus.lua': read(`${FOLDER}/argus.lua`),
        };
      },
      command: (folder) => ['haproxy', '-db', '-f', `${folder}/haproxy.cfg`],
    });
  },
};

const envoy: ForwardProxy = {
  name: 'Envoy',
  tool: 'envoy',
  policy: 'site',
  keeps: true,
  start: async ({ argus, app }, alter = asItIs) => {
    const port = await freePort();
    const address = (number: number) => `address: 127.0.0.1, port_value: ${number}`;
    const places = [
      ['address: 0.0.0.0, port_value: 8080', address(port)],
      ['address: argus, port_value: 8123', address(argus)],
      ['address: app, port_value: 8080', address(app)],
    ] as const;
    return startProxy({
      port,
      files: () => ({ 'envoy.yaml': placed('envoy.yaml', places, alter) }),
      command: (folder) => {
        const alone = ['--concurrency', '1', '--disable-hot-restart', '--log-level', 'warn'];
        return ['envoy', ...alone, '-c', `${folder}/envoy.yaml`];
      },
    });
  },
};

export const PROXIES: readonly ForwardProxy[] = [nginx, caddy, haproxy, envoy];
