/**
 * Runs a command as process 1 of a namespace of its own, as a container does: it sees only its own
 * processes, and a signal that it does not listen for does nothing.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const ISOLATED = ['--user', '--map-root-user', '--pid', '--fork', '--mount-proc', '--kill-child'];

/** Whether to skip what needs namespaces. ARGUS_NEEDS_ALL=1 makes that a failure. */
export function hasNoNamespaces(): boolean {
  if (spawnSync('unshare', [...ISOLATED, 'true']).status === 0) return false;
  if (process.env['ARGUS_NEEDS_ALL'] === '1') throw new Error('unshare makes no namespaces');
  console.warn('Skipped: unshare makes no namespaces here');
  return true;
}

export interface ProcessOne {
  readonly port: number;
  /** Both streams so far. */
  output(): string;
  /** The exit code of process 1; resolves when it has ended. */
  readonly ended: Promise<number | null>;
  /** Signals process 1 from outside, as `docker stop` does. */
  signal(signal: NodeJS.Signals): void;
  /** Runs Node in the same container, with the environment that it was started with. */
  exec(...args: readonly string[]): { readonly code: number | null; readonly output: string };
  /** Ends all of it at once. */
  kill(): Promise<void>;
}

/** Starts a command in the project's folder, and waits until it says where it serves. */
export async function startAsProcessOne(
  command: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<ProcessOne> {
  const whole = { PATH: process.env['PATH'] ?? '', HOME: '/', ...env };
  const child = spawn('unshare', [...ISOLATED, '--', ...command], { cwd: ROOT, env: whole });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = once(child, 'close').then(([code]) => code as number | null);
  const one = () => childOf(child.pid as number);
  const inside = (): readonly string[] => [
    ...['--target', String(one()), '--user', '--pid', '--mount', '--preserve-credentials'],
    ...[`--wdns=${ROOT}`, '--'],
  ];
  for (;;) {
    const port = /serving on http:\/\/\S+:(\d+)/.exec(output)?.[1];
    if (port !== undefined) {
      return {
        port: Number(port),
        output: () => output,
        ended,
        signal: (signal) => process.kill(one(), signal),
        exec: (...args) => {
          const options = { env: whole, encoding: 'utf8' } as const;
          const ran = spawnSync('nsenter', [...inside(), process.execPath, ...args], options);
          return { code: ran.status, output: ran.stdout + ran.stderr };
        },
        kill: async () => {
          child.kill('SIGKILL');
          await ended;
        },
      };
    }
    if (child.exitCode !== null) throw new Error(`It did not start:\n${output}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function childOf(pid: number): number {
  return Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')[0]);
}
