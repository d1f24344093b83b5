/** Reads a Kubernetes manifest, and says what is wrong with one for the service. */
import { parse, parseAllDocuments } from 'yaml';
import { DEFAULTS } from '../../src/config.ts';
import { reserveTable } from '../../src/table/table-memory.ts';
import { bytesOf } from '../table/table-bytes.ts';
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
  readonly resources: {
    readonly requests?: { readonly memory?: string };
    readonly limits?: { readonly memory?: string };
  };
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
        readonly enableServiceLinks?: boolean;
        readonly securityContext: { readonly runAsNonRoot?: boolean; readonly runAsUser?: number };
        readonly containers: readonly [Container];
      };
    };
  };
}

interface Service {
  readonly metadata: { readonly labels: Labels };
  readonly spec: {
    readonly selector: Labels;
    readonly ports: readonly {
      readonly name: string;
      readonly port: number;
      readonly targetPort: string;
    }[];
  };
}

interface Policy {
  readonly spec: {
    readonly podSelector: { readonly matchLabels: Labels };
    readonly ingress: readonly {
      readonly from: readonly {
        readonly podSelector?: object;
        readonly namespaceSelector?: object;
      }[];
      readonly ports: readonly { readonly port: string }[];
    }[];
    readonly egress: readonly {
      readonly ports: readonly { readonly port: number; readonly protocol?: string }[];
    }[];
  };
}

interface Monitor {
  readonly kind: string;
  readonly spec: {
    readonly selector: { readonly matchLabels: Labels };
    readonly endpoints: readonly { readonly port: string; readonly path: string }[];
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
  readonly policy: Policy;
}

const KINDS = 'Deployment,Service,PodDisruptionBudget,NetworkPolicy';

/** What the process itself takes, and what clients of one thread may have on their way. */
const PROCESS_BYTES = 200_000_000;
const CLIENT_BYTES = DEFAULTS.maxClientBytes;

export function kubernetesFaults(text: string, facts: Facts): string[] {
  const documents = parseAllDocuments(text);
  const broken = documents.flatMap(({ errors }) => errors.map((error) => error.message));
  if (broken.length > 0) return broken;
  const objects = documents.map((document) => document.toJS() as { kind: string });
  const kinds = objects.map(({ kind }) => kind).join();
  if (kinds !== KINDS) return [`kinds ${kinds}`];
  type Objects = [Deployment, Service, Budget, Policy];
  const [deployment, service, budget, policy] = objects as unknown as Objects;
  const manifest = { deployment, service, budget, policy };
  return [
    ...containerFaults(deployment, facts),
    ...environmentFaults(deployment, facts),
    ...portFaults(manifest, facts),
    ...selectorFaults(manifest),
    ...memoryFaults(deployment),
    ...policyFaults(policy),
    ...securityFaults(deployment),
  ];
}

/** `manifest` has the Service that is to be scraped. */
export function monitorFaults(text: string, manifest: string, { paths }: Facts): string[] {
  const { kind, spec } = parse(text) as Monitor;
  if (kind !== 'ServiceMonitor') return [`kind ${kind}`];
  const objects = parseAllDocuments(manifest).map((one) => one.toJS() as { kind: string });
  const found = objects.find((one) => one.kind === 'Service') as unknown as Service;
  const { metadata, spec: service } = found;
  const faults: string[] = [];
  const { matchLabels } = spec.selector;
  if (Object.entries(matchLabels).some(([name, is]) => metadata.labels[name] !== is)) {
    faults.push('the monitor selects another Service');
  }
  for (const { port, path } of spec.endpoints) {
    if (!service.ports.some(({ name }) => name === port)) {
      faults.push(`no port ${port} of the Service`);
    }
    if (path !== paths.at(-1)) faults.push(`scrapes ${path}`);
  }
  return faults;
}

/** What it may take at most fits into its limit, which is what it asks for, and not much less. */
function memoryFaults({ spec }: Deployment): string[] {
  const [{ env, resources }] = spec.template.spec.containers;
  const numberOf = (name: string) => Number(env.find((one) => one.name === name)?.value);
  const table = bytesOf(reserveTable(numberOf('MAX_KEYS'), { holds: 'leases' }));
  const most = 224 * numberOf('MAX_KEYS') + PROCESS_BYTES + numberOf('THREADS') * CLIENT_BYTES;
  const faults = table <= 224 * numberOf('MAX_KEYS') ? [] : [`the table takes ${table} bytes`];
  const memory = resources.limits?.memory ?? '0Mi';
  const bytes = Number(/^(\d+)Mi$/.exec(memory)?.[1]) * 1_024 * 1_024;
  if (!(bytes >= most && bytes < 1.5 * most)) {
    faults.push(`memory ${memory}, and it may take ${most} bytes`);
  }
  if (resources.requests?.memory !== memory)
    faults.push('it asks for other memory than it may take');
  return faults;
}

/** Pods of the same namespace, and Prometheus for HTTP; from it names and Redis. */
function policyFaults({ spec }: Policy): string[] {
  const faults: string[] = [];
  const opened = spec.ingress.flatMap(({ ports }) => ports.map(({ port }) => port)).join();
  if (opened !== 'http,resp,http') faults.push(`the policy opens ${opened}, wanted http,resp,http`);
  const peers = spec.ingress
    .flatMap(({ from }) => from.flatMap((peer) => Object.keys(peer)))
    .join();
  if (peers !== 'podSelector,namespaceSelector') faults.push('the policy lets in others');
  const reached = spec.egress.flatMap(({ ports }) => ports.map(({ port }) => port));
  for (const port of [53, 6379]) {
    if (!reached.includes(port)) faults.push(`the policy keeps ${port} from it`);
  }
  return faults;
}

function containerFaults({ spec }: Deployment, { version, paths }: Facts): string[] {
  const [{ image, livenessProbe, readinessProbe }] = spec.template.spec.containers;
  const { annotations } = spec.template.metadata;
  const faults = image.endsWith(`:${version}`) ? [] : [`image ${image}, wanted version ${version}`];
  const found = [
    livenessProbe.httpGet.path,
    readinessProbe.httpGet.path,
    annotations['prometheus.io/path'],
  ];
  if (found.join() !== paths.join()) faults.push(`paths ${found}, wanted ${paths}`);
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
  if (pod.enableServiceLinks !== false) {
    faults.push(`enableServiceLinks ${pod.enableServiceLinks}`);
  }
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

function selectorFaults({ deployment, service, budget, policy }: Manifest): string[] {
  const { labels } = deployment.spec.template.metadata;
  const selectors = {
    deployment: deployment.spec.selector.matchLabels,
    service: service.spec.selector,
    budget: budget.spec.selector.matchLabels,
    policy: policy.spec.podSelector.matchLabels,
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
