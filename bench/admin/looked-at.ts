/**
 * What those who ask notice of operators who look: one service is asked while its keys are told
 * page by page, while a profile of it is taken, and while nobody looks, in turn.
 */
import { freePort } from '../../test/support/free-port.ts';
import type { LoadAnswer, LoadQuestion } from '../snapshot/load-side.ts';
import { pinDecider, startPinned } from '../snapshot/pinned-service.ts';
import { Child } from '../support/child.ts';
import { allowedCores } from '../support/pinned.ts';
import type { Report } from '../support/report.ts';
import { median, medianRatio, quantile } from '../support/statistics.ts';
import { ADMIN_TOKEN } from './listeners.ts';

export interface LookedAtPlan {
  readonly keys: number;
  readonly rounds: number;
  /** Of a round of each kind; a profile is a second shorter. */
  readonly seconds: number;
}

const PAGE = 1_000;
const MOST_PAGE_MS = 50;
const MOST_HOLD_MS = 0.2;

/** Asks the admin port. */
type Ask = (path: string) => Promise<Response>;

/** What is done meanwhile, until the load is over. */
type Look = (ask: Ask, isOver: () => boolean, plan: LookedAtPlan) => Promise<void>;

export async function measureLookedAt(report: Report, plan: LookedAtPlan): Promise<void> {
  const [decider, others = decider] = allowedCores();
  const script = new URL('../snapshot/load-side.ts', import.meta.url);
  const load = new Child({ script, core: others });
  const port = await freePort();
  const flags = ['--admin-port', String(port), '--admin-token', ADMIN_TOKEN];
  const keys = ['--max-keys', String(plan.keys)];
  const service = await startPinned({ decider, others }, [...flags, ...keys]);
  const ask: Ask = (path) =>
    fetch(`http://127.0.0.1:${port}${path}`, {
      headers: { Authorization: `Bearer ${ADMIN_TOKEN}` },
    });
  const question = { port: service.port, keys: plan.keys };
  const answersTo = (seconds: LoadQuestion['seconds']) =>
    load.ask<LoadAnswer>({ ...question, seconds } satisfies LoadQuestion);
  try {
    await pinDecider(service, { decider, others }, () => answersTo('once'));
    await measurePages(report, ask, plan);
    const looks = looksFor();
    const seen = looks.map(({ name }) => ({ name, answers: [] as LoadAnswer[] }));
    for (let round = -1; round < plan.rounds; round++) {
      for (const [i, { look }] of looks.entries()) {
        let isOver = false;
        const answering = answersTo(plan.seconds).finally(() => {
          isOver = true;
        });
        await look(ask, () => isOver, plan);
        const answer = await answering;
        report.check(answer.wrong === 0, `${answer.wrong} answers were no 200`);
        // Not counted: code is being compiled.
        if (round >= 0) seen[i]?.answers.push(answer);
      }
    }
    conclude(report, plan, seen);
    await concludeHolds(report, ask);
  } finally {
    await Promise.all([load.end(), service.stop()]);
  }
}

function looksFor(): readonly { readonly name: string; readonly look: Look }[] {
  return [
    { name: 'nobody looks', look: async () => undefined },
    {
      name: 'pages of keys',
      look: async (ask, isOver) => {
        let cursor: string | null = null;
        while (!isOver()) cursor = (await page(ask, cursor)).cursor;
      },
    },
    {
      name: 'a CPU profile',
      look: async (ask, _isOver, { seconds }) => {
        await (await ask(`/debug/pprof/profile?seconds=${seconds - 1}`)).bytes();
      },
    },
    {
      name: 'a profile of allocations',
      look: async (ask, _isOver, { seconds }) => {
        await (await ask(`/debug/pprof/allocs?seconds=${seconds - 1}`)).bytes();
      },
    },
  ];
}

interface Page {
  readonly keys: readonly unknown[];
  readonly cursor: string | null;
}

async function page(ask: Ask, cursor: string | null): Promise<Page> {
  const from = cursor === null ? '' : `&cursor=${cursor}`;
  const response = await ask(`/v1/keys?limit=${PAGE}${from}`);
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  return (await response.json()) as Page;
}

/** All pages, while nobody asks for anything else. */
async function measurePages(report: Report, ask: Ask, { keys }: LookedAtPlan): Promise<void> {
  const times: number[] = [];
  let [told, cursor]: [number, string | null] = [0, null];
  do {
    const began = performance.now();
    const read = await page(ask, cursor);
    times.push(performance.now() - began);
    told += read.keys.length;
    cursor = read.cursor;
  } while (cursor !== null);
  report.check(told === keys, `${told} of ${keys} keys were told`);
  const [p50, p99] = [median(times), quantile(times, 0.99)];
  report.table(`Pages of ${PAGE} of ${keys} keys`, [
    { pages: times.length, 'p50, ms': p50, 'p99, ms': p99 },
  ]);
  report.goal({ words: `a page of ${PAGE} of ${keys} keys, ms`, value: p50, most: MOST_PAGE_MS });
}

async function concludeHolds(report: Report, ask: Ask): Promise<void> {
  const { threads } = (await (await ask('/v1/threads')).json()) as {
    readonly threads: readonly { kind: string; lockSeconds?: { p99AtMost?: number | null } }[];
  };
  const holds = threads.find(({ kind }) => kind === 'keys')?.lockSeconds;
  const value = (holds?.p99AtMost ?? Number.NaN) * 1_000;
  report.goal({ words: 'a page holds a shard, ms, p99 at most', value, most: MOST_HOLD_MS });
}

function conclude(
  report: Report,
  { keys }: LookedAtPlan,
  seen: readonly { readonly name: string; readonly answers: readonly LoadAnswer[] }[],
): void {
  const [base = []] = seen.map(({ answers }) => answers);
  const rates = (answers: readonly LoadAnswer[]) =>
    answers.map(({ decisions, seconds }) => decisions / seconds);
  const p99s = (answers: readonly LoadAnswer[]) => answers.map(({ p99 }) => p99);
  const rows = seen.map(({ name, answers }) => ({
    meanwhile: name,
    'decisions/s': median(rates(answers)),
    'beside nobody': medianRatio(rates(answers), rates(base)),
    'p99, ms': median(p99s(answers)),
    'p99 beside nobody': medianRatio(p99s(answers), p99s(base)),
    'longest, ms': median(answers.map(({ longest }) => longest)),
  }));
  report.table(`Batches of 100 of ${keys} keys, while somebody looks`, rows);
}
