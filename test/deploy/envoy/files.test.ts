/** The files of deploy/envoy/ name what is there, and each other's ports. */

import { expect, test } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { DEFAULTS, variableOf } from '../../../src/config.ts';
import { check, explain } from '../../../src/policies/file/commands.ts';
import { filesAt, ROOT } from '../../project/readme.ts';
import { read } from '../deployment-facts.ts';

const FOLDER = 'deploy/envoy';
const RULES = `${ROOT}${FOLDER}/rules.yaml`;

const settings = Object.keys(DEFAULTS).map(variableOf);
const compose = parse(read(`${FOLDER}/compose.yaml`));
const kubernetes = parseAllDocuments(read(`${FOLDER}/kubernetes.yaml`)).map((one) => one.toJS());
const envoy = parse(read(`${FOLDER}/envoy.yaml`));

test('the rules are good, and are for what the filter asks', async () => {
  expect((await check([RULES])).status).toBe(0);
  for (const descriptor of ['remote_address=192.0.2.1', 'path=/login,remote_address=192.0.2.1']) {
    const asked = ['--envoy', RULES, '--domain', 'site', '--descriptor', descriptor];
    expect((await explain(asked)).text).toMatch(/ holds: /);
  }
  const [filter] = envoy.static_resources.listeners[0].filter_chains[0].filters;
  expect(filter.typed_config.http_filters[0].typed_config.domain).toBe('site');
});

test('ports, settings, files and images of the compose file are those that there are', () => {
  const { argus, envoy: proxy } = compose.services;
  expect(Object.keys(argus.environment).filter((name) => !settings.includes(name))).toEqual([]);
  const [, cluster] = envoy.static_resources.clusters;
  const [{ lb_endpoints: hosts }] = cluster.load_assignment.endpoints;
  const { socket_address: address } = hosts[0].endpoint.address;
  expect(address).toEqual({ address: 'argus', port_value: Number(argus.environment.GRPC_PORT) });
  const volumes = [...argus.volumes, ...proxy.volumes].map((one: string) => one.split(':')[0]);
  const there = filesAt([`${FOLDER}/*`]).map((path) => path.replace(FOLDER, '.'));
  expect(volumes.filter((path) => !there.includes(path ?? ''))).toEqual([]);
  for (const name of proxy.depends_on) expect(compose.services[name]).toBeDefined();
});

test('the manifest has the same ports and settings, and each Service finds its pods', () => {
  const all = (kind: string) => kubernetes.filter((one) => one.kind === kind);
  for (const service of all('Service')) {
    const { name } = service.metadata;
    const deployment = all('Deployment').find((one) => one.metadata.name === name);
    const { template } = deployment.spec;
    expect(template.metadata.labels).toEqual(service.spec.selector);
    const ports = template.spec.containers[0].ports.map((port: { name: string }) => port.name);
    for (const { targetPort } of service.spec.ports) expect(ports).toContain(targetPort);
  }
  const [argus] = all('Deployment')[0].spec.template.spec.containers;
  const env = Object.fromEntries(
    argus.env.map(({ name, value }: { name: string; value: string }) => [name, value]),
  );
  expect(Object.keys(env).filter((name) => !settings.includes(name))).toEqual([]);
  expect(
    argus.ports.map((port: { containerPort: number }) => String(port.containerPort)),
  ).toContain(env['GRPC_PORT']);
  expect(read('deploy/kubernetes.yaml')).toContain(argus.image);
});

test('Envoy looks after instances often enough to leave one before it closes its port', () => {
  const [, cluster] = envoy.static_resources.clusters;
  const [check] = cluster.health_checks;
  for (const every of [check.interval, check.no_traffic_interval]) {
    expect(Number.parseFloat(every) * 1_000).toBeLessThanOrEqual(DEFAULTS.drainDelayMs / 4);
  }
});
