/** Runs test files in a process group of their own, and says how it went. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';

export type Outcome =
  | { readonly kind: 'passed' }
  | {
      readonly kind: 'failed';
      readonly file: string;
      readonly test: string;
      readonly fault: string;
    }
  | { readonly kind: 'hung' }
  /** Nothing passed and no test failed: the source does not even load, for one. */
  | { readonly kind: 'broken'; readonly output: string };

/** What is read here of vitest's report. */
interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly assertionResults: readonly {
      readonly status: string;
      readonly fullName: string;
      readonly failureMessages: readonly string[];
    }[];
  }[];
}

/** Of the tests that are running. */
const groups = new Set<number>();

/** Runs until the first failure. Kills all of it after `withinMs`. */
export async function runTests(
  project: string,
  tests: readonly string[],
  withinMs: number,
): Promise<Outcome> {
  const report = join(project, 'report.json');
  rmSync(report, { force: true });
  const vitest = join(project, 'node_modules/vitest/vitest.mjs');
  // One file at a time, and two services that start: more beside another job, or the stress, would
  // say more about the machine. No cache, for its file is one for all copies.
  const alone = ['--no-file-parallelism', '--maxConcurrency', '2', '--no-cache'];
  const options = ['--bail', '1', ...alone, '--reporter', 'json'];
  const child = spawn(
    process.execPath,
    [vitest, 'run', ...options, '--outputFile', report, ...tests],
    {
      cwd: project,
      env: environment(),
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-4_000);
    });
  }
  const { pid: group } = child;
  if (group === undefined) throw new Error('vitest does not start');
  groups.add(group);
  let hung = false;
  const timer = setTimeout(() => {
    hung = true;
    stopGroup(group);
  }, withinMs);
  const [code] = await once(child, 'exit');
  clearTimeout(timer);
  // Also what a test started and did not stop.
  stopGroup(group);
  groups.delete(group);

  if (hung) return { kind: 'hung' };
  if (code === 0) return { kind: 'passed' };
  return firstFailure(project, report) ?? { kind: 'broken', output };
}

/**
 * Whoever has tests play more seeds, or the stress for an hour, does not mean it for each mutant.
 */
function environment(): NodeJS.ProcessEnv {
  const others = Object.entries(process.env).filter(([name]) => !name.startsWith('ARGUS_'));
  // Some guards are missed in few seeds only. A test that is left out for want of a tool misses
  // none.
  return { ...Object.fromEntries(others), ARGUS_SEEDS: '1000', ARGUS_NEEDS_ALL: '1' };
}

/** Kills all tests that are running, and whatever they started. */
export function stopTests(): void {
  for (const group of groups) stopGroup(group);
}

function stopGroup(group: number): void {
  try {
    process.kill(-group, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function firstFailure(project: string, path: string): Outcome | undefined {
  if (!existsSync(path)) return undefined;
  const report = JSON.parse(readFileSync(path, 'utf8')) as Report;
  for (const { name, assertionResults } of report.testResults) {
    const failed = assertionResults.find(({ status }) => status === 'failed');
    if (failed !== undefined) {
      // What vitest's report has of a test that ran out of its time.
      const fault = failed.failureMessages.join('\n').replace('STACK_TRACE_ERROR', 'too late');
      return { kind: 'failed', file: relative(project, name), test: failed.fullName, fault };
    }
  }
  return undefined;
}
