/**
 * Starts Debian's redis-server in a process of its own, with nothing on disk that outlives it, and
 * stops it. Where it may not be installed, ask isMissing('redis-server') of resp-tools.ts first.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';

const READY_WITHIN_MS = 20_000;

export interface RedisServer {
  readonly port: number;
  readonly url: string;
  readonly process: ChildProcess;
  /** Ends it at once, frozen or not, and waits until it has ended. */
  stop(): Promise<void>;
}

export interface RedisOptions {
  /** A free one where it is left out. */
  readonly port?: number;
  /** As on the command line; what stands here wins. */
  readonly args?: readonly string[];
  /** What it prints once it serves, if it is no ordinary one. */
  readonly readyWords?: string;
  /** A file of its own instead of what stands on the command line: a sentinel wants to write it. */
  readonly config?: string;
}

/** Resolves once it serves; rejects with its output if it does not. */
export async function startRedis(options: RedisOptions = {}): Promise<RedisServer> {
  const port = options.port ?? (await freePort());
  const folder = mkdtempSync(join(tmpdir(), 'argus-redis-'));
  const usual = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
  const file = join(folder, 'redis.conf');
  if (options.config !== undefined) writeFileSync(file, options.config);
  const child = spawn(
    'redis-server',
    (options.config === undefined ? [] : [file])
      .concat(usual)
      .concat(options.config === undefined ? ['--save', '', '--appendonly', 'no'] : [])
      .concat(options.args ?? []),
    { stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const ended = once(child, 'close').finally(() => rmSync(folder, { recursive: true }));
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
  };
  await untilReady(child, stop, options.readyWords ?? 'Ready to accept connections');
  return { port, url: `redis://127.0.0.1:${port}`, process: child, stop };
}

async function untilReady(
  child: ChildProcess,
  stop: () => Promise<void>,
  words: string,
): Promise<void> {
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!output.includes(words)) {
    if (child.exitCode !== null || Date.now() > deadline) {
      await stop();
      throw new Error(`redis-server did not start:\n${output}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
