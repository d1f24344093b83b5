/** Reads the workflows of GitHub, and says what is wrong with them, each a sentence. */
import { parse } from 'yaml';

export interface WorkflowFacts {
  /** Whether the repository has this program and may run it. */
  readonly isProgram: (path: string) => boolean;
  /** Those of package.json. */
  readonly scripts: readonly string[];
  /** What `.ci/nightly --list` names. */
  readonly pieces: readonly string[];
}

interface Step {
  readonly uses?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly run?: string;
}

interface Job {
  readonly 'runs-on': string;
  readonly 'timeout-minutes'?: number;
  readonly strategy?: { readonly matrix: Readonly<Record<string, readonly string[]>> };
  readonly permissions?: unknown;
  readonly steps: readonly Step[];
}

interface Workflow {
  readonly permissions?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** GitHub ends a job of its own machines then. */
const MOST_MINUTES = 360;
const PINNED = /^[\w-]+\/[\w-]+@[\da-f]{40}$/;

export function workflowFaults(text: string, facts: WorkflowFacts): string[] {
  const { permissions, jobs } = parse(text) as Workflow;
  const faults = permissionFaults(permissions);
  for (const [name, job] of Object.entries(jobs)) {
    const minutes = job['timeout-minutes'];
    if (minutes === undefined || minutes > MOST_MINUTES) faults.push(`${name}: no timeout`);
    if (job.permissions !== undefined) faults.push(...permissionFaults(job.permissions));
    for (const runner of expanded(job['runs-on'], job)) {
      if (runner.includes('latest')) faults.push(`${name}: runs on ${runner}, whatever that is`);
    }
    for (const step of job.steps) faults.push(...actionFaults(step, text));
  }
  return [...faults, ...commandsOf(text).flatMap((command) => commandFaults(command, facts))];
}

/** Each line that a workflow runs, once for each place of its matrix. */
export function commandsOf(text: string): string[] {
  const { jobs } = parse(text) as Workflow;
  return Object.values(jobs).flatMap((job) =>
    job.steps
      .flatMap(({ run = '' }) => run.split('\n'))
      .filter((line) => line !== '')
      .flatMap((line) => expanded(line, job)),
  );
}

/** Where its jobs run, once for each place of its matrix. */
export function runnersOf(text: string): string[] {
  const { jobs } = parse(text) as Workflow;
  return Object.values(jobs).flatMap((job) => expanded(job['runs-on'], job));
}

function permissionFaults(permissions: unknown): string[] {
  const said = JSON.stringify(permissions);
  return said === '{"contents":"read"}' ? [] : [`permissions ${said}, wanted to read contents`];
}

function actionFaults({ uses, with: options }: Step, text: string): string[] {
  if (uses === undefined) return [];
  const faults: string[] = [];
  if (!PINNED.test(uses)) faults.push(`${uses}: not the digest of a commit`);
  const lines = text.split('\n').filter((line) => line.includes(uses));
  if (!lines.every((line) => / # v\d+\.\d+\.\d+$/.test(line))) {
    faults.push(`${uses}: no version beside it`);
  }
  if (uses.startsWith('actions/checkout@') && options?.['persist-credentials'] !== false) {
    faults.push(`${uses}: leaves its token behind`);
  }
  return faults;
}

/** What a command names that is not there. It is a program of .ci/ or a script of package.json. */
export function commandFaults(command: string, facts: WorkflowFacts): string[] {
  const [program = '', ...words] = command.trim().split(/\s+/);
  if (program === 'npm') {
    const script = words[0] === 'run' ? words[1] : words[0] === 'cit' ? 'test' : words[0];
    const isKnown = words[0] === 'ci' || facts.scripts.includes(script ?? '');
    return isKnown ? [] : [`${command}: no such script`];
  }
  if (!facts.isProgram(program)) return [`${command}: no such program`];
  if (program !== '.ci/nightly' || words.length === 0) return [];
  return facts.pieces.includes(words[0] ?? '') ? [] : [`${command}: no such piece`];
}

function expanded(text: string, { strategy }: Job): string[] {
  const [whole, name = ''] = /\$\{\{ matrix\.(\w+) \}\}/.exec(text) ?? [];
  if (whole === undefined) return [text];
  return (strategy?.matrix[name] ?? ['nothing']).map((value) => text.replace(whole, value));
}
