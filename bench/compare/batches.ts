/** Batches of 100 questions in a request beside single ones, over the same keys. */
import type { Questions } from './questions.ts';
import type { Ours } from './web.ts';
import { batchUrl, checkBatch } from './web-checks.ts';
import { ratio, rowOf, runInTurn, type WebBench, type WebSeries } from './web-rounds.ts';

const LEAST_OVER_SINGLE = 6;

export async function measureBatches(
  bench: WebBench,
  { lane, laneOff }: Ours,
  { single, batches }: Questions,
): Promise<void> {
  await checkBatch(bench.report, lane);
  const batch: WebSeries = {
    name: 'argus, batches of 100',
    server: lane,
    url: batchUrl(lane),
    bodies: batches,
    runs: [],
  };
  const singles = [lane, laneOff].map(
    (server): WebSeries => ({
      name: server.name,
      server,
      url: server.url,
      bodies: single,
      runs: [],
    }),
  );
  await runInTurn(bench, [batch, ...singles]);
  bench.report.table('Batches over HTTP, 50 connections', [batch, ...singles].map(rowOf));
  const over = (other: WebSeries) => ratio(batch, other, (run) => run.decisionsACpuSecond);
  bench.report.table(
    'Decisions a CPU second, batches over single requests',
    singles.map((other) => ({ over: other.name, ratio: over(other) })),
  );
  bench.report.goal({
    words: 'decisions a CPU second, batches of 100 over single requests',
    value: over(singles[0] as WebSeries),
    least: LEAST_OVER_SINGLE,
  });
}
