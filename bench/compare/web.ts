/** HTTP: the lane beside what it goes around, a bare server, nginx, and libraries under Express. */
import { fileURLToPath } from 'node:url';
import { startService } from '../../test/support/service.ts';
import { serverOf, startBare, startOurs } from '../http/servers.ts';
import { pinnedTo } from '../support/pinned.ts';
import { startNginx } from './nginx.ts';
import type { Program } from './program.ts';
import type { Questions } from './questions.ts';
import { startRedis } from './redis.ts';
import { checkThrottlecrab, concludeThrottlecrab, startThrottlecrab } from './throttlecrab.ts';
import type { Tools } from './tools.ts';
import { checkAnswer, checkLimits } from './web-checks.ts';
import {
  type Contender,
  ratio,
  rowOf,
  runInTurn,
  type WebBench,
  type WebSeries,
} from './web-rounds.ts';

const MOST_CPU_OVER_BARE = 0.7;
const LEAST_RATE_OVER_NGINX = 0.7;
const MOST_CPU_OVER_NGINX = 1.6;
const LEAST_RATE_OVER_THROTTLECRAB = 1.2;
const MOST_P99_OVER_THROTTLECRAB = 1.2;

const EXPRESS_SERVER = fileURLToPath(new URL('express-server.ts', import.meta.url));

export interface Ours {
  readonly lane: Contender;
  readonly laneOff: Contender;
}

export interface Cores {
  readonly server: number | undefined;
  readonly load: number | undefined;
}

export async function startBoth(core: number | undefined): Promise<Ours> {
  const lane = await startOurs(core, 'argus');
  const laneOff = await startOurs(core, 'argus, lane off', ['--http-lane', 'off']);
  return { lane: { ...lane, isOurs: true }, laneOff: { ...laneOff, isOurs: true } };
}

export async function measureWeb(
  bench: WebBench,
  ours: Ours,
  { questions, tools, cores }: { questions: Questions; tools: Tools; cores: Cores },
): Promise<void> {
  const others: Contender[] = [];
  let redis: Program | undefined;
  const crab = await startContender({ questions, tools, cores });
  if (crab !== undefined) others.push(crab);
  try {
    const bare = await startBare(cores.server);
    others.push(bare);
    const nginxPath = tools.get('nginx');
    const nginx = nginxPath === undefined ? undefined : await startNginx(nginxPath, cores.server);
    if (nginx !== undefined) others.push(nginx);
    others.push(await startExpress(cores.server, 'express-rate-limit'));
    others.push(await startExpress(cores.server, 'rate-limiter-flexible'));
    const redisPath = tools.get('redis-server');
    if (redisPath !== undefined) {
      redis = await startRedis(redisPath, cores.load);
      others.push(await startExpress(cores.server, 'rate-limiter-flexible', redis));
    }
    const all = [ours.lane, ours.laneOff, ...others];
    if (crab !== undefined) await checkThrottlecrab(bench.report, crab.url);
    const alike = all.filter((server) => server.bodies === undefined);
    for (const server of alike) await checkAnswer(bench.report, server);
    for (const server of alike) if (server.decides) await checkLimits(bench.report, server);
    const series = all.map(
      (server): WebSeries => ({
        name: server.name,
        server,
        url: server.url,
        bodies: server.bodies ?? questions.single,
        runs: [],
      }),
    );
    await runInTurn(bench, series);
    const find = (server: Contender | undefined) => series.find((one) => one.server === server);
    conclude(bench, series, {
      bare: find(bare),
      nginx: find(nginx),
      crab: find(crab),
    });
  } finally {
    await Promise.all(others.map((server) => server.stop()));
    await redis?.stop();
  }
}

/** throttlecrab, where it is there. */
async function startContender({
  questions,
  tools,
  cores,
}: {
  questions: Questions;
  tools: Tools;
  cores: Cores;
}): Promise<Contender | undefined> {
  const path = tools.get('throttlecrab-server');
  if (path === undefined) return undefined;
  const crab = await startThrottlecrab(path, cores.server);
  const { throttlecrab: bodies } = questions;
  return { ...crab, name: 'throttlecrab', decides: true, bodies };
}

async function startExpress(
  core: number | undefined,
  library: string,
  redis?: Program,
): Promise<Contender> {
  const service = await startService({
    under: pinnedTo(core),
    script: EXPRESS_SERVER,
    flags: ['--library', library, ...(redis ? ['--redis-port', String(redis.port)] : [])],
    env: { NODE_ENV: 'production' },
  });
  const name = `Express, ${library}${redis ? ', Redis' : ''}`;
  const server = serverOf(service, { name, decides: true });
  return redis === undefined ? server : { ...server, storePid: redis.pid };
}

interface Yardsticks {
  readonly bare: WebSeries | undefined;
  readonly nginx: WebSeries | undefined;
  readonly crab: WebSeries | undefined;
}

function conclude(
  { report, load }: WebBench,
  series: readonly WebSeries[],
  { bare, nginx, crab }: Yardsticks,
): void {
  const [lane, ...others] = series as [WebSeries, ...WebSeries[]];
  report.table('Over HTTP, 50 connections, no pipelining, a core each', series.map(rowOf));
  console.log("\n  CPU time with Redis is that of both processes; Redis has the load's core.");
  report.table(
    'Argus over the others, medians of the rounds',
    others.map((other) => ({
      over: other.name,
      rate: ratio(lane, other, (run) => run.decisionsASecond),
      'CPU each': ratio(lane, other, (run) => run.cpuUs),
      p99: ratio(lane, other, (run) => run.p99Ms),
    })),
  );
  if (bare !== undefined) {
    report.goal({
      words: "CPU time a decision over a bare node:http server's",
      value: ratio(lane, bare, (run) => run.cpuUs),
      most: MOST_CPU_OVER_BARE,
    });
  }
  if (nginx !== undefined) {
    report.goal({
      words: "CPU time a decision over nginx's `return 200`",
      value: ratio(lane, nginx, (run) => run.cpuUs),
      most: MOST_CPU_OVER_NGINX,
    });
  }
  if (!load.isFast) return;
  if (nginx !== undefined) {
    report.goal({
      words: "requests a second on one core over nginx's",
      value: ratio(lane, nginx, (run) => run.decisionsASecond),
      least: LEAST_RATE_OVER_NGINX,
    });
  }
  if (crab === undefined) return;
  concludeThrottlecrab(report, 'HTTP', {
    rate: ratio(lane, crab, (run) => run.decisionsASecond),
    leastRate: LEAST_RATE_OVER_THROTTLECRAB,
    p99: ratio(lane, crab, (run) => run.p99Ms),
    mostP99: MOST_P99_OVER_THROTTLECRAB,
  });
}
