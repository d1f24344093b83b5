/**
 * Starts Debian's nginx in a process of its own, from the text of a configuration, and stops it.
 * Where it may not be installed, ask isMissing('nginx') of resp-tools.ts first.
 *
 * The configuration is a whole one, with `http {` on a line of its own; it says neither `daemon`
 * nor `pid` nor a temporary path, and writes no log to a file of its own: those are set here, so
 * that it runs beside any other nginx, as root or as an ordinary user.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

const READY_WITHIN_MS = 20_000;
const MODULES_WITH_FILES = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];

export interface Nginx {
  readonly port: number;
  readonly url: string;
  readonly process: ChildProcess;
  /** What it has printed so far: its error log, and what the configuration logs to /dev/stdout. */
  output(): string;
  /** SIGTERM does not wait for requests in flight, SIGQUIT does. Resolves when it has ended. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

export interface NginxOptions {
  /** The whole configuration, of an nginx that listens on this port of 127.0.0.1. */
  readonly config: (paths: { readonly port: number; readonly folder: string }) => string;
  /** A free one where it is left out. */
  readonly port?: number;
}

/** Resolves once it accepts connections; rejects with its output if it does not. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const port = options.port ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'argus-nginx-'));
  // Started by root, its workers are somebody else, and have to get to the folders in here.
  chmodSync(folder, 0o755);
  const file = join(folder, 'nginx.conf');
  writeFileSync(file, withTemporaryPaths(options.config({ port, folder }), folder));
  const child = spawn(
    'nginx',
    ['-e', 'stderr', '-p', folder, '-c', file, '-g', `daemon off; pid ${folder}/pid;`],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
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
      await stop();
      throw new Error(`nginx did not start:\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return { port, url: `http://127.0.0.1:${port}`, process: child, output: () => output, stop };
}

/** The places of Debian's own are for root alone. */
function withTemporaryPaths(config: string, folder: string): string {
  const opening = /^http \{$/m;
  if (!opening.test(config)) throw new Error('No line `http {` in the configuration of nginx');
  const paths = MODULES_WITH_FILES.map((module) => `  ${module}_temp_path ${folder}/${module};`);
  return config.replace(opening, (line) => [line, ...paths].join('\n'));
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
