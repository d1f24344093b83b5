/** How many files this process may have open, sockets included. */
import { readFileSync } from 'node:fs';

/** What `ulimit -n` says, as Node has raised it; null where the system does not tell. */
export function mostDescriptors(): number | null {
  try {
    const limits = readFileSync('/proc/self/limits', 'utf8');
    const limit = /^Max open files\s+(\d+)/m.exec(limits)?.[1];
    return limit === undefined ? null : Number(limit);
  } catch {
    return null;
  }
}
