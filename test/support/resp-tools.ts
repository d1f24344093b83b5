/** Runs the tools that come with Redis, and says where programs of others are missing. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Whether to skip what needs this tool. ARGUS_NEEDS_ALL=1 makes a missing one a failure. */
export function isMissing(tool: string): boolean {
  const isLeftOut = isNowhere(tool);
  if (isLeftOut && process.env['ARGUS_NEEDS_ALL'] === '1') {
    throw new Error(`${tool} is not installed`);
  }
  return isLeftOut;
}

/** The same for one that not every machine can have. */
export function isNowhere(tool: string): boolean {
  if (placeOf(tool) !== undefined) return false;
  console.warn(`Skipped: ${tool} is not installed (.ci/tools.sh installs what tests run)`);
  return true;
}

/** Its path; undefined where it is not installed. */
export function placeOf(tool: string): string | undefined {
  const paths = (process.env['PATH'] ?? '').split(delimiter).map((folder) => join(folder, tool));
  return paths.find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export interface Run {
  readonly code: number | null;
  /** Both streams, as they came. */
  readonly output: string;
}

/** Runs it to its end, with `input` on its standard input. */
export async function run(tool: string, args: readonly string[], input = ''): Promise<Run> {
  const child = spawn(tool, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  // One that reads no input may be gone already.
  child.stdin.on('error', () => undefined).end(input);
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}
