/** Starts the service as its users do, in a process of its own on a free port, and stops it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const READY_WITHIN_MS = 20_000;

export interface Service {
  readonly port: number;
  readonly url: string;
  readonly process: ChildProcess;
  /** All that it has printed so far, both streams. */
  output(): string;
  /** Its exit code, or the signal that ended it. Resolves when it has ended. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Sends a signal and waits for the end. */
  stop(signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>;
}

export interface ServiceOptions {
  /** As on the command line. The port is a free one unless it is given here. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What to run instead of src/main.ts. */
  readonly script?: string;
  /** A command to run it under, such as `taskset -c 0`. */
  readonly under?: readonly string[];
}

/** Resolves once the service says where it serves; rejects with its output if it ends before. */
export async function startService(options: ServiceOptions = {}): Promise<Service> {
  const run = runService({
    ...options,
    flags: ['--host', '127.0.0.1', '--port', '0', ...(options.flags ?? [])],
  });
  const port = await servingPort(run);
  const scheme = run.output().includes('serving on https:') ? 'https' : 'http';
  return { ...run, port, url: `${scheme}://127.0.0.1:${port}` };
}

/** Starts it with just these flags and environment, and waits for nothing. */
export function runService(options: ServiceOptions = {}): Omit<Service, 'port' | 'url'> {
  const command = [
    ...(options.under ?? []),
    process.execPath,
    options.script ?? MAIN,
    ...(options.flags ?? []),
  ];
  const child = spawn(command[0] as string, command.slice(1), {
    // Other ports cannot be any free one: who wants them says which.
    env: { PATH: process.env['PATH'] ?? '', RESP_PORT: '0', GRPC_PORT: '0', ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = once(child, 'close').then(
    ([code, signal]) => (code ?? signal) as number | NodeJS.Signals,
  );
  return {
    process: child,
    output: () => output,
    ended,
    stop: (signal = 'SIGINT') => {
      child.kill(signal);
      return ended;
    },
  };
}

async function servingPort(run: Omit<Service, 'port' | 'url'>): Promise<number> {
  const deadline = Date.now() + READY_WITHIN_MS;
  let gone = false;
  void run.ended.finally(() => {
    gone = true;
  });
  while (!gone && Date.now() < deadline) {
    const port = /serving on https?:\/\/\S+?:(\d+)/.exec(run.output())?.[1];
    if (port !== undefined) return Number(port);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  run.process.kill('SIGKILL');
  throw new Error(`The service did not start:\n${run.output()}`);
}
