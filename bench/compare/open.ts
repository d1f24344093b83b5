/** How long answers take at half of the highest rate, under a load that does not wait for them. */
import { alone } from '../support/alone.ts';
import { Child } from '../support/child.ts';
import type { Report } from '../support/report.ts';
import type { OpenAnswer, OpenQuestion } from './open-load.ts';
import type { Questions } from './questions.ts';
import type { Cores, Ours } from './web.ts';
import { CONNECTIONS, type WebLoad } from './web-load.ts';

export interface OpenPlan {
  /** To find the highest rate. */
  readonly closedSeconds: number;
  readonly seconds: number;
}

export interface OpenBench {
  readonly report: Report;
  readonly load: WebLoad;
  readonly plan: OpenPlan;
}

const MOST_P99_MS = 1;
const MOST_P999_MS = 3;
const MOST_MS = 20;

export async function measureOpen(
  { report, load, plan }: OpenBench,
  { lane }: Ours,
  { cores, questions: { single } }: { cores: Cores; questions: Questions },
): Promise<void> {
  const { url } = lane;
  const closed = { url, bodies: single, first: 0, seconds: plan.closedSeconds };
  const { answers, seconds } = await alone(lane.pid, () => load.run(closed));
  const perSecond = Math.floor(answers / seconds / 2);
  const child = new Child({ script: new URL('open-load.ts', import.meta.url), core: cores.load });
  try {
    const question = {
      url,
      bodiesFile: single.file,
      connections: CONNECTIONS,
      perSecond,
      seconds: plan.seconds,
    } satisfies OpenQuestion;
    const open = await alone(lane.pid, () => child.ask<OpenAnswer>(question));
    const { refused, failed } = open;
    report.check(refused === 0, `open load: every request is allowed, ${refused} were not`);
    report.check(failed === 0, `open load: every request is answered, ${failed} were not`);
    report.table(`Open load: half of the highest rate for ${plan.seconds} s`, [
      {
        server: lane.name,
        'a second': perSecond,
        'p50 ms': open.p50Ms,
        'p99 ms': open.p99Ms,
        'p99.9 ms': open.p999Ms,
        'most ms': open.mostMs,
        'load late ms': open.lateMs,
      },
    ]);
    for (const [words, value, most] of [
      ['p99', open.p99Ms, MOST_P99_MS],
      ['p99.9', open.p999Ms, MOST_P999_MS],
      ['the longest', open.mostMs, MOST_MS],
    ] as const) {
      report.goal({ words: `${words} in ms, open load at half of the highest rate`, value, most });
    }
  } finally {
    await child.end();
  }
}
