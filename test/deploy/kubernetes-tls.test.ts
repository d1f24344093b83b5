/** deploy/kubernetes.yaml with TLS, by the command that it says, is what the Helm chart renders. */
import { execFileSync } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { FACTS, read } from './deployment-facts.ts';
import { rendered } from './helm/chart.ts';
import { monitorFaults } from './kubernetes.ts';

const MANIFEST = 'deploy/kubernetes.yaml';
const MONITOR = 'deploy/kubernetes-monitor.yaml';
const SHARING = { replicas: 2, 'redis/existingSecret': 'argus' };
const TLS = { 'tls/existingSecret': 'argus-tls' };

interface Named {
  readonly name: string;
}

interface Pod {
  readonly securityContext: object;
  readonly volumes: readonly Named[];
  readonly containers: readonly [
    {
      readonly ports: readonly Named[];
      readonly env: readonly Named[];
      readonly livenessProbe: object;
      readonly readinessProbe: object;
      readonly volumeMounts: readonly Named[];
    },
  ];
}

interface Resource {
  readonly kind: string;
  readonly spec: {
    readonly template: { readonly metadata: { readonly annotations: object }; readonly spec: Pod };
    readonly ingress: readonly object[];
  };
}

/** What it is by the line of sed in its first comment. */
function withTls(path: string, marks = '#tls:'): string {
  const [, script = ''] = /sed -E '([^']+)' deploy\/kubernetes\.yaml/.exec(read(MANIFEST)) ?? [];
  const chosen = script.replace('#tls:', marks);
  return execFileSync('sed', ['-E', chosen], { input: read(path), encoding: 'utf8' });
}

function byName<T extends Named>(all: readonly T[]): readonly T[] {
  return all.toSorted((a, b) => a.name.localeCompare(b.name));
}

/** All of it that TLS has to do with. */
function tlsOf(objects: readonly Resource[]) {
  const of = (kind: string) => objects.find((one) => one.kind === kind) as Resource;
  const { metadata, spec } = of('Deployment').spec.template;
  const [container] = spec.containers;
  return {
    annotations: metadata.annotations,
    securityContext: spec.securityContext,
    ports: byName(container.ports),
    // The chart has settings of its own beside.
    env: byName(container.env).filter(({ name }) => /^(TLS|PROBE)_/.test(name)),
    probes: [container.livenessProbe, container.readinessProbe],
    volumeMounts: container.volumeMounts,
    volumes: spec.volumes,
    ingress: of('NetworkPolicy').spec.ingress,
  };
}

describe('the manifest with TLS', () => {
  //  what is asked for, what is put in, the same of the chart
  test.each([
    ['a certificate', '#tls:', TLS],
    ['certificates of clients', '#m?tls:', { ...TLS, 'tls/clientCertificates': true }],
  ])('has what the chart has, for %s', (_, marks, values) => {
    const manifest = parseAllDocuments(withTls(MANIFEST, marks));
    expect(manifest.flatMap(({ errors }) => errors)).toEqual([]);
    const objects = manifest.map((one) => one.toJS() as Resource);
    const chart = rendered({ ...SHARING, ...values }) as unknown as readonly Resource[];
    expect(tlsOf(objects)).toEqual(tlsOf(chart));
    expect(tlsOf(objects).env).toHaveLength(marks === '#tls:' ? 3 : 4);
  });

  test('is scraped where no certificate is needed', () => {
    expect(monitorFaults(withTls(MONITOR), withTls(MANIFEST), FACTS)).toEqual([]);
    expect(withTls(MONITOR)).toContain('- port: probe\n');
  });

  test('leaves no mark behind', () => {
    for (const path of [MANIFEST, MONITOR]) {
      const lines = withTls(path, '#m?tls:').split('\n');
      expect(lines.filter((line) => /#m?tls: /.test(line) && !line.startsWith('#'))).toEqual([]);
    }
  });
});
