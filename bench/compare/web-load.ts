/**
 * The load over HTTP, on a core of its own: wrk, which can keep a server's core busy, or, where it
 * is not there, autocannon, which cannot.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { LoadAnswer, LoadQuestion } from '../http/load.ts';
import type { Workload } from '../http/workloads.ts';
import { Child } from '../support/child.ts';
import { pinnedTo } from '../support/pinned.ts';
import { sum } from '../support/statistics.ts';
import { type Bodies, CAPACITY, INTERVAL_S } from './questions.ts';

export const CONNECTIONS = 50;

export interface WebQuestion {
  readonly url: string;
  readonly bodies: Bodies;
  /** The body to begin with; the others follow, round and round. */
  readonly first: number;
  readonly seconds: number;
}

export interface WebAnswer {
  readonly answers: number;
  readonly seconds: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** NaN where the load does not tell. */
  readonly p999Ms: number;
  /** Answers that are not 2xx. */
  readonly refused: number;
  /** Requests without an answer. */
  readonly failed: number;
}

export interface WebLoad {
  /** Whether it can ask more than the servers can answer. */
  readonly isFast: boolean;
  run(question: WebQuestion): Promise<WebAnswer>;
  end(): Promise<void>;
}

export function webLoad(wrk: string | undefined, core: number | undefined): WebLoad {
  return wrk === undefined ? autocannonLoad(core) : wrkLoad(wrk, core);
}

export const WRK_SCRIPT: string = fileURLToPath(new URL('wrk.lua', import.meta.url));
export const START_AND_END_MS = 20_000;

function wrkLoad(wrk: string, core: number | undefined): WebLoad {
  const run = async ({ url, bodies, first, seconds }: WebQuestion): Promise<WebAnswer> => {
    const flags = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', WRK_SCRIPT, url];
    const path = new URL(url).pathname;
    const command = [...pinnedTo(core), wrk, ...flags, '--', bodies.file, path, String(first)];
    const output = await outputOf(command, seconds * 1_000 + START_AND_END_MS);
    return JSON.parse(output.trimEnd().split('\n').at(-1) ?? '') as WebAnswer;
  };
  return { isFast: true, run, end: async () => undefined };
}

/** What a command prints. Rejects where it fails, and ends it where it takes too long. */
export async function outputOf(command: readonly string[], mostMs: number): Promise<string> {
  const child = spawn(command[0] as string, command.slice(1), {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: mostMs,
    killSignal: 'SIGKILL',
  });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text;
  });
  const [code, signal] = await once(child, 'close');
  if (code === 0) return output;
  throw new Error(`${command.join(' ')} ended with ${code ?? signal}:\n${output}${errors}`);
}

const AUTOCANNON_REQUESTS_A_SECOND = 50_000;

function autocannonLoad(core: number | undefined): WebLoad {
  const child = new Child({ script: new URL('../http/load.ts', import.meta.url), core });
  const workload: Workload = {
    name: 'compare',
    connections: CONNECTIONS,
    keys: 'live',
    capacity: CAPACITY,
    interval: INTERVAL_S,
  };
  const run = async ({ url, bodies, seconds }: WebQuestion): Promise<WebAnswer> => {
    const question: LoadQuestion = {
      url,
      workload,
      run: 0,
      bodiesFile: bodies.file,
      mostRequests: AUTOCANNON_REQUESTS_A_SECOND * seconds,
      mostSeconds: seconds,
    };
    const { denied, unexpected, ...answer } = await child.ask<LoadAnswer>(question);
    const failed = unexpected[0] ?? 0;
    const p999Ms = Number.NaN;
    return { ...answer, p999Ms, refused: denied + sum(Object.values(unexpected)) - failed, failed };
  };
  return { isFast: false, run, end: () => child.end() };
}
