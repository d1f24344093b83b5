/**
 * `npm start` as a supervisor has it: the signal goes to npm alone, and what npm started hears it.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { ask, freshKey, get, members } from '../support/ask.ts';
import { RawClient } from '../support/raw-http.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** Long enough to look at it while it drains. */
const DRAIN_DELAY_MS = 3_000;

/** What runs in a process group of its own, so that nothing of it is left behind. */
const groups: number[] = [];

afterEach(() => {
  for (const group of groups.splice(0)) {
    try {
      process.kill(-group, 'SIGKILL');
    } catch (error) {
      // All of it has ended, as it should.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
});

interface Started {
  readonly child: ChildProcess;
  readonly port: number;
  /** Of the process that serves. */
  readonly pid: number;
}

/** Runs a command that starts the service, and waits until it serves. */
async function start(command: string, args: readonly string[]): Promise<Started> {
  const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '' };
  const child = spawn(command, args, { cwd: ROOT, env, detached: true });
  groups.push(child.pid as number);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  for (;;) {
    const port = /serving on http:\/\/\S+?:(\d+)/.exec(output)?.[1];
    if (port !== undefined) return { child, port: Number(port), pid: listenerOf(child) };
    if (child.exitCode !== null) throw new Error(`It did not start:\n${output}`);
    await sleep(20);
  }
}

/** The last in the line of children that begins with this process. */
function listenerOf(child: ChildProcess): number {
  let pid = child.pid as number;
  for (;;) {
    const next = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0];
    if (next === undefined || next === '') return pid;
    pid = Number(next);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function untilRefused(port: number): Promise<void> {
  for (;;) {
    const client = await RawClient.connect(port).catch(() => null);
    if (client === null) return;
    client.destroy();
    await sleep(10);
  }
}

const FLAGS = ['--host', '127.0.0.1', '--port', '0', '--resp-port', '0', '--threads', '1'];
const DRAIN = ['--drain-delay-ms', String(DRAIN_DELAY_MS)];

/**
 * It is told to end: it goes on serving, not ready, and then it is gone with all that it opened.
 */
async function expectDrain({ child, port, pid }: Started): Promise<void> {
  const ended = once(child, 'exit');
  const told = performance.now();
  child.kill('SIGTERM');
  while ((await get({ port }, '/readyz')).status !== 503) await sleep(10);
  const answer = await ask({ port }, { key: freshKey(), capacity: 5, interval: 60 });
  expect(members(answer)).toMatchObject({ allowed: true, remaining: 4 });
  expect(await ended).toEqual([0, null]);
  expect(performance.now() - told).toBeGreaterThanOrEqual(DRAIN_DELAY_MS);
  await untilRefused(port);
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
}

test.skipIf(process.platform !== 'linux')('SIGTERM to npm alone drains the service', async () => {
  const started = await start('npm', ['start', '--', ...FLAGS, ...DRAIN]);
  expect(started.pid).not.toBe(started.child.pid);
  await expectDrain(started);
});
