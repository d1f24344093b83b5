/** Copies of the project, on each of which one mutant at a time is held against its tests. */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { type Mutant, mutated } from './mutant.ts';
import { type Outcome, runTests, stopTests } from './vitest-run.ts';

export type Verdict = { readonly ms: number } & (
  | Outcome
  /** The tests do not pass as it is, and so tell nothing. */
  | { readonly kind: 'unjudged'; readonly why: string }
);

interface Baseline {
  readonly ms: number;
  /** Null if the tests pass. */
  readonly why: string | null;
}

const LEFT_OUT = new Set(['node_modules', '.git', 'dist', 'results']);
/** What a copy shares with the project. */
const INSTALLED = ['node_modules', 'examples/object-storage/node_modules'];
const BASELINE_MS = 600_000;

/**
 * Whoever takes longer than its tests do without a mutant hangs. Time for a test and a hook that
 * each run into their 30 s, and three times the rest, for two that run beside each other are
 * slower.
 */
const HANG_MS = 90_000;
const HANG_TIMES = 3;

export class Judge {
  readonly #copies: readonly string[];
  /** By the tests. */
  readonly #baselines = new Map<string, Baseline>();
  /** Whose baseline is running. */
  readonly #begun = new Map<string, Promise<Baseline>>();

  /** With a copy for each of the jobs. */
  constructor(project: string, jobs: number) {
    this.#copies = Array.from({ length: jobs }, () => copyOf(project));
  }

  /** Judges all, and tells of each as soon as it is judged. */
  async judgeAll(
    mutants: readonly Mutant[],
    tell: (mutant: Mutant, verdict: Verdict) => void,
  ): Promise<ReadonlyMap<Mutant, Verdict>> {
    const left = [...mutants];
    const verdicts = new Map<Mutant, Verdict>();
    const work = async (copy: string) => {
      for (let mutant = this.#next(left); mutant !== undefined; mutant = this.#next(left)) {
        const verdict = await this.#verdictOn(copy, mutant);
        verdicts.set(mutant, verdict);
        tell(mutant, verdict);
      }
    };
    await Promise.all(this.#copies.map(work));
    return verdicts;
  }

  /** Stops what runs, and removes the copies. */
  clear(): void {
    stopTests();
    for (const copy of this.#copies) rmSync(copy, { recursive: true, force: true });
  }

  /** Rather one that need not wait for what another job finds out. */
  #next(left: Mutant[]): Mutant | undefined {
    const free = left.findIndex(({ tests }) => !this.#begun.has(keyOf(tests)));
    return left.splice(Math.max(0, free), 1)[0];
  }

  async #verdictOn(copy: string, mutant: Mutant): Promise<Verdict> {
    const { ms, why } = await this.#baseline(copy, mutant.tests);
    if (why !== null) return { kind: 'unjudged', why, ms: 0 };
    const path = join(copy, mutant.file);
    const source = readFileSync(path, 'utf8');
    writeFileSync(path, mutated(mutant, source));
    try {
      return await timed(copy, mutant.tests, HANG_MS + HANG_TIMES * ms);
    } finally {
      writeFileSync(path, source);
    }
  }

  async #baseline(copy: string, tests: readonly string[]): Promise<Baseline> {
    const key = keyOf(tests);
    const known = this.#baselines.get(key) ?? this.#begun.get(key);
    if (known !== undefined) return known;
    const finding = baselineOf(copy, tests);
    this.#begun.set(key, finding);
    const baseline = await finding;
    this.#baselines.set(key, baseline);
    this.#begun.delete(key);
    return baseline;
  }
}

async function baselineOf(copy: string, tests: readonly string[]): Promise<Baseline> {
  const outcome = await timed(copy, tests, BASELINE_MS);
  const { ms } = outcome;
  switch (outcome.kind) {
    case 'passed':
      return { ms, why: null };
    case 'failed':
      return { ms, why: `${outcome.file}: ${outcome.test}\n${outcome.fault}` };
    case 'broken':
      return { ms, why: outcome.output };
    case 'hung':
      return { ms, why: `They take longer than ${BASELINE_MS} ms` };
    default:
      return outcome satisfies never;
  }
}

async function timed(
  copy: string,
  tests: readonly string[],
  withinMs: number,
): Promise<Outcome & { readonly ms: number }> {
  const startMs = performance.now();
  const outcome = await runTests(copy, tests, withinMs);
  return { ...outcome, ms: performance.now() - startMs };
}

function keyOf(tests: readonly string[]): string {
  return tests.join(' ');
}

function copyOf(project: string): string {
  const copy = mkdtempSync(join(tmpdir(), 'argus-mutants-'));
  cpSync(project, copy, {
    recursive: true,
    filter: (path) => !LEFT_OUT.has(basename(path)),
  });
  for (const folder of INSTALLED) symlinkSync(join(project, folder), join(copy, folder));
  return copy;
}
