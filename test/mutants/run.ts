/**
 * Takes out one guard of the source at a time and looks for the test that misses it.
 *
 *   npm run mutants                      all of them
 *   npm run mutants -- lock journal      those with one of these words in their names
 *   npm run mutants -- --shard=1/2       every second, from the first on
 *
 * Works on a copy of the project, never on the project. Ends in an error if a mutant survives, if
 * its guard is not to be found, or if the tests fail without any mutant.
 */
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { countOf, type Mutant, mutated } from './mutant.ts';
import { MUTANTS } from './mutants.ts';
import { type Outcome, runTests, stopTests } from './vitest-run.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const LEFT_OUT = new Set(['node_modules', '.git', 'dist', 'results']);

const HANG_MS = 180_000;
const BASELINE_MS = 600_000;

process.exitCode = await main(process.argv.slice(2));

async function main(words: readonly string[]): Promise<number> {
  const chosen = choose(words);
  if (chosen === null) {
    console.error(`Unknown option ${words.find((word) => word.startsWith('--'))}`);
    return 2;
  }
  const missing = chosen.filter((mutant) => occurrences(mutant) !== 1);
  for (const mutant of missing) {
    console.error(
      `"${mutant.name}": its guard stands ${occurrences(mutant)} times in ${mutant.file}`,
    );
  }
  if (missing.length > 0) return 1;
  if (chosen.length === 0) {
    console.error(`No mutant has one of these words in its name: ${words.join(', ')}`);
    return 2;
  }

  const copy = copyProject();
  const leave = () => {
    stopTests();
    rmSync(copy, { recursive: true, force: true });
  };
  process.once('exit', leave);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

  return (await passesUnchanged(copy, chosen)) ? await runMutants(copy, chosen) : 1;
}

/** Null where an option is none of ours. */
function choose(args: readonly string[]): readonly Mutant[] | null {
  const words = args.filter((arg) => !arg.startsWith('--'));
  const named = MUTANTS.filter(
    ({ name }) => words.length === 0 || words.some((word) => name.includes(word)),
  );
  const [option] = args.filter((arg) => arg.startsWith('--'));
  if (option === undefined) return named;
  const [, part, of] = /^--shard=(\d+)\/([1-9]\d*)$/.exec(option)?.map(Number) ?? [];
  if (part === undefined || of === undefined) return null;
  return named.filter((_, i) => i % of === part - 1);
}

async function passesUnchanged(copy: string, chosen: readonly Mutant[]): Promise<boolean> {
  const tests = [...new Set(chosen.flatMap((mutant) => mutant.tests))];
  const outcome = await runTests(copy, tests, BASELINE_MS);
  const passed = outcome.kind === 'passed';
  console.log(passed ? `Without a mutant ${tests.join(', ')} pass.` : 'Without a mutant:');
  if (!passed) console.log(told(outcome));
  if (outcome.kind === 'failed') console.log(outcome.fault);
  return passed;
}

async function runMutants(copy: string, chosen: readonly Mutant[]): Promise<number> {
  let survived = 0;
  for (const mutant of chosen) {
    const path = join(copy, mutant.file);
    const source = readFileSync(path, 'utf8');
    writeFileSync(path, mutated(mutant, source));
    const startMs = performance.now();
    const outcome = await runTests(copy, mutant.tests, HANG_MS);
    const seconds = ((performance.now() - startMs) / 1_000).toFixed(1);
    writeFileSync(path, source);

    if (outcome.kind === 'passed' || outcome.kind === 'broken') survived++;
    console.log(`${mutant.name}\n    ${told(outcome)} (${seconds} s)`);
  }
  console.log(`${chosen.length - survived} of ${chosen.length} mutants were caught.`);
  return survived === 0 ? 0 : 1;
}

function told(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'passed':
      return 'SURVIVED';
    case 'failed':
      return `${outcome.file}: ${outcome.test}\n    ${outcome.fault.split('\n', 1)[0]}`;
    case 'hung':
      return 'hung, and was killed';
    case 'broken':
      return `BROKEN, no test ran to its end:\n${outcome.output}`;
    default:
      return outcome satisfies never;
  }
}

function occurrences(mutant: Mutant): number {
  return countOf(mutant, readFileSync(join(PROJECT, mutant.file), 'utf8'));
}

function copyProject(): string {
  const copy = mkdtempSync(join(tmpdir(), 'argus-mutants-'));
  cpSync(PROJECT, copy, {
    recursive: true,
    filter: (path) => !LEFT_OUT.has(basename(path)),
  });
  symlinkSync(join(PROJECT, 'node_modules'), join(copy, 'node_modules'));
  return copy;
}
