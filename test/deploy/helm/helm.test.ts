/** The chart of deploy/helm/: what it renders holds to the rules of the manifest. */
import { describe, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { isNowhere, run } from '../../support/resp-tools.ts';
import { FACTS, read } from '../deployment-facts.ts';
import { kubernetesFaults, monitorFaults } from '../kubernetes.ts';
import { CHART, type Rendered, rendered, renderedByHelm, type Values } from './chart.ts';

/** Two that share, as in deploy/kubernetes.yaml. */
const SHARING: Values = { replicas: 2, 'redis/existingSecret': 'store' };
const TLS: Values = { 'tls/existingSecret': 'certificate', 'tls/clientCertificates': true };
const ADMIN: Values = { 'admin/existingSecret': 'operators' };
const TOKENS: Values = { 'authTokens/existingSecret': 'tokens' };
const POLICIES: Values = { policies: { 'a.yaml': 'policies: {"x": 1}\n' } };
const MONITOR: Values = { 'serviceMonitor/enabled': true };
const SNAPSHOT: Values = { 'snapshot/enabled': true };

const KINDS = 'Deployment,Service,PodDisruptionBudget,NetworkPolicy';

interface Container {
  readonly env: readonly { readonly name: string; readonly value?: string }[];
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly livenessProbe: { readonly httpGet: { readonly port: string } };
  readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
}

type Deployment = Rendered & {
  readonly spec: {
    readonly strategy: { readonly type?: string };
    readonly template: {
      readonly spec: {
        readonly containers: readonly [Container];
        readonly volumes?: readonly { readonly name: string }[];
      };
    };
  };
};

function kindsOf(objects: readonly Rendered[]): string {
  return objects.map(({ kind }) => kind).join();
}

function textOf(objects: readonly Rendered[], kinds: string): string {
  const ofKinds = kinds.split(',').map((kind) => objects.find((one) => one.kind === kind));
  return ofKinds.map((one) => stringify(one)).join('---\n');
}

function deploymentOf(values: Values) {
  const objects = rendered(values);
  const deployment = objects.find(({ kind }) => kind === 'Deployment') as Deployment;
  const [container] = deployment.spec.template.spec.containers;
  const env = Object.fromEntries(container.env.map(({ name, value = '' }) => [name, value]));
  return { objects, deployment, container, env };
}

test('the chart is of this version', () => {
  const { version } = FACTS;
  expect(read('deploy/helm/argus/Chart.yaml')).toContain(`version: ${version}\n`);
  expect(read('deploy/helm/argus/Chart.yaml')).toContain(`appVersion: ${version}\n`);
});

describe('the chart', () => {
  test('for two instances is what deploy/kubernetes.yaml is', () => {
    const objects = rendered({ ...SHARING, ...MONITOR });
    expect(kindsOf(objects).split(',').toSorted()).toEqual(
      [...KINDS.split(','), 'ServiceMonitor'].toSorted(),
    );
    const manifest = textOf(objects, KINDS);
    expect(kubernetesFaults(manifest, FACTS)).toEqual([]);
    expect(monitorFaults(textOf(objects, 'ServiceMonitor'), manifest, FACTS)).toEqual([]);
  });

  test('asks for memory and CPUs by what the instance is to hold', () => {
    const manifest = textOf(rendered({ ...SHARING, maxKeys: 10_000_000, threads: 4 }), KINDS);
    expect(kubernetesFaults(manifest, FACTS)).toEqual([]);
    expect(manifest).toMatch(/cpu: "4"/);
  });

  test('sets nothing but what the service knows, whatever is switched on', () => {
    const all = { ...SHARING, ...TLS, ...ADMIN, ...TOKENS, ...POLICIES };
    const { container, env } = deploymentOf({
      ...all,
      'grpc/enabled': true,
      env: { LOG_LEVEL: 'debug' },
    });
    expect(Object.keys(env).filter((name) => !FACTS.variables.has(name))).toEqual([]);
    expect(env).toMatchObject({ ADMIN_HOST: '0.0.0.0', POLICIES: '/etc/argus/policies' });
    expect(env).toMatchObject({ LOG_LEVEL: 'debug', PROBE_PORT: '8124', GRPC_PORT: '8081' });
    const ports = container.ports.map(({ name, containerPort }) => `${name} ${containerPort}`);
    expect(ports).toEqual(['http 8123', 'resp 6380', 'grpc 8081', 'probe 8124', 'admin 9123']);
  });

  test('has every volume that it mounts, as a folder', () => {
    const { objects, deployment, container, env } = deploymentOf({
      ...TLS,
      ...TOKENS,
      ...SNAPSHOT,
    });
    const volumes = deployment.spec.template.spec.volumes ?? [];
    const mounts = container.volumeMounts ?? [];
    expect(volumes.map(({ name }) => name)).toEqual(mounts.map(({ name }) => name));
    const files = ['SNAPSHOT', 'TLS_CERT_FILE', 'TLS_KEY_FILE', 'TLS_CLIENT_CA_FILE'];
    for (const name of [...files, 'AUTH_TOKENS_FILE']) {
      const isMounted = mounts.some(({ mountPath }) => env[name]?.startsWith(`${mountPath}/`));
      expect([name, isMounted]).toEqual([name, true]);
    }
    // The next pod reads what the last one wrote, once that has ended.
    expect(deployment.spec.strategy.type).toBe('Recreate');
    expect(kindsOf(objects)).toContain('PersistentVolumeClaim');
  });

  test('with TLS, probes and Prometheus need no certificate', () => {
    const { objects, container } = deploymentOf({ ...TLS, ...MONITOR });
    expect(container.livenessProbe.httpGet.port).toBe('probe');
    expect(textOf(objects, 'ServiceMonitor')).toMatch(/port: probe/);
    expect(textOf(objects, 'NetworkPolicy')).toMatch(/port: probe/);
  });

  test('opens the admin port to nobody but who forwards it', () => {
    const { objects } = deploymentOf(ADMIN);
    expect(textOf(objects, 'NetworkPolicy')).not.toContain('admin');
    const services = objects.filter(({ kind }) => kind === 'Service');
    expect(services.map(({ metadata }) => metadata.name)).toEqual(['argus', 'argus-admin']);
  });

  test('with policies has them all, to the letter', () => {
    const map = deploymentOf(POLICIES).objects.find(({ kind }) => kind === 'ConfigMap');
    expect(map).toMatchObject({ data: POLICIES['policies'] });
  });

  test.each([
    [{ replicas: 2 }, 'replicas must be 1 unless redis.existingSecret'],
    [{ 'redis/existingSecret': 'a', ...SNAPSHOT }, 'snapshot.enabled must be false'],
    [{ 'tls/clientCertificates': true }, 'tls.clientCertificates must be false unless'],
    [{ engine: 'list' }, 'engine'],
    [{ threads: 0 }, 'threads'],
    [{ replica: 3 }, 'must NOT have additional properties'],
  ])('%j is refused', (values, words) => {
    expect(() => rendered(values)).toThrow(words);
  });
});

describe.skipIf(isNowhere('helm'))('helm itself', () => {
  test('finds nothing that it would have otherwise', async () => {
    const { code, output } = await run('helm', ['lint', '--strict', CHART]);
    expect([code, output]).toEqual([0, output]);
  });

  test.each([
    {},
    { ...SHARING, ...MONITOR, 'grpc/enabled': true },
    { ...TLS, ...ADMIN, ...TOKENS, ...POLICIES, ...SNAPSHOT, ...MONITOR },
    { podAnnotations: { a: 'b' }, nodeSelector: { c: 'd' }, tolerations: [{ operator: 'Exists' }] },
    { resources: { limits: { memory: '1Gi' } }, 'image/pullSecrets': ['a'], env: { B: '1' } },
    { 'networkPolicy/from': [{ podSelector: { matchLabels: { a: 'b' } } }] },
  ])('renders %j as it is rendered here', async (values) => {
    const named = (objects: readonly Rendered[]) =>
      Object.fromEntries(objects.map((one) => [`${one.kind} ${one.metadata.name}`, one]));
    expect(named(rendered(values))).toEqual(named(await renderedByHelm(values)));
  });

  test('refuses what is refused here', async () => {
    const words = 'replicas must be 1 unless redis.existingSecret';
    await expect(renderedByHelm({ replicas: 2 })).rejects.toThrow(words);
    await expect(renderedByHelm({ replica: 2 })).rejects.toThrow('replica');
  });
});
