/** The programs that benches need and that no package brings: which of them are there. */
import { accessSync, constants } from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';

/** What a run without it lacks. */
const LACKS = {
  wrk: 'autocannon makes the load over HTTP, and is what limits fast servers: no goal for the rate',
  nginx: 'nginx is left out',
  'redis-server': 'Redis is left out, and what needs it',
  'redis-benchmark': 'the Redis protocol is left out',
  envoy: 'Envoy is left out',
  'throttlecrab-server': 'throttlecrab is left out: cargo install throttlecrab-server',
} as const;

export type Tool = keyof typeof LACKS;
/** Where each tool that is there is. */
export type Tools = ReadonlyMap<Tool, string>;

/** No package of Debian has it, and to build it takes a quarter of an hour. */
const OPTIONAL: ReadonlySet<Tool> = new Set(['throttlecrab-server']);

/** Debian keeps servers where not every user looks, and cargo what it has built. */
const ALSO = ['/usr/local/sbin', '/usr/sbin', '/sbin', join(homedir(), '.cargo', 'bin')];

export const COMPARED: readonly Tool[] = [
  'wrk',
  'nginx',
  'redis-server',
  'redis-benchmark',
  'throttlecrab-server',
];

/**
 * Says which of these are missing and what that leaves out. Ends the run where ARGUS_NEEDS_ALL=1 is
 * set.
 */
export function findTools(wanted: readonly Tool[]): Tools {
  const tools = new Map<Tool, string>();
  let lacks = false;
  for (const tool of wanted) {
    const path = pathOf(tool);
    if (path !== undefined) tools.set(tool, path);
    else {
      console.log(`No ${tool} on the PATH: ${LACKS[tool]}.`);
      lacks ||= !OPTIONAL.has(tool);
    }
  }
  if (process.env['ARGUS_NEEDS_ALL'] === '1' && lacks) {
    console.error('ARGUS_NEEDS_ALL=1 wants all of them.');
    process.exit(1);
  }
  return tools;
}

function pathOf(tool: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...ALSO];
  return folders.map((folder) => join(folder, tool)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
