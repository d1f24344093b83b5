/**
 * What a decision costs right after a start, beside what it costs once the service has served a
 * while. It is started anew for each round: what has run once in a process is not new any more.
 */
import { startOurs } from '../http/servers.ts';
import { alone } from '../support/alone.ts';
import { cpuSeconds } from '../support/proc.ts';
import type { Report } from '../support/report.ts';
import { median, medianRatio, range } from '../support/statistics.ts';
import type { Questions } from './questions.ts';
import type { WebLoad } from './web-load.ts';

export interface FirstSecondPlan {
  readonly rounds: number;
  /** Between the first second and the last. */
  readonly between: number;
}

export interface FirstSecondBench {
  readonly report: Report;
  readonly load: WebLoad;
  readonly plan: FirstSecondPlan;
}

const MOST_CPU_OVER_LATER = 1.2;

export async function measureFirstSecond(
  { report, load, plan }: FirstSecondBench,
  core: number | undefined,
  { single }: Questions,
): Promise<void> {
  const [first, later]: [Second[], Second[]] = [[], []];
  const startMs: number[] = [];
  for (const round of range(plan.rounds)) {
    const beganMs = performance.now();
    const server = await startOurs(core, 'argus');
    startMs.push(performance.now() - beganMs);
    try {
      const ask = async (seconds: number): Promise<Second> => {
        const first = Math.floor((single.count * round) / plan.rounds);
        const { answers, p99Ms, cpuS } = await alone(server.pid, async () => {
          const before = cpuSeconds(server.pid ?? 0);
          const answer = await load.run({ url: server.url, bodies: single, first, seconds });
          return { ...answer, cpuS: cpuSeconds(server.pid ?? 0) - before };
        });
        report.check(answers > 0, 'there are answers right after a start');
        return { us: (cpuS / answers) * 1e6, p99Ms };
      };
      first.push(await ask(1));
      if (plan.between > 0) await ask(plan.between);
      later.push(await ask(1));
    } finally {
      await server.stop();
    }
  }
  report.table(`A start, ${median(startMs).toFixed(0)} ms in the median, and what follows`, [
    rowOf('the first second', first),
    rowOf(`after ${plan.between} s more`, later),
  ]);
  report.goal({
    words: 'CPU time a decision in the first second over that in the tenth',
    value: medianRatio(
      first.map(({ us }) => us),
      later.map(({ us }) => us),
    ),
    most: MOST_CPU_OVER_LATER,
  });
}

interface Second {
  /** CPU time a decision. */
  readonly us: number;
  readonly p99Ms: number;
}

function rowOf(when: string, seconds: readonly Second[]) {
  return {
    when,
    'CPU us each': median(seconds.map(({ us }) => us)),
    'p99 ms': median(seconds.map(({ p99Ms }) => p99Ms)),
  };
}
