/** Whether the servers that are compared do at all what they are compared in: allow, and limit. */
import { connect } from 'node:net';
import { LIMITS_PATH } from '../../src/contract/paths.ts';
import { requestBytes } from '../http/servers.ts';
import type { Report } from '../support/report.ts';
import { range } from '../support/statistics.ts';
import { BATCH, CAPACITY, question } from './questions.ts';
import { type Contender, decisionsOf } from './web-rounds.ts';

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

/** Of as many takes as a bucket holds and one more, only the last is denied. */
export async function checkLimits(report: Report, server: Contender): Promise<void> {
  const body = question('spent');
  const takes = CAPACITY + 1;
  const statuses = await counted(report, server, takes, () => statusesOf(server, body, takes));
  const is = `was ${statuses.filter((status) => status !== 200).length} times not`;
  report.check(
    statuses.indexOf(429) === CAPACITY && statuses.lastIndexOf(200) === CAPACITY - 1,
    `${server.name}: take ${takes} alone is denied, ${is} allowed`,
  );
}

export async function checkAnswer(report: Report, server: Contender): Promise<void> {
  const { status, body } = await ask(server.url, question('first'));
  const isAllowed = (body as { allowed?: unknown } | null)?.allowed === true;
  const is = `was ${status} ${JSON.stringify(body)}`;
  report.check(status === 200 && isAllowed, `${server.name}: a first take is allowed, ${is}`);
}

/** A batch is decided item by item, in order: half of it fits into the bucket. */
export async function checkBatch(report: Report, server: Contender): Promise<void> {
  const half = BATCH / 2;
  const body = `[${range(BATCH).map(() => question('batch', half))}]`;
  const answer = await counted(report, server, BATCH, () => ask(batchUrl(server), body));
  const allowed = (answer.body as { allowed: boolean }[]).map((one) => one.allowed);
  report.check(
    allowed.length === BATCH && allowed.every((one, i) => one === i < half),
    `${server.name}: the first ${half} of ${BATCH} are allowed, were ${JSON.stringify(answer)}`,
  );
}

/** All are answered before it ends: so ours must have counted as many, and not one more. */
async function counted<T>(
  report: Report,
  server: Contender,
  decisions: number,
  asking: () => Promise<T>,
): Promise<T> {
  const before = await decisionsOf(server);
  const answers = await asking();
  if (server.isOurs) {
    const more = (await decisionsOf(server)) - before;
    const is = `${decisions} decisions were asked for, ${more} are counted`;
    report.check(more === decisions, `${server.name}: ${is}`);
  }
  return answers;
}

export function batchUrl(server: Contender): string {
  return new URL(LIMITS_PATH, server.url).href;
}

/** Asks the same over one connection, again and again. Every answer is an object in JSON. */
function statusesOf(server: Contender, body: string, times: number): Promise<readonly number[]> {
  const request = requestBytes(server, body);
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    const statuses: number[] = [];
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.write(request));
    socket.setEncoding('latin1').on('data', (chunk: string) => {
      answer += chunk;
      if (!answer.endsWith('}')) return;
      statuses.push(Number(answer.split(' ', 2)[1]));
      answer = '';
      if (statuses.length < times) socket.write(request);
      else socket.destroy();
    });
    socket.on('error', reject).on('close', () => resolve(statuses));
    socket.setTimeout(5_000, () => socket.destroy());
  });
}

async function ask(url: string, body: string): Promise<Answer> {
  const headers = { 'Content-Type': 'application/json' };
  const response = await fetch(url, { method: 'POST', headers, body });
  return { status: response.status, body: await response.json() };
}
