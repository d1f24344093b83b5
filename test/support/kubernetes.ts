/** Reads a Kubernetes manifest, and says what is wrong with one for the service. */
import { parseAllDocuments } from 'yaml';
import { type Facts, stopMs, variableFaults } from './deployment-facts.ts';

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

interface Container {
  readonly image: string;
  readonly ports: readonly { readonly name: string; readonly containerPort: number }[];
  readonly env: readonly {
    readonly name: string;
    readonly value?: string;
    readonly valueFrom?: { readonly secretKeyRef?: { readonly key: string } };
  }[];
  readonly livenessProbe: Probe;
  readonly readinessProbe: Probe;
  readonly resources: { readonly limits?: { readonly memory?: string } };
  readonly securityContext: {
    readonly allowPrivilegeEscalation?: boolean;
    readonly readOnlyRootFilesystem?: boolean;
    readonly capabilities?: { readonly drop?: readonly string[] };
  };
}

interface Deployment {
  readonly spec: {
    readonly replicas: number;
    readonly selector: { readonly matchLabels: Labels };
    readonly template: {
      readonly metadata: { readonly labels: Labels; readonly annotations: Labels };
      readonly spec: {
        readonly terminationGracePeriodSeconds?: number;
        readonly securityContext: { readonly runAsNonRoot?: boolean; readonly runAsUser?: number };
        readonly containers: readonly [Container];
      };
    };
  };
}

interface Service {
  readonly spec: {
    readonly selector: Labels;
    readonly ports: readonly { readonly port: number; readonly targetPort: string }[];
  };
}

interface Budget {
  readonly spec: {
    readonly maxUnavailable: number;
    readonly selector: { readonly matchLabels: Labels };
  };
}

type Labels = Readonly<Record<string, string>>;

interface Manifest {
  readonly deployment: Deployment;
  readonly service: Service;
  readonly budget: Budget;
}

export function kubernetesFaults(text: string, facts: Facts): string[] {
  const documents = parseAllDocuments(text);
  const broken = documents.flatMap(({ errors }) => errors.map((error) => error.message));
  if (broken.length > 0) return broken;
  const objects = documents.map((document) => document.toJS() as { kind: string });
  const kinds = objects.map(({ kind }) => kind).join();
  if (kinds !== 'Deployment,Service,PodDisruptionBudget') return [`kinds ${kinds}`];
  const [deployment, service, budget] = objects as unknown as [Deployment, Service, Budget];
  const manifest = { deployment, service, budget };
  return [
    ...containerFaults(deployment, facts),
    ...environmentFaults(deployment, facts),
    ...portFaults(manifest, facts),
    ...selectorFaults(manifest),
    ...securityFaults(deployment),
  ];
}

function containerFaults({ spec }: Deployment, { version, paths }: Facts): string[] {
  const [{ image, livenessProbe, readinessProbe, resources }] = spec.template.spec.containers;
  const { annotations } = spec.template.metadata;
  const faults = image.endsWith(`:${version}`) ? [] : [`image ${image}, wanted version ${version}`];
  const found = [
    livenessProbe.httpGet.path,
    readinessProbe.httpGet.path,
    annotations['prometheus.io/path'],
  ];
  if (found.join() !== paths.join()) faults.push(`paths ${found}, wanted ${paths}`);
  if (resources.limits?.memory === undefined) faults.push('no limit of memory');
  return faults;
}

function environmentFaults({ spec }: Deployment, facts: Facts): string[] {
  const pod = spec.template.spec;
  const [{ env }] = pod.containers;
  const faults = variableFaults(
    env.map(({ name }) => name),
    facts,
  );
  const values = Object.fromEntries(env.map(({ name, value = '' }) => [name, value]));
  if (values['INSTANCES'] !== String(spec.replicas)) {
    faults.push(`INSTANCES ${values['INSTANCES']}, and ${spec.replicas} replicas`);
  }
  const store = env.find(({ name }) => name === 'REDIS_URL')?.valueFrom?.secretKeyRef;
  if (store === undefined) faults.push('REDIS_URL is not from a Secret');
  const graceS = pod.terminationGracePeriodSeconds ?? 30;
  const drainMs = stopMs(values, facts);
  if (graceS * 1_000 <= drainMs) faults.push(`grace ${graceS} s, and a drain takes ${drainMs} ms`);
  return faults;
}

/** Ports go by their names, from the service and the probes to the container. */
function portFaults({ deployment, service }: Manifest, facts: Facts): string[] {
  const { metadata, spec } = deployment.spec.template;
  const [{ ports, livenessProbe, readinessProbe }] = spec.containers;
  const byName = new Map(ports.map(({ name, containerPort }) => [name, containerPort]));
  const found = [...byName.values()].join();
  const faults = found === facts.ports.join() ? [] : [`ports ${found}, wanted ${facts.ports}`];
  for (const { port, targetPort } of service.spec.ports) {
    if (byName.get(targetPort) !== port) faults.push(`service port ${port} to ${targetPort}`);
  }
  for (const { httpGet } of [livenessProbe, readinessProbe]) {
    if (byName.get(httpGet.port) !== facts.ports[0]) faults.push(`probe of port ${httpGet.port}`);
  }
  const scraped = metadata.annotations['prometheus.io/port'];
  if (scraped !== String(facts.ports[0])) faults.push(`Prometheus scrapes port ${scraped}`);
  return faults;
}

function selectorFaults({ deployment, service, budget }: Manifest): string[] {
  const { labels } = deployment.spec.template.metadata;
  const selectors = {
    deployment: deployment.spec.selector.matchLabels,
    service: service.spec.selector,
    budget: budget.spec.selector.matchLabels,
  };
  const faults = Object.entries(selectors)
    .filter(([, selector]) => Object.entries(selector).some(([name, is]) => labels[name] !== is))
    .map(([name]) => `the ${name} selects other pods`);
  if (budget.spec.maxUnavailable >= deployment.spec.replicas) faults.push('the budget spares none');
  return faults;
}

function securityFaults({ spec }: Deployment): string[] {
  const { securityContext: pod, containers } = spec.template.spec;
  const { securityContext: container } = containers[0];
  const wanted = {
    'runAsNonRoot, by a number': pod.runAsNonRoot === true && (pod.runAsUser ?? 0) > 0,
    'allowPrivilegeEscalation: false': container.allowPrivilegeEscalation === false,
    'readOnlyRootFilesystem: true': container.readOnlyRootFilesystem === true,
    'capabilities drop ALL': container.capabilities?.drop?.includes('ALL') ?? false,
  };
  return Object.entries(wanted)
    .filter(([, holds]) => !holds)
    .map(([what]) => `not ${what}`);
}
