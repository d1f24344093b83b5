/** throttlecrab, a limiter in Rust with both ways of asking: one process, on the servers' core. */
import { freePort } from '../../test/support/free-port.ts';
import { pinnedTo } from '../support/pinned.ts';
import type { Report } from '../support/report.ts';
import { range } from '../support/statistics.ts';
import { type Program, startProgram } from './program.ts';

export interface Throttlecrab extends Program {
  /** Where it is asked over HTTP. */
  readonly url: string;
  readonly respPort: number;
}

const FEW = 3;
const SECONDS = 3_600;

export async function startThrottlecrab(
  path: string,
  core: number | undefined,
): Promise<Throttlecrab> {
  const [httpPort, respPort] = [await freePort(), await freePort()];
  const http = ['--http', '--http-host', '127.0.0.1', '--http-port', String(httpPort)];
  const resp = ['--redis', '--redis-host', '127.0.0.1', '--redis-port', String(respPort)];
  const command = [...pinnedTo(core), path, ...http, ...resp, '--log-level', 'error'];
  const program = await startProgram(command, httpPort);
  return { ...program, url: `http://127.0.0.1:${httpPort}/throttle`, respPort };
}

/** The same question as question() asks, in its words. */
export function throttlecrabQuestion(key: string, capacity: number, seconds: number): string {
  return JSON.stringify({
    key,
    max_burst: capacity,
    count_per_period: capacity,
    period: seconds,
    quantity: 1,
  });
}

/** Our rate and our p99 over its own, and what they are to be. */
export interface BesideThrottlecrab {
  readonly rate: number;
  readonly leastRate: number;
  readonly p99: number;
  readonly mostP99: number;
}

/** `how` it was asked. */
export function concludeThrottlecrab(
  report: Report,
  how: string,
  { rate, leastRate, p99, mostP99 }: BesideThrottlecrab,
): void {
  const words = `over throttlecrab's on one core, ${how}`;
  report.goal({ words: `decisions a second ${words}`, value: rate, least: leastRate });
  report.goal({ words: `p99 ${words}`, value: p99, most: mostP99 });
}

/** Of more takes than a bucket holds some are allowed, and the last is not. */
export async function checkThrottlecrab(report: Report, url: string): Promise<void> {
  const body = throttlecrabQuestion('spent', FEW, SECONDS);
  const headers = { 'Content-Type': 'application/json' };
  const allowed: boolean[] = [];
  for (const _ of range(2 * FEW)) {
    const response = await fetch(url, { method: 'POST', headers, body });
    allowed.push(((await response.json()) as { allowed: boolean }).allowed);
  }
  report.check(
    allowed[0] === true && allowed.at(-1) === false,
    `throttlecrab: of ${2 * FEW} takes from ${FEW} the first alone are allowed, were ${allowed}`,
  );
}
