/**
 * nginx in front of an application: alone, with its own limit_req, and with auth_request to a
 * policy, by deploy/forward-auth/nginx.conf. Everything is allowed.
 *
 * nginx has one worker, on a core that it shares with the service; the application and the load
 * have the other. So CPU time a request is that of nginx and service together.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Nginx, startNginx } from '../../test/support/nginx.ts';
import {
  CONNECTIONS,
  outputOf,
  START_AND_END_MS,
  type WebAnswer,
  WRK_SCRIPT,
} from '../compare/web-load.ts';
import { metric, type Server, startOurs } from '../http/servers.ts';
import { pinnedTo } from '../support/pinned.ts';
import { cpuSeconds } from '../support/proc.ts';
import type { Report, Row } from '../support/report.ts';
import { median, medianRatio, range } from '../support/statistics.ts';

const CONFIGURATION = new URL('../../deploy/forward-auth/nginx.conf', import.meta.url);
const AUTH_REQUEST = 'auth_request /_argus;';
/** What no load reaches. */
const MOST = 1_000_000;
/** Several ticks of what a process is charged by. */
const LOOK_EVERY_MS = 100;
const POLICIES = `
policies:
  site-403:
    limits: [{name: requests, capacity: 1_000_000_000, interval: 1s}]
    forward: {key: [address], denied: 403}
`;

export interface FrontPlan {
  readonly rounds: number;
  readonly seconds: number;
  /** Not counted: code is being compiled. 0 for none. */
  readonly warmUpSeconds: number;
}

export interface FrontParts {
  readonly report: Report;
  readonly plan: FrontPlan;
  readonly wrk: string;
  /** Of nginx and the service. */
  readonly serverCore: number | undefined;
  /** Of the application and the load. */
  readonly loadCore: number | undefined;
}

interface Front {
  readonly name: string;
  readonly nginx: Nginx;
  readonly asks: boolean;
  readonly runs: FrontRun[];
}

interface FrontRun extends WebAnswer {
  readonly requestsASecond: number;
  readonly cpuUs: number;
}

export async function measureFront(parts: FrontParts): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'argus-bench-front-'));
  const stops: (() => Promise<unknown>)[] = [async () => rmSync(folder, { recursive: true })];
  try {
    const file = join(folder, 'policies.yaml');
    writeFileSync(file, POLICIES);
    const argus = await startOurs(parts.serverCore, 'argus', ['--policies', file]);
    stops.push(() => argus.stop());
    const app = await startNginx({ config: application, under: pinnedTo(parts.loadCore) });
    stops.push(() => app.stop());
    const places = { argus: new URL(argus.url).port, app: String(app.port) };
    const fronts: Front[] = [];
    for (const [name, by] of [
      ['nginx alone', ''],
      ['nginx, limit_req', `limit_req zone=site burst=${MOST} nodelay;`],
      ['nginx, auth_request to a policy', AUTH_REQUEST],
    ] as const) {
      const config = ({ port }: { readonly port: number }) => front(port, by, places);
      const nginx = await startNginx({ config, under: pinnedTo(parts.serverCore) });
      stops.push(() => nginx.stop());
      fronts.push({ name, nginx, asks: by === AUTH_REQUEST, runs: [] });
    }
    const { warmUpSeconds } = parts.plan;
    if (warmUpSeconds > 0)
      for (const one of fronts) await runOnce(parts, one, argus, warmUpSeconds);
    for (const round of range(parts.plan.rounds)) {
      const all = round % 2 === 0 ? fronts : fronts.toReversed();
      for (const one of all) {
        one.runs.push(await runOnce(parts, one, argus, parts.plan.seconds));
      }
    }
    conclude(parts.report, fronts);
  } finally {
    for (const stop of stops.reverse()) await stop();
  }
}

async function runOnce(
  { report, wrk, loadCore }: FrontParts,
  one: Front,
  argus: Server,
  forSeconds: number,
): Promise<FrontRun> {
  const { nginx, name, asks } = one;
  const pids = [nginx.process.pid ?? 0, argus.pid ?? 0];
  const cpu = () => pids.reduce((total, pid) => total + cpuSeconds(pid), 0);
  const decided = await metric(argus, 'argus_decisions_total');
  const before = cpu();
  const flags = ['-t1', `-c${CONNECTIONS}`, `-d${forSeconds}s`, '-s', WRK_SCRIPT];
  const command = [...pinnedTo(loadCore), wrk, ...flags, nginx.url];
  const output = await outputOf(command, forSeconds * 1_000 + START_AND_END_MS);
  const answer = JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as WebAnswer;
  const cpuS = cpu() - before;
  await untilIdle(cpu);
  const { answers, seconds, refused, failed } = answer;
  report.check(answers > 0 && refused + failed === 0, `${name}: every request is answered`);
  const asked = (await metric(argus, 'argus_decisions_total')) - decided;
  // Of this run and of the one before: what the load left without an answer was asked about, too.
  const more = asked - (asks ? answers : 0);
  const isRight = more >= 0 && more <= 2 * CONNECTIONS;
  report.check(isRight, `${name}: ${asked} questions for ${answers} requests`);
  return { ...answer, requestsASecond: answers / seconds, cpuUs: (cpuS / answers) * 1e6 };
}

/** What the load left without an answer is done with before the next begins. */
async function untilIdle(cpu: () => number): Promise<void> {
  for (let before = Number.NaN; cpu() !== before; await sleep(LOOK_EVERY_MS)) before = cpu();
}

function conclude(report: Report, fronts: readonly Front[]): void {
  const alone = fronts[0] as Front;
  const rows = fronts.map(({ name, runs }): Row => {
    const of = (value: (run: FrontRun) => number) => median(runs.map(value));
    const rates = runs.map((run) => run.requestsASecond);
    return {
      front: name,
      'requests/s': of((run) => run.requestsASecond),
      'over alone': medianRatio(
        rates,
        alone.runs.map((run) => run.requestsASecond),
      ),
      'CPU us each': of((run) => run.cpuUs),
      'p50 ms': of((run) => run.p50Ms),
      'p99 ms': of((run) => run.p99Ms),
    };
  });
  report.table(`nginx in front of an application, ${CONNECTIONS} connections`, rows);
}

/** The same file with one process, kept connections to the application, and `by`. */
function front(port: number, by: string, places: { argus: string; app: string }): string {
  const kept = 'proxy_http_version 1.1;\n      proxy_set_header Connection "";';
  const changes = [
    ['worker_processes auto;', 'worker_processes 1;\nmaster_process off;'],
    ['http {', `http {\n  limit_req_zone $binary_remote_addr zone=site:10m rate=${MOST}r/s;`],
    [AUTH_REQUEST, by],
    ['proxy_pass http://app;', `proxy_pass http://app;\n      ${kept}`],
    ['server app:8080;', `server 127.0.0.1:${places.app};\n    keepalive 64;`],
    ['argus:8123', `127.0.0.1:${places.argus}`],
    ['listen 8080;', `listen 127.0.0.1:${port};\n    keepalive_requests 1000000000;`],
  ] as const;
  const text = readFileSync(CONFIGURATION, 'utf8');
  return changes.reduce((changed, [part, to]) => {
    if (!changed.includes(part)) throw new Error(`Nothing to change: no ${part}`);
    return changed.replaceAll(part, to);
  }, text);
}

function application({ port }: { readonly port: number }): string {
  return `
master_process off;
events { worker_connections 1024; }
http {
  access_log off;
  keepalive_requests 1000000000;
  server {
    listen 127.0.0.1:${port};
    location / { return 200 'app'; }
  }
}
`;
}
