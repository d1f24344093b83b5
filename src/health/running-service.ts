/**
 * The service that runs on this machine, or in this container: with which flags and variables it
 * was started. Read from /proc, where Linux tells them of processes of the same user.
 */
import { readdirSync, readFileSync, readlinkSync, realpathSync } from 'node:fs';
import { join, resolve } from 'node:path';

export interface RunningService {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

/** Of several the one that was started first; null where none is to be seen. */
export function runningService(script: string, proc = '/proc'): RunningService | null {
  const own = realpathSync(script);
  for (const pid of processesIn(proc)) {
    try {
      const folder = join(proc, String(pid));
      const argv = fieldsOf(join(folder, 'cmdline'));
      const cwd = readlinkSync(join(folder, 'cwd'));
      const at = argv.findIndex((word, i) => i > 0 && isFile(resolve(cwd, word), own));
      if (at === -1 || argv[at + 1] === 'health') continue;
      const env = Object.fromEntries(fieldsOf(join(folder, 'environ')).map(nameAndValue));
      return { argv: argv.slice(at + 1), env };
    } catch {
      // Gone meanwhile, or another user's: then it is not the one.
    }
  }
  return null;
}

function processesIn(proc: string): readonly number[] {
  try {
    const pids = readdirSync(proc)
      .filter((name) => /^\d+$/.test(name))
      .map(Number);
    return pids.toSorted((a, b) => a - b);
  } catch {
    // Not Linux.
    return [];
  }
}

function fieldsOf(path: string): readonly string[] {
  return readFileSync(path, 'utf8').split('\0').slice(0, -1);
}

function isFile(path: string, file: string): boolean {
  try {
    return realpathSync(path) === file;
  } catch {
    return false;
  }
}

function nameAndValue(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  return [text.slice(0, at), text.slice(at + 1)];
}
