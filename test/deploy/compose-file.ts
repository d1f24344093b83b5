/**
 * Reads docker-compose.yml as Docker does, and says what is wrong with it: what it names that is
 * not there, and what the services of this repository need to run and to stop.
 */
import { posix } from 'node:path';
import { parse } from 'yaml';
import { type Facts, stopMs, variableFaults } from './deployment-facts.ts';

export interface ComposeService {
  readonly build?: string;
  readonly image?: string;
  readonly profiles?: readonly string[];
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: readonly string[];
  readonly stop_grace_period?: string;
  readonly ulimits?: { readonly nofile?: { readonly soft?: number; readonly hard?: number } };
}

export interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
}

interface Named {
  readonly name: string;
  readonly service: ComposeService;
}

export function composeOf(text: string): Compose {
  return parse(text, { merge: true }) as Compose;
}

export function composeFaults(text: string, facts: Facts): string[] {
  const compose = composeOf(text);
  const named = Object.entries(compose.services).map(([name, service]) => ({ name, service }));
  return named.flatMap((one) => [
    ...imageFaults(one, facts),
    ...volumeFaults(one, compose, facts),
    ...dependencyFaults(one, compose),
    ...environmentFaults(one, compose, facts),
    ...(one.service.build === undefined ? [] : instanceFaults(one, compose, facts)),
  ]);
}

/** Whether a service has this file mounted at its path, or a volume of Docker's own. */
export function isMounted(
  compose: Compose,
  { service, path }: { readonly service: string; readonly path: string },
  facts: Facts,
): boolean {
  const volumes = compose.services[service]?.volumes ?? [];
  return volumes.some((volume) => {
    const [host, container] = volume.split(':') as [string, string];
    const within = posix.relative(container, path);
    if (within.startsWith('..')) return false;
    // What is in a volume of Docker's own, the service has put there.
    return host in (compose.volumes ?? {}) || facts.exists(posix.join(host, within));
  });
}

/** Whether a service of the file listens on this port of its container. */
export function listensOn(compose: Compose, name: string, port: number, facts: Facts): boolean {
  const service = compose.services[name];
  if (service?.build !== undefined) return facts.ports.includes(port);
  return service?.ports?.some((published) => published.endsWith(`:${port}`)) ?? false;
}

function imageFaults({ name, service }: Named, facts: Facts): string[] {
  const { build, image } = service;
  if (build === undefined) {
    return /:v?\d+\.\d+\.\d+$/.test(image ?? '') ? [] : [`${name}: image ${image} is not pinned`];
  }
  return facts.exists(posix.join(build, 'Dockerfile'))
    ? []
    : [`${name}: no Dockerfile in ${build}`];
}

function volumeFaults({ name, service }: Named, compose: Compose, facts: Facts): string[] {
  return (service.volumes ?? [])
    .map((volume) => volume.split(':')[0] as string)
    .filter((source) =>
      source.startsWith('./') ? !facts.exists(source) : !(source in (compose.volumes ?? {})),
    )
    .map((source) => `${name}: volume ${source}: no such path or volume`);
}

/** A service that always runs cannot wait for one that runs in a profile alone. */
function dependencyFaults({ name, service }: Named, { services }: Compose): string[] {
  return (service.depends_on ?? []).flatMap((other) => {
    if (!(other in services)) return [`${name}: depends on ${other}`];
    const profiles = services[other]?.profiles ?? [];
    const runs = profiles.length === 0 || profiles.some((one) => service.profiles?.includes(one));
    return runs ? [] : [`${name}: depends on ${other}, which may not run`];
  });
}

function environmentFaults({ name, service }: Named, compose: Compose, facts: Facts): string[] {
  return Object.values(service.environment ?? {})
    .filter((value) => /^\/.*\.\w+$/.test(value))
    .filter((path) => !isMounted(compose, { service: name, path }, facts))
    .map((path) => `${name}: ${path}: not mounted`);
}

/** What one of this repository's own services needs, alone or in the cluster. */
function instanceFaults({ name, service }: Named, compose: Compose, facts: Facts): string[] {
  const environment = service.environment ?? {};
  const faults = variableFaults(Object.keys(environment), facts);
  const grace = /^(\d+)s$/.exec(service.stop_grace_period ?? '')?.[1] ?? '10';
  const drainMs = stopMs(environment, facts);
  if (Number(grace) * 1_000 <= drainMs) {
    faults.push(`stop_grace_period ${grace}s, and a drain takes ${drainMs} ms`);
  }
  const { soft = 0, hard = 0 } = service.ulimits?.nofile ?? {};
  if (soft > hard || soft < 2 * facts.maxConnections) {
    faults.push(`nofile ${soft}, too few for ${facts.maxConnections} connections`);
  }
  const ports = service.ports?.join() ?? 'none';
  const isAlone = service.profiles === undefined;
  // Operators are let in from this machine alone.
  const open = [...facts.ports, `127.0.0.1:${facts.exposed.at(-1)}`];
  const wanted = isAlone
    ? open.map((one) => `${one}:${String(one).split(':').at(-1)}`).join()
    : 'none';
  if (ports !== wanted) faults.push(`ports ${ports}, wanted ${wanted}`);
  return [...faults, ...storeFaults(environment, isAlone, compose)].map(
    (fault) => `${name}: ${fault}`,
  );
}

/** The one that stands alone shares with nobody; the others share by leases, through one Redis. */
function storeFaults(
  environment: Readonly<Record<string, string>>,
  isAlone: boolean,
  { services }: Compose,
): string[] {
  const { REDIS_URL: url, INSTANCES: instances } = environment;
  if (isAlone) return url === undefined ? [] : ['REDIS_URL, and it stands alone'];
  const own = Object.values(services).filter((service) => service.profiles && service.build);
  const faults = Number(instances) === own.length ? [] : [`INSTANCES ${instances}`];
  const { hostname, port } = new URL(url ?? 'redis://nobody');
  const command = services[hostname]?.command ?? [];
  if (port !== '6379' || command[0] !== 'redis-server') faults.push(`REDIS_URL ${url}: no Redis`);
  const policy = command[command.indexOf('--maxmemory-policy') + 1];
  if (policy !== 'noeviction') faults.push(`Redis forgets buckets by ${policy}`);
  return faults;
}
