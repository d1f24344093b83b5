/** Starts a proxy in a process of its own, from the text of its files, and stops it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const READY_WITHIN_MS = 20_000;

export interface ProxyProcess {
  readonly port: number;
  readonly url: string;
  readonly process: ChildProcess;
  /** What it has printed so far, both streams. */
  output(): string;
  /** Most do not wait for requests in flight at SIGTERM. Resolves when it has ended. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface ProxyProgram {
  /** Of 127.0.0.1, where it listens by its files. */
  readonly port: number;
  /** Its files by their names. They are in a folder that it has for itself. */
  readonly files: (folder: string) => Readonly<Record<string, string>>;
  /** Runs in the foreground. */
  readonly command: (folder: string) => readonly string[];
  /** A command to run it under, such as `taskset -c 0`. */
  readonly under?: readonly string[];
}

/** Resolves once it accepts connections; rejects with its output if it does not. */
export async function startProxy({
  port,
  files,
  command,
  under = [],
}: ProxyProgram): Promise<ProxyProcess> {
  const folder = mkdtempSync(join(tmpdir(), 'argus-proxy-'));
  // Started by root, its workers may be somebody else, and have to get to what is in here.
  chmodSync(folder, 0o755);
  for (const [name, text] of Object.entries(files(folder))) {
    writeFileSync(join(folder, name), text);
  }
  const [program = '', ...args] = [...under, ...command(folder)];
  const child = spawn(program, args, {
    // Where some keep state of their own.
    env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = once(child, 'close').finally(() => rmSync(folder, { recursive: true }));
  const stop = async (signal: NodeJS.Signals = 'SIGTERM') => {
    child.kill(signal);
    await ended;
  };
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!(await accepts(port))) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop('SIGKILL');
      throw new Error(`${program} did not start:\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return { port, url: `http://127.0.0.1:${port}`, process: child, output: () => output, stop };
}

async function accepts(port: number): Promise<boolean> {
  const socket = connect({ host: '127.0.0.1', port });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
