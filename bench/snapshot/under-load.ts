/**
 * What snapshots take from those who ask meanwhile: two services that know as many keys, one of
 * which writes snapshots, are asked in turn. Their deciders are on one core, all else on the other.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Service } from '../../test/support/service.ts';
import { Child } from '../support/child.ts';
import { allowedCores } from '../support/pinned.ts';
import type { Report, Row } from '../support/report.ts';
import { median, medianRatio } from '../support/statistics.ts';
import type { LoadAnswer, LoadQuestion } from './load-side.ts';
import { type Cores, pinDecider, startPinned } from './pinned-service.ts';

export interface UnderLoadPlan {
  readonly keys: number;
  readonly rounds: number;
  readonly seconds: number;
  /** Between two snapshots: the default, and one that writes almost without rest. */
  readonly intervalsMs: readonly number[];
}

const LEAST_RATE = 0.95;
const MOST_P99 = 1.3;

export async function measureUnderLoad(report: Report, plan: UnderLoadPlan): Promise<void> {
  const [decider, others = decider] = allowedCores();
  const cores = { decider, others };
  const folder = mkdtempSync(join(tmpdir(), 'argus-bench-snapshot-'));
  const script = new URL('./load-side.ts', import.meta.url);
  const load = new Child({ script, core: others });
  try {
    for (const intervalMs of plan.intervalsMs) {
      const snapshot = ['--snapshot', join(folder, `${intervalMs}`)];
      const every = ['--snapshot-interval-ms', String(intervalMs)];
      await measureOne({ report, plan, load, cores, intervalMs }, [...snapshot, ...every]);
    }
  } finally {
    await load.end();
    rmSync(folder, { recursive: true });
  }
}

interface Scene {
  readonly report: Report;
  readonly plan: UnderLoadPlan;
  readonly load: Child;
  readonly cores: Cores;
  readonly intervalMs: number;
}

async function measureOne(scene: Scene, snapshot: readonly string[]): Promise<void> {
  const { report, plan, intervalMs } = scene;
  const keys = ['--max-keys', String(plan.keys)];
  const services = [
    await startPinned(scene.cores, keys),
    await startPinned(scene.cores, [...keys, ...snapshot]),
  ] as const;
  try {
    for (const service of services) {
      await pinDecider(service, scene.cores, () => ask(scene, service, 'once'));
    }
    const [without, withIt] = [[] as LoadAnswer[], [] as LoadAnswer[]];
    for (let round = 0; round < plan.rounds; round++) {
      without.push(await ask(scene, services[0], plan.seconds));
      withIt.push(await ask(scene, services[1], plan.seconds));
    }
    const written = await writtenBy(services[1]);
    report.check(written > 0, 'snapshots were written under load');
    const rates = (answers: readonly LoadAnswer[]) =>
      answers.map(({ decisions, seconds }) => decisions / seconds);
    const p99s = (answers: readonly LoadAnswer[]) => answers.map(({ p99 }) => p99);
    const row = (side: string, answers: readonly LoadAnswer[], snapshots: number): Row => ({
      side,
      'decisions/s': median(rates(answers)),
      'p50, ms': median(answers.map(({ p50 }) => p50)),
      'p99, ms': median(p99s(answers)),
      snapshots,
    });
    const title = `Batches of 100 of ${plan.keys} keys, a snapshot every ${intervalMs} ms`;
    report.table(title, [row('without', without, 0), row('with', withIt, written)]);
    const rate = medianRatio(rates(withIt), rates(without));
    const p99 = medianRatio(p99s(withIt), p99s(without));
    const words = `a snapshot every ${intervalMs} ms, beside none`;
    report.goal({ words: `${words}: decisions a second`, value: rate, least: LEAST_RATE });
    report.goal({ words: `${words}: p99`, value: p99, most: MOST_P99 });
  } finally {
    await Promise.all(services.map((service) => service.stop()));
  }
}

async function ask(
  { report, plan, load }: Scene,
  { port }: Service,
  seconds: LoadQuestion['seconds'],
): Promise<LoadAnswer> {
  const question: LoadQuestion = { port, keys: plan.keys, seconds };
  const answer = await load.ask<LoadAnswer>(question);
  report.check(answer.wrong === 0, `${answer.wrong} answers were no 200`);
  return answer;
}

async function writtenBy({ url }: Service): Promise<number> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return Number(/^argus_snapshots_total\{outcome="written"\} (\d+)$/m.exec(text)?.[1]);
}
