/** The Redis protocol: Argus beside Redis with a token bucket in Lua, on the same core. */
import { freePort } from '../../test/support/free-port.ts';
import { metric, startOurs } from '../http/servers.ts';
import { alone } from '../support/alone.ts';
import { cpuSeconds } from '../support/proc.ts';
import type { Report, Row } from '../support/report.ts';
import { median, medianRatio, range } from '../support/statistics.ts';
import { startRedis } from './redis.ts';
import { CONNECTIONS, type RedisAnswer, RedisBenchmark, SOME_KEY } from './redis-benchmark.ts';
import { callsOf, checkAlike, checkThrottles, loadBucket } from './resp-checks.ts';
import { concludeThrottlecrab, startThrottlecrab } from './throttlecrab.ts';
import type { Tools } from './tools.ts';
import type { Cores } from './web.ts';

/** The goal at each depth of the pipeline. */
const LEAST_OVER_LUA: readonly (readonly [number, number])[] = [
  [1, 1.1],
  [16, 4],
  [64, 4],
];
/** Without a pipeline. */
const LEAST_RATE_OVER_THROTTLECRAB = 0.9;
const MOST_P99_OVER_THROTTLECRAB = 1.5;
const LIMIT = ['1000', '1000', '3600'];
const LUA = 'Redis, bucket in Lua';
const THROTTLECRAB = 'throttlecrab, THROTTLE';

export interface RespPlan {
  readonly rounds: number;
  /** How long a run is meant to take. */
  readonly seconds: number;
  /** Of the run that is not counted and tells how many requests take that long. */
  readonly warmUpRequests: number;
}

interface RespRun extends RedisAnswer {
  readonly cpuUs: number;
  readonly busy: number;
}

interface RespSubject {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  readonly command: readonly string[];
  /** How many of these commands it has carried out; left out where it does not tell. */
  counted?(): Promise<number>;
}

interface RespSeries {
  readonly subject: RespSubject;
  readonly pipelined: number;
  requests: number;
  readonly runs: RespRun[];
}

export async function measureResp(
  report: Report,
  plan: RespPlan,
  { tools, cores }: { tools: Tools; cores: Cores },
): Promise<void> {
  const benchmarkPath = tools.get('redis-benchmark');
  if (benchmarkPath === undefined) return;
  const benchmark = new RedisBenchmark(benchmarkPath, cores.load);
  const respPort = await freePort();
  const argus = await startOurs(cores.server, 'argus', ['--resp-port', String(respPort)]);
  const crabPath = tools.get('throttlecrab-server');
  const crab = crabPath === undefined ? undefined : await startThrottlecrab(crabPath, cores.server);
  const redisPath = tools.get('redis-server');
  const redis = redisPath === undefined ? undefined : await startRedis(redisPath, cores.server);
  try {
    const throttle: RespSubject = {
      name: 'argus, CL.THROTTLE',
      port: respPort,
      pid: argus.pid ?? 0,
      command: ['CL.THROTTLE', SOME_KEY, ...LIMIT],
      counted: () => metric(argus, 'argus_decisions_total'),
    };
    const subjects = [throttle];
    await checkThrottles(report, throttle.name, { port: respPort });
    if (redis !== undefined) {
      const { pid, port } = redis;
      const sha = await loadBucket(port);
      await checkThrottles(report, 'Redis, Lua', { port, sha });
      await checkAlike(report, { port: respPort }, { port, sha });
      subjects.push(
        {
          name: LUA,
          port,
          pid,
          command: ['EVALSHA', sha, '1', SOME_KEY, ...LIMIT],
          counted: () => callsOf(port, 'evalsha'),
        },
        {
          name: 'Redis, INCR',
          port,
          pid,
          command: ['INCR', SOME_KEY.replace('user', 'count')],
          counted: () => callsOf(port, 'incr'),
        },
      );
    }
    if (crab !== undefined) {
      subjects.push({
        name: THROTTLECRAB,
        port: crab.respPort,
        pid: crab.pid,
        command: ['THROTTLE', SOME_KEY, ...LIMIT],
      });
    }
    conclude(report, await runAll({ report, plan, benchmark }, subjects));
  } finally {
    await Promise.all([argus.stop(), redis?.stop(), crab?.stop()]);
  }
}

interface RespBench {
  readonly report: Report;
  readonly plan: RespPlan;
  readonly benchmark: RedisBenchmark;
}

async function runAll(
  bench: RespBench,
  subjects: readonly RespSubject[],
): Promise<readonly RespSeries[]> {
  const { rounds, seconds, warmUpRequests } = bench.plan;
  const all: RespSeries[] = [];
  for (const [pipelined] of LEAST_OVER_LUA) {
    const series = subjects.map((subject): RespSeries => {
      return { subject, pipelined, requests: warmUpRequests, runs: [] };
    });
    for (const one of series) {
      // As long for the fast as for the slow.
      const { perSecond } = await runOnce(bench, one);
      one.requests = Math.max(warmUpRequests, Math.round((perSecond * seconds) / 1_000) * 1_000);
    }
    for (const round of range(rounds)) {
      for (const one of round % 2 === 0 ? series : series.toReversed()) {
        one.runs.push(await runOnce(bench, one));
      }
    }
    all.push(...series);
  }
  return all;
}

async function runOnce(
  { report, benchmark }: RespBench,
  { subject, pipelined, requests }: RespSeries,
): Promise<RespRun> {
  const { name, port, pid, command } = subject;
  const counted = await subject.counted?.();
  const { answer, cpuS } = await alone(pid, async () => {
    const before = cpuSeconds(pid);
    const answer = await benchmark.run({ port, command, requests, pipelined });
    return { answer, cpuS: cpuSeconds(pid) - before };
  });
  const did = ((await subject.counted?.()) ?? requests) - (counted ?? 0);
  // It fills its last pipelines, whatever it was told.
  const most = requests + CONNECTIONS * pipelined;
  const is = `${requests} were asked for, ${did} are counted`;
  report.check(did >= requests && did <= most, `${name}, -P ${pipelined}: ${is}`);
  const busy = cpuS / (requests / answer.perSecond);
  return { ...answer, cpuUs: (cpuS / did) * 1e6, busy };
}

function conclude(report: Report, all: readonly RespSeries[]): void {
  report.table('The Redis protocol, redis-benchmark, 50 connections, 100,000 keys', all.map(rowOf));
  for (const [pipelined, least] of LEAST_OVER_LUA) {
    const alike = all.filter((one) => one.pipelined === pipelined);
    const [ours] = alike;
    const lua = alike.find(({ subject }) => subject.name === LUA);
    const crab = alike.find(({ subject }) => subject.name === THROTTLECRAB);
    if (ours === undefined) continue;
    if (lua !== undefined) {
      report.goal({
        words: `commands a second over Redis with a bucket in Lua, -P ${pipelined}`,
        value: ratio(ours, lua, (run) => run.perSecond),
        least,
      });
    }
    if (crab !== undefined && pipelined === 1) {
      concludeThrottlecrab(report, '-P 1', {
        rate: ratio(ours, crab, (run) => run.perSecond),
        leastRate: LEAST_RATE_OVER_THROTTLECRAB,
        p99: ratio(ours, crab, (run) => run.p99Ms),
        mostP99: MOST_P99_OVER_THROTTLECRAB,
      });
    }
  }
}

function ratio(over: RespSeries, under: RespSeries, value: (run: RespRun) => number): number {
  return medianRatio(over.runs.map(value), under.runs.map(value));
}

function rowOf({ subject, pipelined, runs }: RespSeries): Row {
  const of = (value: (run: RespRun) => number): number => median(runs.map(value));
  return {
    '-P': pipelined,
    server: subject.name,
    'a second': of((run) => run.perSecond),
    'CPU us each': of((run) => run.cpuUs),
    'core busy %': of((run) => run.busy) * 100,
    'p50 ms': of((run) => run.p50Ms),
    'p99 ms': of((run) => run.p99Ms),
  };
}
