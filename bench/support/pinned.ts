/** Which cores this process may use, and how to tie a child process to one of them. */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** The cores this process may run on; none where the system does not say. */
export function allowedCores(): readonly number[] {
  try {
    const list = /^Cpus_allowed_list:\s*(\S+)$/m.exec(readFileSync('/proc/self/status', 'utf8'));
    return (list?.[1] ?? '').split(',').flatMap((part) => {
      const [first = Number.NaN, last = first] = part.split('-').map(Number);
      return Array.from({ length: last - first + 1 }, (_, i) => first + i);
    });
  } catch {
    return [];
  }
}

/**
 * The command to run another under, so that it stays on a core; empty where that cannot be done.
 */
export function pinnedTo(core: number | undefined): readonly string[] {
  if (core === undefined || spawnSync('taskset', ['--version']).status !== 0) return [];
  return ['taskset', '-c', String(core)];
}
