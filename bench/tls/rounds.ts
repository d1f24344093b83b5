/** Asks two servers by turns, and says what the one costs beside the other. */
import type { GrpcAnswer, GrpcQuestion } from '../grpc/load.ts';
import type { Child } from '../support/child.ts';
import type { Report } from '../support/report.ts';
import { median, medianRatio, range } from '../support/statistics.ts';

export interface TlsPlan {
  readonly rounds: number;
  readonly seconds: number;
  readonly keys: number;
}

export interface TlsServer {
  readonly name: string;
  readonly pid: number;
  readonly port: number;
  /** Left out where it is asked without TLS. */
  readonly ca?: string;
}

export interface Pairing {
  readonly words: GrpcQuestion['words'];
  readonly connections: number;
  /** Calls of one connection, over gRPC alone. */
  readonly inFlight: number;
  /** Ours, over TLS. */
  readonly ours: TlsServer;
  readonly other: TlsServer;
}

interface Run {
  readonly perSecond: number;
  readonly p99Ms: number;
  /** Of the server's process, a decision. */
  readonly cpuUs: number;
}

export interface Ratios {
  /** The rate of ours over that of the other. */
  readonly rate: number;
  /** The CPU of the other over that of ours. */
  readonly cpu: number;
}

export async function measurePair(
  parts: { readonly report: Report; readonly load: Child; readonly plan: TlsPlan },
  pairing: Pairing,
): Promise<Ratios> {
  const { report, plan } = parts;
  const series = [pairing.ours, pairing.other].map((server) => ({ server, runs: [] as Run[] }));
  // Not counted: code is being compiled.
  for (const { server } of series) await runOnce(parts, pairing, server);
  for (const round of range(plan.rounds)) {
    for (const { server, runs } of round % 2 === 0 ? series : series.toReversed()) {
      runs.push(await runOnce(parts, pairing, server));
    }
  }
  const { words, connections, inFlight } = pairing;
  report.table(
    `${words}, ${connections} connections, ${inFlight} in flight`,
    series.map(({ server, runs }) => ({
      server: server.name,
      'a second': median(runs.map(({ perSecond }) => perSecond)),
      'p99 ms': median(runs.map(({ p99Ms }) => p99Ms)),
      'CPU us': median(runs.map(({ cpuUs }) => cpuUs)),
    })),
  );
  const [ours = [], other = []] = series.map(({ runs }) => runs);
  const of = (runs: readonly Run[], what: keyof Run) => runs.map((run) => run[what]);
  return {
    rate: medianRatio(of(ours, 'perSecond'), of(other, 'perSecond')),
    cpu: medianRatio(of(other, 'cpuUs'), of(ours, 'cpuUs')),
  };
}

async function runOnce(
  { report, load, plan }: { report: Report; load: Child; plan: TlsPlan },
  { words, connections, inFlight }: Pairing,
  { name, pid, port, ca }: TlsServer,
): Promise<Run> {
  const { keys, seconds } = plan;
  const asked = { port, pid, words, connections, inFlight, keys, seconds };
  const question: GrpcQuestion = ca === undefined ? asked : { ...asked, ca };
  const answer = await load.ask<GrpcAnswer>(question);
  const decisions = answer.allowed + answer.denied;
  report.check(decisions > 0, `${name}, ${words}: there are answers`);
  report.check(answer.wrong === 0, `${name}, ${words}: ${answer.wrong} answers are none`);
  return {
    perSecond: decisions / answer.seconds,
    p99Ms: answer.p99Ms,
    cpuUs: (answer.cpuSeconds / decisions) * 1e6,
  };
}
