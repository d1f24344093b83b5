/**
 * Reads the deployment files as their tools do, and says what is wrong with them.
 *
 * Each check is a function from text to a list of faults, so that a test can also hold it against a
 * broken copy. What the files are held against is in `Facts`.
 */
import { posix } from 'node:path';
import { parse } from 'yaml';

export interface Facts {
  /** Whether the repository has this file or folder. */
  readonly exists: (path: string) => boolean;
  readonly dockerignore: string;
  /** The defaults of the configuration. */
  readonly ports: readonly number[];
  readonly drainMs: number;
  readonly maxConnections: number;
  /** The major version of the `node` devDependency. */
  readonly nodeMajor: number;
  /** What package.json gives as the command `argus`. */
  readonly bin: string;
}

interface Instruction {
  readonly name: string;
  readonly words: readonly string[];
  readonly rest: string;
}

interface Stage {
  readonly name: string;
  readonly image: string;
  readonly instructions: readonly Instruction[];
}

/** What a RUN makes that no repository holds: it may be copied from the stage that ran it. */
const ARTEFACTS: Readonly<Record<string, RegExp>> = {
  node_modules: /^npm ci\b/,
  dist: /^npm run build$/,
};

export function dockerfileFaults(text: string, facts: Facts): string[] {
  const stages = stagesOf(text);
  const last = stages.at(-1);
  if (last === undefined) return ['no FROM'];
  const faults = stages.flatMap((stage) => [
    ...(stage.image === `node:${facts.nodeMajor}-slim`
      ? []
      : [`FROM ${stage.image}, wanted node:${facts.nodeMajor}-slim`]),
    ...stage.instructions
      .filter(({ name }) => name === 'COPY')
      .flatMap((copy) => copyFaults(copy, stages, facts)),
  ]);
  const wanted = { EXPOSE: facts.ports.join(' '), STOPSIGNAL: 'SIGTERM' };
  for (const [name, value] of Object.entries(wanted)) {
    const found = argumentOf(last, name);
    if (found !== value) faults.push(`${name} ${found}, wanted ${value}`);
  }
  const user = argumentOf(last, 'USER') ?? 'root';
  if (/^(root|0)(:|$)/.test(user)) faults.push(`USER ${user}`);
  const command = argumentOf(last, 'CMD');
  if (command !== JSON.stringify(['node', facts.bin]).replace(',', ', ')) {
    faults.push(`CMD ${command}, wanted node and ${facts.bin}`);
  }
  const source = facts.bin.replace(/^dist/, 'src').replace(/js$/, 'ts');
  if (!facts.exists(source)) faults.push(`CMD names ${facts.bin}, and there is no ${source}`);
  return faults;
}

/** The command of the HEALTHCHECK: what Docker runs in the container. */
export function healthcheckCommand(text: string): string[] {
  const last = stagesOf(text).at(-1);
  const words = last === undefined ? undefined : argumentOf(last, 'HEALTHCHECK');
  const command = /\bCMD (\[.*\])$/.exec(words ?? '')?.[1];
  return command === undefined ? [] : (JSON.parse(command) as string[]);
}

function stagesOf(text: string): Stage[] {
  const stages: { name: string; image: string; instructions: Instruction[] }[] = [];
  const lines = text.replace(/^\s*#.*\n/gm, '').replace(/\\\n/g, ' ');
  for (const line of lines.split('\n')) {
    const [, name, rest] = /^([A-Z]+)\s+(.*)$/.exec(line.trim()) ?? [];
    if (name === undefined || rest === undefined) continue;
    const words = rest.split(/\s+/);
    if (name === 'FROM') {
      stages.push({ image: words[0] ?? '', name: words[2] ?? '', instructions: [] });
    } else {
      stages.at(-1)?.instructions.push({ name, words, rest });
    }
  }
  return stages;
}

function argumentOf(stage: Stage, name: string): string | undefined {
  return stage.instructions.findLast((instruction) => instruction.name === name)?.rest;
}

function copyFaults(copy: Instruction, stages: readonly Stage[], facts: Facts): string[] {
  const from = copy.words[0]?.startsWith('--from=') ? copy.words[0].slice(7) : undefined;
  const sources = copy.words.filter((word) => !word.startsWith('--')).slice(0, -1);
  if (from === undefined) {
    const sent = facts.dockerignore.split('\n');
    return sources.flatMap((source) => [
      ...(facts.exists(source) ? [] : [`COPY ${source}: no such path`]),
      ...(sent.includes(`!${source}`) ? [] : [`COPY ${source}: .dockerignore keeps it away`]),
    ]);
  }
  const stage = stages.find(({ name }) => name === from);
  if (stage === undefined) return [`COPY --from=${from}: no such stage`];
  const folder = argumentOf(stage, 'WORKDIR') ?? '/';
  return sources.flatMap((source) => {
    const maker = ARTEFACTS[posix.relative(folder, source)];
    const made = stage.instructions.some(({ name, rest }) => name === 'RUN' && maker?.test(rest));
    return made ? [] : [`COPY --from=${from} ${source}: nothing makes it`];
  });
}

interface ComposeService {
  readonly build?: string;
  readonly image?: string;
  readonly ports?: readonly string[];
  readonly volumes?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly depends_on?: readonly string[];
  readonly stop_grace_period?: string;
  readonly ulimits?: { readonly nofile?: { readonly soft?: number; readonly hard?: number } };
}

interface Compose {
  readonly services: Readonly<Record<string, ComposeService>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
}

export function composeFaults(text: string, facts: Facts): string[] {
  const compose = parse(text) as Compose;
  const faults: string[] = [];
  for (const [name, service] of Object.entries(compose.services)) {
    if (service.build === undefined && !/:v?\d+\.\d+\.\d+$/.test(service.image ?? '')) {
      faults.push(`${name}: image ${service.image} is not pinned`);
    }
    if (service.build !== undefined && !facts.exists(posix.join(service.build, 'Dockerfile'))) {
      faults.push(`${name}: no Dockerfile in ${service.build}`);
    }
    for (const volume of service.volumes ?? []) {
      const source = volume.split(':')[0] as string;
      const there = source.startsWith('./')
        ? facts.exists(source)
        : source in (compose.volumes ?? {});
      if (!there) faults.push(`${name}: volume ${source}: no such path or volume`);
    }
    for (const other of service.depends_on ?? []) {
      if (!(other in compose.services)) faults.push(`${name}: depends on ${other}`);
    }
    for (const value of Object.values(service.environment ?? {})) {
      const isFile = /^\/.*\.\w+$/.test(value);
      if (isFile && !isMounted(text, { service: name, path: value }, facts)) {
        faults.push(`${name}: ${value}: not mounted`);
      }
    }
  }
  const { argus = {} } = compose.services;
  return [...faults, ...argusFaults(argus, facts)];
}

function argusFaults(argus: ComposeService, facts: Facts): string[] {
  const faults: string[] = [];
  const ports = facts.ports.map((port) => `${port}:${port}`).join();
  if (argus.ports?.join() !== ports) faults.push(`argus: ports ${argus.ports}, wanted ${ports}`);
  const grace = /^(\d+)s$/.exec(argus.stop_grace_period ?? '')?.[1] ?? '10';
  if (Number(grace) * 1_000 <= facts.drainMs) {
    faults.push(`argus: stop_grace_period ${grace}s, and a drain takes ${facts.drainMs} ms`);
  }
  const { soft = 0, hard = 0 } = argus.ulimits?.nofile ?? {};
  if (soft > hard || soft < 2 * facts.maxConnections) {
    faults.push(`argus: nofile ${soft}, too few for ${facts.maxConnections} connections`);
  }
  return faults;
}

/** Whether a service sees a file of the repository at this path of its container. */
function isMounted(
  composeText: string,
  { service, path }: { readonly service: string; readonly path: string },
  facts: Facts,
): boolean {
  const volumes = (parse(composeText) as Compose).services[service]?.volumes ?? [];
  return volumes.some((volume) => {
    const [host, container] = volume.split(':') as [string, string];
    const within = posix.relative(container, path);
    return !within.startsWith('..') && facts.exists(posix.join(host, within));
  });
}

/** The port on which a service of the compose file listens. */
function containerPort(composeText: string, service: string): string | undefined {
  return (parse(composeText) as Compose).services[service]?.ports?.[0]?.split(':').at(-1);
}

/** `prometheus` names the file as the repository does. */
export function prometheusFaults(
  text: string,
  prometheus: { readonly path: string; readonly compose: string },
  facts: Facts,
): string[] {
  const { rule_files: ruleFiles, scrape_configs: scrapes } = parse(text) as {
    rule_files: string[];
    scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[];
  };
  const faults = ruleFiles
    .map((file) => posix.join(posix.dirname(prometheus.path), file))
    .filter((file) => !facts.exists(file))
    .map((file) => `rule file ${file}: no such path`);
  const targets = scrapes.flatMap((scrape) => scrape.static_configs.flatMap((one) => one.targets));
  for (const target of targets) {
    const [service = '', port] = target.split(':');
    if (port === undefined || containerPort(prometheus.compose, service) !== port) {
      faults.push(`target ${target}: no service listens there`);
    }
  }
  return targets.length > 0 ? faults : ['no target'];
}

export interface GrafanaFiles {
  readonly compose: string;
  readonly sources: string;
  readonly providers: string;
  readonly dashboard: string;
}

export function grafanaFaults(files: GrafanaFiles, facts: Facts): string[] {
  const { datasources } = parse(files.sources) as { datasources: { uid: string; url: string }[] };
  const { providers } = parse(files.providers) as { providers: { options: { path: string } }[] };
  const faults: string[] = [];
  for (const { url } of datasources) {
    const { hostname, port } = new URL(url);
    if (containerPort(files.compose, hostname) !== port) {
      faults.push(`data source ${url}: no service listens there`);
    }
  }
  for (const { options } of providers) {
    const dashboard = { service: 'grafana', path: `${options.path}/argus.json` };
    if (!isMounted(files.compose, dashboard, facts)) {
      faults.push(`${options.path}: no dashboard there`);
    }
  }
  const known = new Set(datasources.map(({ uid }) => uid));
  const uids = files.dashboard.matchAll(/"type": "prometheus",\s*"uid": "([^"]*)"/g);
  for (const [, uid] of uids) {
    if (!known.has(uid as string)) faults.push(`dashboard: no data source ${uid}`);
  }
  return [...new Set(faults)];
}
