/**
 * An open load: so many requests a second, whether or not the answers keep up, as from users who do
 * not know of each other. A process of its own, with a core for itself: it looks for what is due
 * without ever sleeping.
 *
 * A request that finds all connections busy waits for one, and its time counts from when it was
 * due: a server that stands still for a moment is charged for all who would have asked meanwhile.
 */
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { createHistogram } from 'node:perf_hooks';
import { requestBytes } from '../http/servers.ts';
import { answerWith } from '../support/child.ts';
import { range } from '../support/statistics.ts';

export interface OpenQuestion {
  readonly url: string;
  readonly bodiesFile: string;
  readonly connections: number;
  readonly perSecond: number;
  readonly seconds: number;
}

export interface OpenAnswer {
  readonly answers: number;
  /** Answers that are not 200. */
  readonly refused: number;
  /** Requests without an answer. */
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly p999Ms: number;
  readonly mostMs: number;
  /** The most that this process came too late to send what was due on a free connection. */
  readonly lateMs: number;
}

/** How long the last answers are waited for. */
const GRACE_MS = 5_000;
const OK = ' 200 ';
const STATUS_AT = 'HTTP/1.1'.length;

answerWith<OpenQuestion>(async (question) => {
  const { url, bodiesFile, connections, perSecond, seconds } = question;
  const bodies = readFileSync(bodiesFile, 'latin1').trimEnd().split('\n');
  const requests = bodies.map((body) => requestBytes({ url }, body));
  const latencies = createHistogram();
  let [sent, answers, refused, lateMs] = [0, 0, 0, 0];
  const total = Math.round(perSecond * seconds);
  const free: Socket[] = [];
  const dueMs = new Map<Socket, number>();
  const sockets = await Promise.all(range(connections).map(() => opened(url)));
  for (const socket of sockets) {
    let answer = '';
    socket.setEncoding('latin1').on('data', (text: string) => {
      answer += text;
      if (!answer.endsWith('}')) return;
      const ms = performance.now() - (dueMs.get(socket) ?? 0);
      latencies.record(Math.max(1, Math.round(ms * 1_000)));
      answers++;
      if (!answer.startsWith(OK, STATUS_AT)) refused++;
      answer = '';
      free.push(socket);
    });
    free.push(socket);
  }
  const startMs = performance.now();
  /** Whether all connections were busy when it last looked: what is late is not ours then. */
  let wasBusy = false;
  while (answers < total && performance.now() - startMs < seconds * 1_000 + GRACE_MS) {
    const nowMs = performance.now();
    for (; sent < total && free.length > 0; sent++) {
      const due = startMs + (sent * 1_000) / perSecond;
      if (due > nowMs) break;
      if (!wasBusy) lateMs = Math.max(lateMs, nowMs - due);
      // Each in its turn: one that is never used is told that its request came too late.
      const socket = free.shift() as Socket;
      dueMs.set(socket, due);
      socket.write(requests[sent % requests.length] as string, 'latin1');
    }
    wasBusy = free.length === 0;
    await new Promise(setImmediate);
  }
  for (const socket of sockets) socket.destroy();
  const at = (percent: number) => latencies.percentile(percent) / 1_000;
  return {
    answers,
    refused,
    failed: total - answers,
    p50Ms: at(50),
    p99Ms: at(99),
    p999Ms: at(99.9),
    mostMs: latencies.max / 1_000,
    lateMs,
  } satisfies OpenAnswer;
});

function opened(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect({ port: Number(port), host: hostname, noDelay: true });
    socket.once('connect', () => resolve(socket)).on('error', reject);
  });
}
