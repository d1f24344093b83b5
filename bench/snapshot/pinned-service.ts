/**
 * A service whose decider has a core to itself, with all else of it on another: where it can be
 * told which of its threads decides, by who works under load.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { type Service, startService } from '../../test/support/service.ts';
import { pinnedTo } from '../support/pinned.ts';

export interface Cores {
  readonly decider: number | undefined;
  readonly others: number | undefined;
}

export function startPinned(cores: Cores, flags: readonly string[]): Promise<Service> {
  return startService({ under: pinnedTo(cores.others), flags: ['--threads', '1', ...flags] });
}

/** Gives the thread that worked most while `load` ran the core of the decider. */
export async function pinDecider(
  { process: { pid } }: Service,
  { decider, others }: Cores,
  load: () => Promise<unknown>,
): Promise<void> {
  const before = ticksOfThreads(pid ?? 0);
  await load();
  const after = ticksOfThreads(pid ?? 0);
  if (decider === others || after.size === 0) return;
  const worked = (thread: string) => (after.get(thread) ?? 0) - (before.get(thread) ?? 0);
  const [busiest = ''] = [...after.keys()].sort((one, other) => worked(other) - worked(one));
  spawnSync('taskset', ['-cp', String(decider), busiest]);
}

/** User and system time of each thread. */
function ticksOfThreads(pid: number): ReadonlyMap<string, number> {
  const folder = `/proc/${pid}/task`;
  try {
    return new Map(
      readdirSync(folder).map((thread) => {
        const stat = readFileSync(`${folder}/${thread}/stat`, 'latin1');
        const fields = stat.split(') ').at(-1)?.split(' ') ?? [];
        return [thread, Number(fields[11]) + Number(fields[12])];
      }),
    );
  } catch {
    return new Map();
  }
}
