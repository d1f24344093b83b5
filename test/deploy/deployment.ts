/**
 * Reads the Dockerfile and the files of Prometheus and Grafana as their tools do, and says what is
 * wrong with them.
 *
 * Each check is a function from text to a list of faults, so that a test can also hold it against a
 * broken copy. What the files are held against is in `Facts`.
 */
import { posix } from 'node:path';
import { parse } from 'yaml';
import { composeOf, isMounted, listensOn } from './compose-file.ts';
import type { Facts } from './deployment-facts.ts';

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

/** How long `argus health` waits for an answer before it says that there is none. */
const HEALTH_WAITS_S = 2;

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
  const wanted = { EXPOSE: facts.exposed.join(' '), STOPSIGNAL: 'SIGTERM' };
  for (const [name, value] of Object.entries(wanted)) {
    const found = argumentOf(last, name);
    if (found !== value) faults.push(`${name} ${found}, wanted ${value}`);
  }
  const user = argumentOf(last, 'USER') ?? 'root';
  if (/^(root|0)(:|$)/.test(user)) faults.push(`USER ${user}`);
  // As a list: a shell in between would keep signals to itself, and so would npm's.
  const command = `["node", "${facts.bin}"]`;
  if (argumentOf(last, 'CMD') !== command) {
    faults.push(`CMD ${argumentOf(last, 'CMD')}, wanted ${command}`);
  }
  const check = healthcheckCommand(text).join(' ');
  const wantedCheck = `node ${facts.bin} health`;
  if (check !== wantedCheck) faults.push(`HEALTHCHECK ${check}, wanted ${wantedCheck}`);
  const waitS = Number(/--timeout=(\d+)s/.exec(argumentOf(last, 'HEALTHCHECK') ?? '')?.[1] ?? 30);
  if (waitS <= HEALTH_WAITS_S) {
    faults.push(`HEALTHCHECK has ${waitS} s, and waits for ${HEALTH_WAITS_S}`);
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

/** `prometheus` names the file as the repository does. */
export function prometheusFaults(
  text: string,
  prometheus: { readonly path: string; readonly compose: string },
  facts: Facts,
): string[] {
  const { rule_files: ruleFiles, scrape_configs: scrapes } = parse(text) as {
    rule_files: string[];
    scrape_configs: { metrics_path: string; dns_sd_configs: { names: string[]; port: number }[] }[];
  };
  const faults = ruleFiles
    .map((file) => posix.join(posix.dirname(prometheus.path), file))
    .filter((file) => !facts.exists(file))
    .map((file) => `rule file ${file}: no such path`);
  const compose = composeOf(prometheus.compose);
  const targets = scrapes.flatMap((scrape) =>
    scrape.dns_sd_configs.flatMap(({ names, port }) => names.map((name) => ({ name, port }))),
  );
  for (const { name, port } of targets) {
    if (!listensOn(compose, name, port, facts)) {
      faults.push(`target ${name}:${port}: no service listens there`);
    }
  }
  for (const [name, { build }] of Object.entries(compose.services)) {
    const isTarget = targets.some((target) => target.name === name);
    if (build !== undefined && !isTarget) faults.push(`${name} is not scraped`);
  }
  for (const { metrics_path: path } of scrapes) {
    if (!facts.paths.includes(path)) faults.push(`metrics_path ${path}`);
  }
  return faults;
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
  const compose = composeOf(files.compose);
  const faults: string[] = [];
  for (const { url } of datasources) {
    const { hostname, port } = new URL(url);
    if (!listensOn(compose, hostname, Number(port), facts)) {
      faults.push(`data source ${url}: no service listens there`);
    }
  }
  for (const { options } of providers) {
    const dashboard = { service: 'grafana', path: `${options.path}/argus.json` };
    if (!isMounted(compose, dashboard, facts)) {
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
