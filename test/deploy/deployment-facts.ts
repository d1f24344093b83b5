/** What the deployment files are held against: the rest of the repository. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type Config, DEFAULTS, ENVOY_DEFAULTS, variableOf } from '../../src/config.ts';

export interface Facts {
  /** Whether the repository has this file or folder. */
  readonly exists: (path: string) => boolean;
  readonly dockerignore: string;
  /** The defaults of the configuration. */
  readonly ports: readonly number[];
  /** Those, that of Envoy's rules, and that of operators as all documents have it. */
  readonly exposed: readonly number[];
  readonly drainDelayMs: number;
  readonly drainMs: number;
  readonly maxConnections: number;
  /** What the service reads from its environment. */
  readonly variables: ReadonlySet<string>;
  /** The paths that the service has for probes and scrapes. */
  readonly paths: readonly string[];
  readonly version: string;
  /** The major version of the `node` devDependency. */
  readonly nodeMajor: number;
  /** What package.json gives as the command `argus`. */
  readonly bin: string;
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** A file of the repository. */
export function read(path: string): string {
  return readFileSync(`${ROOT}${path}`, 'utf8');
}

/** A copy of the text with a part of it changed, which has to be there. */
export function broken(text: string, part: string, by: string): string {
  if (!text.includes(part)) throw new Error(`Nothing to break: no ${JSON.stringify(part)}`);
  return text.replaceAll(part, by);
}

const pkg = JSON.parse(read('package.json')) as {
  version: string;
  bin: { argus: string };
  devDependencies: { node: string };
};

export const FACTS: Facts = {
  exists: (path) => existsSync(`${ROOT}${path}`),
  dockerignore: read('.dockerignore'),
  ports: [DEFAULTS.port, DEFAULTS.respPort],
  exposed: [DEFAULTS.port, DEFAULTS.respPort, ENVOY_DEFAULTS.grpcPort ?? 0, 9_123],
  drainDelayMs: DEFAULTS.drainDelayMs,
  drainMs: DEFAULTS.drainMs,
  maxConnections: DEFAULTS.maxConnections,
  variables: new Set((Object.keys(DEFAULTS) as (keyof Config)[]).map(variableOf)),
  paths: ['/livez', '/readyz', '/metrics'],
  version: pkg.version,
  nodeMajor: Number.parseInt(pkg.devDependencies.node, 10),
  bin: pkg.bin.argus,
};

/** What is wrong with the variables that a deployment sets, each a sentence. */
export function variableFaults(names: readonly string[], { variables }: Facts): string[] {
  return names.filter((name) => !variables.has(name)).map((name) => `${name} is no setting`);
}

/** How long a service with this environment may take to stop. */
export function stopMs(environment: Readonly<Record<string, string>>, facts: Facts): number {
  const ms = (name: string, otherwise: number) => Number(environment[name] ?? otherwise);
  return ms('DRAIN_DELAY_MS', facts.drainDelayMs) + ms('DRAIN_MS', facts.drainMs);
}
