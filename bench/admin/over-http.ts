/**
 * What a decision over HTTP costs with an admin port, beside one without, and with ten who listen
 * to events, on the same core.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../test/support/free-port.ts';
import type { LoadAnswer } from '../http/load.ts';
import { type Server, startOurs } from '../http/servers.ts';
import { LIVE } from '../http/workloads.ts';
import { Child } from '../support/child.ts';
import { randomKey } from '../support/keys.ts';
import { allowedCores } from '../support/pinned.ts';
import { cpuSeconds } from '../support/proc.ts';
import type { Report } from '../support/report.ts';
import { median, medianRatio, range } from '../support/statistics.ts';
import { ADMIN_TOKEN, Listeners } from './listeners.ts';
import { zipfIndexes } from './zipf.ts';

export interface OverHttpPlan {
  readonly keys: number;
  readonly rounds: number;
  readonly mostRequests: number;
  readonly mostSeconds: number;
}

const [serverCore, loadCore = serverCore] = allowedCores();

export async function measureOverHttp(report: Report, plan: OverHttpPlan): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'argus-bench-'));
  const bodiesFile = join(folder, 'bodies');
  writeFileSync(bodiesFile, bodiesOf(plan));
  const load = new Child({ script: new URL('../http/load.ts', import.meta.url), core: loadCore });
  const servers: Server[] = [];
  let listeners: Listeners | null = null;
  try {
    const [port, heard] = [await freePort(), await freePort()];
    servers.push(await startOurs(serverCore, 'without an admin port'));
    servers.push(await startOurs(serverCore, 'with one', adminFlags(port)));
    servers.push(await startOurs(serverCore, 'with ten who listen', adminFlags(heard)));
    listeners = await Listeners.open(heard, 10);
    const series = servers.map((server) => ({ server, cpuUs: [] as number[] }));
    const ask = (server: Server) => cpuUsEach({ report, load, server, bodiesFile, plan });
    // Not counted: code is being compiled, and the keys come in.
    for (const { server } of series) await ask(server);
    for (const round of range(plan.rounds)) {
      const turn = round % 2 === 0 ? series : series.toReversed();
      for (const { server, cpuUs } of turn) cpuUs.push(await ask(server));
    }
    const [without = [], beside = [], listened = []] = series.map(({ cpuUs }) => cpuUs);
    const rows = series.map(({ server, cpuUs }) => ({
      server: server.name,
      'CPU us': median(cpuUs),
    }));
    report.table(`Over HTTP, ${plan.keys} keys by Zipf 1.1`, rows);
    const words = 'CPU a decision with an admin port over one without';
    report.goal({ words, value: medianRatio(beside, without), most: 1.02 });
    report.goal({
      words: 'CPU a decision with ten open event streams over none',
      value: medianRatio(listened, beside),
      most: 1.01,
    });
    report.check(listeners.leastHeard > 1, 'all who listen are told how things are');
  } finally {
    listeners?.close();
    await Promise.all([load.end(), ...servers.map((server) => server.stop())]);
    rmSync(folder, { recursive: true, force: true });
  }
}

function adminFlags(port: number): readonly string[] {
  return ['--admin-token', ADMIN_TOKEN, '--admin-port', String(port)];
}

function bodiesOf({ keys, mostRequests }: OverHttpPlan): string {
  const next = zipfIndexes(4, keys);
  // Enough tokens for the first key too.
  const limit = { capacity: 100_000_000, interval: LIVE.interval, unit: 's' };
  const line = () => `${JSON.stringify({ key: randomKey(next()), ...limit })}\n`;
  return range(mostRequests).map(line).join('');
}

async function cpuUsEach(bench: {
  readonly report: Report;
  readonly load: Child;
  readonly server: Server;
  readonly bodiesFile: string;
  readonly plan: OverHttpPlan;
}): Promise<number> {
  const { report, load, server, bodiesFile, plan } = bench;
  const { mostRequests, mostSeconds } = plan;
  const pid = server.pid ?? Number.NaN;
  const before = cpuSeconds(pid);
  const question = {
    url: server.url,
    workload: LIVE,
    run: 0,
    bodiesFile,
    mostRequests,
    mostSeconds,
  };
  const { answers, allowed } = await load.ask<LoadAnswer>(question);
  report.check(answers > 0 && allowed === answers, `${server.name}: all are answered and allowed`);
  return ((cpuSeconds(pid) - before) / answers) * 1e6;
}
