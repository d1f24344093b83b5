/** Reads the files that deploy several instances, and those for systemd and Kubernetes. */
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import { startRedis } from '../support/redis-server.ts';
import { isMissing } from '../support/resp-tools.ts';
import { type Compose, composeOf, isMounted } from './compose-file.ts';
import { broken, FACTS, read, stopMs } from './deployment-facts.ts';
import { kubernetesFaults, monitorFaults } from './kubernetes.ts';
import { unitFaults } from './unit-file.ts';

const UNIT = 'deploy/argus.service';
const KUBERNETES = 'deploy/kubernetes.yaml';
const MONITOR = 'deploy/kubernetes-monitor.yaml';
const NGINX = 'deploy/nginx.conf';

/** Not every machine that runs the tests starts its services by systemd. */
const HAS_SYSTEMD = systemdAnalyze('--version').error === undefined;

const CHECKS: Readonly<Record<string, (text: string) => string[]>> = {
  [UNIT]: (text) => unitFaults(text, FACTS),
  [KUBERNETES]: (text) => kubernetesFaults(text, FACTS),
  [MONITOR]: (text) => monitorFaults(text, read(KUBERNETES), FACTS),
  [NGINX]: (text) => nginxFaults(text, composeOf(read('docker-compose.yml'))),
};

function check(path: string, text: string): string[] {
  const faults = CHECKS[path];
  if (faults === undefined) throw new Error(`No check for ${path}`);
  return faults(text);
}

/** What deploy/nginx.conf and the services of the compose file do not have in common. */
function nginxFaults(text: string, compose: Compose): string[] {
  const instances = Object.entries(compose.services).filter(([, one]) => one.build && one.profiles);
  const faults: string[] = [];
  const servers = [...text.matchAll(/^ +server (\S+) .*fail_timeout=(\d+)s;$/gm)];
  const named = servers.map(([, server]) => server).join();
  const wanted = instances.map(([name]) => `${name}:${FACTS.ports[0]}`).join();
  if (named !== wanted) faults.push(`servers ${named}, wanted ${wanted}`);
  for (const [, server, seconds] of servers) {
    // nginx counts whole seconds: it may leave an instance alone for nearly one more.
    const awayMs = (Number(seconds) + 1) * 1_000;
    for (const [name, { environment = {} }] of instances) {
      const delayMs = stopMs({ ...environment, DRAIN_MS: '0' }, FACTS);
      if (delayMs <= awayMs) faults.push(`${name} drains ${delayMs} ms, ${server} is away longer`);
    }
  }
  const port = /listen (\d+);/.exec(text)?.[1];
  const published = compose.services['nginx']?.ports ?? [];
  if (!published.includes(`${port}:${port}`)) faults.push(`listens on ${port}, which is not open`);
  const place = { service: 'nginx', path: '/etc/nginx/nginx.conf' };
  if (!isMounted(compose, place, FACTS)) faults.push('nginx does not see it');
  return faults;
}

describe('the files of a cluster', () => {
  test.each(Object.keys(CHECKS))('%s names only what is there', (path) => {
    expect(check(path, read(path))).toEqual([]);
  });

  //  file, part of it, what it is changed to, the fault that is found
  test.each([
    [UNIT, 'DynamicUser=yes', '', 'DynamicUser is undefined, wanted yes'],
    [UNIT, 'ProtectSystem=strict', 'ProtectSystem=full', 'ProtectSystem is full, wanted strict'],
    [UNIT, 'KillSignal=SIGTERM', 'KillSignal=SIGKILL', 'KillSignal is SIGKILL, wanted SIGTERM'],
    [UNIT, 'Restart=on-failure', 'Restart=no', 'Restart is no, wanted on-failure'],
    [UNIT, 'StopSec=30s', 'StopSec=20s', 'TimeoutStopSec is 20 s, and a drain takes 22000 ms'],
    [UNIT, 'NOFILE=65536', 'NOFILE=1024', 'LimitNOFILE is 1024, too few'],
    [UNIT, 'DRAIN_DELAY_MS=', 'DRAIN_DELAY=', 'DRAIN_DELAY is no setting'],
    [UNIT, 'dist/main.js', 'main.js', 'ExecStart is /opt/argus/node_modules/.bin/node /opt/'],
    [
      UNIT,
      '=/opt/argus/node_modules/.bin/node',
      '=node',
      'ExecStart is node /opt/argus/dist/main.js',
    ],
    [
      UNIT,
      'npm run build',
      'npm run build && npm prune --omit=dev',
      'its Node is a development dep',
    ],
    [KUBERNETES, 'kind: Service', 'kind: Ingress', 'kinds Deployment,Ingress,Pod'],
    [KUBERNETES, 'replicas: 2', 'replicas: 3', 'INSTANCES 2, and 3 replicas'],
    [KUBERNETES, 'replicas: 2', 'replicas: 1', 'the budget spares none'],
    [KUBERNETES, 'path: /readyz', 'path: /livez', 'paths /livez,/livez,/metrics, wanted /livez,/r'],
    [KUBERNETES, 'containerPort: 8123', 'containerPort: 80', 'ports 80,6380, wanted 8123,6380'],
    [KUBERNETES, 'io/port: "8123"', 'io/port: "80"', 'Prometheus scrapes port 80'],
    [KUBERNETES, 'targetPort: resp', 'targetPort: redis', 'service port 6380 to redis'],
    [
      KUBERNETES,
      'port: http #tls: probe\n            periodS',
      'port: web\n            periodS',
      'of port web',
    ],
    [KUBERNETES, 'memory: 640Mi', 'memory: 512Mi', 'memory 512Mi, and it may take 558217728 bytes'],
    [KUBERNETES, 'value: "1000000"', 'value: "2000000"', 'memory 640Mi, and it may take 7822177'],
    [KUBERNETES, 'Links: false', 'Links: true', 'enableServiceLinks true'],
    [KUBERNETES, 'podSelector: {}', 'ipBlock: {cidr: 0.0.0.0/0}', 'the policy lets in others'],
    [KUBERNETES, 'port: 53', 'port: 54', 'the policy keeps 53 from it'],
    [KUBERNETES, '- port: 6379', '- port: 6380', 'the policy keeps 6379 from it'],
    [KUBERNETES, '        - port: resp\n', '', 'the policy opens http,http, wanted http,resp,http'],
    [MONITOR, 'port: http', 'port: web', 'no port web of the Service'],
    [MONITOR, 'path: /metrics', 'path: /metric', 'scrapes /metric'],
    [MONITOR, 'name: argus\n  #', 'name: other\n  #', 'the monitor selects another Service'],
    [KUBERNETES, '- name: THREADS', '- name: THREAD', 'THREAD is no setting'],
    [KUBERNETES, 'secretKeyRef', 'configMapKeyRef', 'REDIS_URL is not from a Secret'],
    [KUBERNETES, 'PeriodSeconds: 30', 'PeriodSeconds: 20', 'grace 20 s, and a drain takes 22000'],
    [KUBERNETES, 'runAsUser: 1000', 'runAsUser: 0', 'not runAsNonRoot, by a number'],
    [KUBERNETES, 'readOnlyRootFilesystem: true', '', 'not readOnlyRootFilesystem: true'],
    [KUBERNETES, 'drop: [ALL]', 'drop: []', 'not capabilities drop ALL'],
    [KUBERNETES, '  selector:\n    app.', '  selector:\n    app.x', 'the service selects other'],
    [KUBERNETES, '/argus:', '/argus:9.', 'wanted version'],
    [NGINX, 'argus-2:8123', 'argus-3:8123', 'servers argus-1:8123,argus-3:8123, wanted argus-1'],
    [
      NGINX,
      'fail_timeout=10s',
      'fail_timeout=11s',
      'argus-1 drains 12000 ms, argus-1:8123 is away',
    ],
    [NGINX, 'listen 8080', 'listen 80', 'listens on 80, which is not open'],
  ])('a %s that has %j changed to %j is found out', (path, part, by, fault) => {
    const faults = check(path, broken(read(path), part, by));
    expect(faults).toContainEqual(expect.stringContaining(fault));
  });

  test.skipIf(isMissing('redis-server'))('the Redis of the cluster never evicts', async () => {
    const [program, ...args] =
      composeOf(read('docker-compose.yml')).services['redis']?.command ?? [];
    expect(program).toBe('redis-server');
    const redis = await startRedis({ args });
    const client = new Redis(redis.port);
    try {
      expect(await client.config('GET', 'maxmemory-policy')).toContain('noeviction');
      expect(await client.config('GET', 'save')).toContain('');
    } finally {
      client.disconnect();
      await redis.stop();
    }
  });

  test.skipIf(!HAS_SYSTEMD)('systemd understands every line of the unit', () => {
    const folder = mkdtempSync(join(tmpdir(), 'argus-unit-'));
    try {
      const file = join(folder, 'argus.service');
      // It looks for the program, which is where this machine has it or not.
      writeFileSync(
        file,
        broken(read(UNIT), 'ExecStart=/opt/argus/node_modules/.bin/node', 'ExecStart=/bin/true'),
      );
      const { stdout, stderr, status } = systemdAnalyze('verify', file);
      expect(`${stdout}${stderr}`).toBe('');
      expect(status).toBe(0);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

function systemdAnalyze(...args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync('systemd-analyze', args, { encoding: 'utf8' });
}
