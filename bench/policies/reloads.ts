/** What becomes of answers, and of memory, while 10,000 rules are read anew. */
import type { OpenAnswer, OpenQuestion } from '../compare/open-load.ts';
import type { Server } from '../http/servers.ts';
import type { Child } from '../support/child.ts';
import { residentBytes } from '../support/proc.ts';
import type { Report } from '../support/report.ts';
import { type BenchFiles, ONE } from './files.ts';

export interface ReloadsPlan {
  readonly keys: number;
  /** Of what it could, as the costs were measured. */
  readonly part: number;
  readonly seconds: number;
  readonly everyMs: number;
}

export interface ReloadsBench {
  readonly report: Report;
  /** Runs bench/compare/open-load.ts. */
  readonly load: Child;
  readonly server: Server;
  readonly files: BenchFiles;
  readonly plan: ReloadsPlan;
  /** The most questions a second. */
  readonly mostPerSecond: number;
}

const CONNECTIONS = 50;
const MOST_DELAY_MS = 5;
const MOST_MEMORY = 1.5;
const LOOK_MS = 50;
const PATIENCE_MS = 60_000;

export async function measureReloads(bench: ReloadsBench): Promise<void> {
  const { report, server } = bench;
  const pid = server.pid ?? Number.NaN;
  const usual = await ask(bench);
  const before = residentBytes(pid);
  const reloadsBefore = await reloads(server);
  const stop = keepChanging(bench);
  const watch = mostOf(() => residentBytes(pid));
  const changing = await ask(bench);
  stop();
  const done = (await reloadsBeyond(server, reloadsBefore)) - reloadsBefore;
  const most = watch();
  report.check(done >= 1, `rules are read anew while it is asked, ${done} times`);
  report.table('An open load of a quarter of the rate, and the rules are read anew', [
    rowOf('no reload', usual, before),
    rowOf(`${done} reloads`, changing, most),
  ]);
  report.goal({
    words: 'p99.9 while rules are read anew, above the usual, ms',
    value: changing.p999Ms - usual.p999Ms,
    most: MOST_DELAY_MS,
  });
  report.goal({
    words: 'memory while rules are read anew, over that before',
    value: most / before,
    most: MOST_MEMORY,
  });
}

async function ask({
  report,
  load,
  server,
  files,
  plan,
  mostPerSecond,
}: ReloadsBench): Promise<OpenAnswer> {
  const answer = await load.ask<OpenAnswer>({
    url: server.url,
    bodiesFile: files.bodies(ONE, plan.keys),
    connections: CONNECTIONS,
    perSecond: Math.floor(mostPerSecond * plan.part),
    seconds: plan.seconds,
  } satisfies OpenQuestion);
  const lost = answer.refused + answer.failed;
  report.check(lost === 0, `every question is allowed, ${lost} were not`);
  return answer;
}

/** Other rules every so often; returns what ends it. */
function keepChanging({ files, plan }: ReloadsBench): () => void {
  let capacity = 200;
  files.change(capacity);
  const timer = setInterval(() => files.change(++capacity), plan.everyMs);
  return () => clearInterval(timer);
}

/** The most that is read until the returned function is called. */
function mostOf(read: () => number): () => number {
  let most = read();
  const timer = setInterval(() => {
    most = Math.max(most, read());
  }, LOOK_MS);
  return () => {
    clearInterval(timer);
    return most;
  };
}

/** Once there were more; or as many as there were, where that takes too long. */
async function reloadsBeyond(server: Server, before: number): Promise<number> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const now = await reloads(server);
    if (now > before || Date.now() > deadline) return now;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function reloads(server: Server): Promise<number> {
  const text = await (await fetch(new URL('/metrics', server.url))).text();
  const sample = /^argus_policies_reloads_total\{outcome="applied"\} (\d+)$/m.exec(text);
  return Number(sample?.[1] ?? Number.NaN);
}

function rowOf(name: string, answer: OpenAnswer, bytes: number) {
  return {
    while: name,
    'p50 ms': answer.p50Ms,
    'p99 ms': answer.p99Ms,
    'p99.9 ms': answer.p999Ms,
    'most ms': answer.mostMs,
    'load late ms': answer.lateMs,
    MiB: bytes / 2 ** 20,
  };
}
