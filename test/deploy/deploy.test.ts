/**
 * Reads the files that deploy the service: they must be right where no Docker engine is at hand.
 */
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { termsOf } from '../access/terms.ts';
import { tableOf } from '../project/readme.ts';
import { freePort } from '../support/free-port.ts';
import { type Service, startService } from '../support/service.ts';
import { TlsFiles } from '../support/tls-files.ts';
import { TokensFile } from '../support/tokens-file.ts';
import { composeFaults } from './compose-file.ts';
import { dockerfileFaults, grafanaFaults, prometheusFaults } from './deployment.ts';
import { broken, FACTS, read } from './deployment-facts.ts';
import {
  alertQueries,
  dashboardQueries,
  type Exported,
  exported,
  metricsOf,
  queryFaults,
} from './metric-names.ts';

const PROMETHEUS = 'deploy/prometheus/prometheus.yml';
const ALERTS = 'deploy/prometheus/alerts.yml';
const SOURCES = 'deploy/grafana/provisioning/datasources/prometheus.yml';
const PROVIDERS = 'deploy/grafana/provisioning/dashboards/argus.yml';
const DASHBOARD = 'deploy/grafana/dashboards/argus.json';

/** Each deployment file with its check, which may look at the other files as they stand. */
const CHECKS: Readonly<Record<string, (text: string) => string[]>> = {
  Dockerfile: (text) => dockerfileFaults(text, FACTS),
  'docker-compose.yml': (text) => composeFaults(text, FACTS),
  [PROMETHEUS]: (text) =>
    prometheusFaults(text, { path: PROMETHEUS, compose: read('docker-compose.yml') }, FACTS),
  [SOURCES]: (text) => grafanaFaults({ ...grafana(), sources: text }, FACTS),
  [PROVIDERS]: (text) => grafanaFaults({ ...grafana(), providers: text }, FACTS),
  [DASHBOARD]: (text) => grafanaFaults({ ...grafana(), dashboard: text }, FACTS),
};

function grafana() {
  return {
    compose: read('docker-compose.yml'),
    sources: read(SOURCES),
    providers: read(PROVIDERS),
    dashboard: read(DASHBOARD),
  };
}

function check(path: string, text: string): string[] {
  const faults = CHECKS[path];
  if (faults === undefined) throw new Error(`No check for ${path}`);
  return faults(text);
}

describe('the deployment files', () => {
  test.each(Object.keys(CHECKS))('%s names only what is there', (path) => {
    expect(check(path, read(path))).toEqual([]);
  });

  //  file, part of it, what it is changed to, the fault that is found
  test.each([
    ['Dockerfile', 'COPY src ', 'COPY source ', 'COPY source: no such path'],
    ['Dockerfile', 'COPY src ', 'COPY test ', 'COPY test: .dockerignore keeps it away'],
    ['Dockerfile', '/argus/dist', '/argus/out', 'COPY --from=build /argus/out: nothing makes it'],
    ['Dockerfile', 'RUN npm run build', '', 'COPY --from=build /argus/dist: nothing makes it'],
    ['Dockerfile', '--from=build', '--from=builder', 'COPY --from=builder: no such stage'],
    ['Dockerfile', 'node:26-slim', 'node:24-slim', 'FROM node:24-slim, wanted node:26-slim'],
    ['Dockerfile', 'USER node', 'USER root', 'USER root'],
    ['Dockerfile', 'USER node', 'USER 0:0', 'USER 0:0'],
    ['Dockerfile', 'USER node', '', 'USER root'],
    ['Dockerfile', 'EXPOSE 8123', 'EXPOSE 8080', 'EXPOSE 8080 6380 8081 9123, wanted 8123'],
    ['Dockerfile', 'STOPSIGNAL SIGTERM', '', 'STOPSIGNAL undefined, wanted SIGTERM'],
    ['Dockerfile', 'dist/main.js', 'main.js', 'CMD ["node", "main.js"], wanted ["node", "dist'],
    ['Dockerfile', 'CMD ["node", "dist/main.js"]', 'CMD npm start', 'CMD npm start, wanted ["n'],
    ['Dockerfile', '"health"', '"--help"', 'HEALTHCHECK node dist/main.js --help, wanted node'],
    ['Dockerfile', '--timeout=3s', '--timeout=1s', 'HEALTHCHECK has 1 s, and waits for 2'],
    ['docker-compose.yml', '"8123:8123"', '"80:80"', 'argus: ports 80:80,6380:6380,127.0.0.1:'],
    ['docker-compose.yml', 'period: 15s', 'period: 11s', 'argus: stop_grace_period 11s'],
    ['docker-compose.yml', '  stop_grace_period: 15s', '', 'argus: stop_grace_period 10s'],
    ['docker-compose.yml', 'soft: 65536', 'soft: 1024', 'argus: nofile 1024, too few'],
    ['docker-compose.yml', 'build: .', 'build: ./deploy', 'argus: no Dockerfile in ./deploy'],
    ['docker-compose.yml', 'prometheus:v3.13.3', 'prometheus:latest', 'prometheus: image'],
    ['docker-compose.yml', 'grafana:13.1.3', 'grafana', 'grafana: image grafana/grafana is not'],
    ['docker-compose.yml', './deploy/prometheus:', './prometheus:', 'prometheus: volume ./pro'],
    [
      'docker-compose.yml',
      '127.0.0.1:9123:',
      '9123:',
      'argus: ports 8123:8123,6380:6380,9123:9123',
    ],
    ['docker-compose.yml', 'buckets:/var/lib', 'buckets:/var/run', 'argus: /var/lib/argus/argus.s'],
    ['docker-compose.yml', '  buckets: {}', '', 'argus: volume buckets: no such path or volume'],
    ['docker-compose.yml', 'prometheus: {}', 'data: {}', 'prometheus: volume prometheus: no'],
    ['docker-compose.yml', '- prometheus\n', '- loki\n', 'grafana: depends on loki'],
    ['docker-compose.yml', 'period: 25s', 'period: 20s', 'argus-1: stop_grace_period 20s, and a'],
    ['docker-compose.yml', 'INSTANCES: "2"', 'INSTANCES: "3"', 'argus-2: INSTANCES 3'],
    ['docker-compose.yml', 'DRAIN_DELAY_MS: ', 'DRAIN_DELAY: ', 'DRAIN_DELAY is no setting'],
    ['docker-compose.yml', 'redis://redis:', 'redis://cache:', 'REDIS_URL redis://cache:6379: no'],
    ['docker-compose.yml', '- noeviction', '- allkeys-lru', 'Redis forgets buckets by allkeys-lru'],
    ['docker-compose.yml', '    - redis\n', '    - cache\n', 'argus-1: depends on cache'],
    [
      'docker-compose.yml',
      '- prometheus\n',
      '- redis\n',
      'grafana: depends on redis, which may not',
    ],
    [
      'docker-compose.yml',
      'deploy/nginx.conf',
      'nginx.conf',
      'nginx: volume ./nginx.conf: no such',
    ],
    ['docker-compose.yml', 'redis:7.4.6', 'redis:7', 'redis: image redis:7 is not pinned'],
    ['docker-compose.yml', 'dashboards/argus.json', 'boards/argus.json', 'grafana: /etc/grafana/'],
    [PROMETHEUS, 'port: 8123', 'port: 8080', 'target argus:8080: no service listens there'],
    [PROMETHEUS, '[argus,', '[limiter,', 'target limiter:8123: no service listens there'],
    [PROMETHEUS, ', argus-2]', ']', 'argus-2 is not scraped'],
    [PROMETHEUS, '/metrics', '/metric', 'metrics_path /metric'],
    [PROMETHEUS, 'alerts.yml', 'rules.yml', 'rule file deploy/prometheus/rules.yml: no such path'],
    [SOURCES, ':9090', ':9091', 'data source http://prometheus:9091: no service listens there'],
    [SOURCES, 'uid: prometheus', 'uid: other', 'dashboard: no data source prometheus'],
    [PROVIDERS, '/etc/grafana/dashboards', '/dashboards', '/dashboards: no dashboard there'],
    [DASHBOARD, '"uid": "prometheus"', '"uid": "loki"', 'dashboard: no data source loki'],
  ])('a %s that has %j changed to %j is found out', (path, part, by, fault) => {
    const faults = check(path, broken(read(path), part, by));
    expect(faults).toContainEqual(expect.stringContaining(fault));
  });
});

test('every alert stands in docs/run/operations.md, and no other', () => {
  const alerts = [...read(ALERTS).matchAll(/- alert: (\w+)/g)].map(([, name]) => name);
  const told = tableOf(read('docs/run/operations.md'), 'alert').flatMap(([names = '']) =>
    [...names.matchAll(/`(\w+)`/g)].map(([, name]) => name),
  );
  expect(alerts.length).toBeGreaterThan(10);
  expect(told.toSorted()).toEqual(alerts.toSorted());
});

/** Of a policy that is enforced, one that is not, and two such rules of Envoy. */
function policyFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'argus-policies-'));
  const file = join(folder, 'policies.yaml');
  const rateLimit = 'rate_limit: {unit: day, requests_per_unit: 1}';
  const rules = `[{key: a, ${rateLimit}}, {key: b, shadow_mode: true, ${rateLimit}}]`;
  writeFileSync(join(folder, 'envoy.yaml'), `{domain: d, descriptors: ${rules}}`);
  const limits = '[{name: all, capacity: 1, interval: 1h}]';
  writeFileSync(file, `policies: {a: {limits: ${limits}}, b: {dryRun: true, limits: ${limits}}}`);
  return folder;
}

describe('beside a running service', () => {
  let service: Service;
  let asking: Service;
  let metrics: Exported;
  const files = new TlsFiles();
  const tokens = new TokensFile([termsOf('a')]);

  beforeAll(async () => {
    // Nobody is at that address: it shows what it would, all the same.
    const store = ['--redis-url', 'redis://127.0.0.1:1'];
    const grpc = ['--grpc-port', String(await freePort())];
    const admin = ['--admin-port', String(await freePort())];
    service = await startService({
      flags: ['--threads', '1', '--max-keys', '1000', ...store, ...grpc, ...admin],
      env: { ADMIN_TOKEN: 'secret' },
    });
    const policies = policyFolder();
    const snapshot = ['--snapshot', `${policies}/no such folder/argus.snapshot`];
    const probePort = await freePort();
    const tls = [...files.flags, '--probe-port', String(probePort)];
    const access = ['--auth-tokens-file', tokens.path];
    asking = await startService({
      flags: ['--threads', '1', '--policies', policies, ...snapshot, ...tls, ...access],
    });
    const texts = [service.url, `http://127.0.0.1:${probePort}`].map(async (url) =>
      (await fetch(`${url}/metrics`)).text(),
    );
    metrics = exported((await Promise.all(texts)).join(''));
  });

  afterAll(async () => {
    await Promise.all([service.stop(), asking.stop()]);
    files.remove();
    tokens.remove();
  });

  test('every metric and label that the dashboard names is exported', () => {
    const queries = dashboardQueries(read(DASHBOARD));
    expect(queries.length).toBeGreaterThan(20);
    expect(queries.flatMap((query) => queryFaults(query, metrics))).toEqual([]);
  });

  test('every metric and label that an alert names is exported', () => {
    const queries = alertQueries(read(ALERTS));
    expect(queries.length).toBeGreaterThanOrEqual(5);
    expect(queries.flatMap((query) => queryFaults(query, metrics))).toEqual([]);
  });

  test('the dashboard shows every metric that is exported', () => {
    const shown = dashboardQueries(read(DASHBOARD)).flatMap(({ expr }) => metricsOf(expr));
    const families = new Set(shown.map(familyOf));
    expect([...metrics.names].filter((name) => !families.has(familyOf(name)))).toEqual([]);
  });

  test('wrong admin tokens raise an alert', () => {
    const named = alertQueries(read(ALERTS)).flatMap(({ expr }) => metricsOf(expr));
    expect(named).toContain('argus_auth_failures_total');
  });

  //  part of a query, what it is changed to, the fault that is found
  test.each([
    ['argus_decisions_total', 'argus_decision_total', 'no metric argus_decision_total'],
    ['argus_swap_hold_seconds_bucket', 'argus_swap_seconds_bucket', 'no metric argus_swap_seconds'],
    ['process_cpu_user_seconds_total', 'process_cpu_usage', 'no metric process_cpu_usage'],
    ['outcome=\\"denied\\"', 'outcome=\\"limited\\"', 'never has outcome="limited"'],
    ['by (reason)', 'by (cause)', 'no label cause'],
    ['{{version}}', '{{release}}', 'no label release'],
    ['label_values(argus_build_info,', 'label_values(argus_info,', 'no metric argus_info'],
  ])('a dashboard that has %s changed to %s is found out', (part, by, fault) => {
    const queries = dashboardQueries(broken(read(DASHBOARD), part, by));
    const faults = queries.flatMap((query) => queryFaults(query, metrics));
    expect(faults).toContainEqual(expect.stringContaining(fault));
  });

  test.each([
    ['argus_table_full_total', 'argus_full_total', 'no metric argus_full_total'],
    ['{{ $labels.instance }}', '{{ $labels.node_name }}', 'no label node_name'],
  ])('an alert that has %s changed to %s is found out', (part, by, fault) => {
    const queries = alertQueries(broken(read(ALERTS), part, by));
    const faults = queries.flatMap((query) => queryFaults(query, metrics));
    expect(faults).toContainEqual(expect.stringContaining(fault));
  });
});

/** A histogram is three series; a dashboard that shows one of them shows it. */
function familyOf(name: string): string {
  return name.replace(/_(bucket|sum|count)$/, '');
}
