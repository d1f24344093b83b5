/**
 * Takes out one guard of the source at a time and looks for the test that misses it.
 *
 *   npm run mutants                      all of them
 *   npm run mutants -- lock journal      those with one of these words in their names
 *   npm run mutants -- --list=crowd      those of crowd-mutants.ts; several may be named
 *   npm run mutants -- --jobs=2          two at a time, for as many cores
 *   npm run mutants -- --shard=1/2       every second, from the first on
 *
 * Works on copies of the project, never on the project. Ends in an error if a mutant survives, if
 * its guard is not to be found, or if its tests fail without any mutant.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Judge, type Verdict } from './judge.ts';
import { countOf, type Mutant } from './mutant.ts';
import { MUTANT_LISTS, MUTANTS } from './mutants.ts';

const PROJECT = fileURLToPath(new URL('../..', import.meta.url));
const MOST_JOBS = 64;

interface Choice {
  readonly mutants: readonly Mutant[];
  readonly jobs: number;
}

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const choice = choose(args);
  if (typeof choice === 'string') {
    console.error(choice);
    return 2;
  }
  const missing = choice.mutants.filter((mutant) => occurrences(mutant) !== 1);
  for (const mutant of missing) {
    console.error(
      `"${mutant.name}": its guard stands ${occurrences(mutant)} times in ${mutant.file}`,
    );
  }
  if (missing.length > 0) return 1;

  const judge = new Judge(PROJECT, choice.jobs);
  process.once('exit', () => judge.clear());
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
  const startMs = performance.now();
  const verdicts = await judge.judgeAll(choice.mutants, tell);
  return sumUp(verdicts, performance.now() - startMs);
}

/** Or what is wrong with the arguments. */
function choose(args: readonly string[]): Choice | string {
  let parsed: ReturnType<typeof parse>;
  try {
    parsed = parse(args);
  } catch (error) {
    return (error as Error).message;
  }
  const { values, positionals: words } = parsed;
  const lists = values.list ?? [];
  const unknown = lists.find((list) => !Object.hasOwn(MUTANT_LISTS, list));
  if (unknown !== undefined) {
    return `No list ${unknown}: there are ${Object.keys(MUTANT_LISTS).sort().join(', ')}`;
  }
  const [, part = 0, of = 0] = /^(\d+)\/(\d+)$/.exec(values.shard)?.map(Number) ?? [];
  if (part < 1 || part > of)
    return `--shard must be a part of the whole, like 1/2: ${values.shard}`;
  const jobs = Number(values.jobs);
  if (!Number.isInteger(jobs) || jobs < 1 || jobs > MOST_JOBS) {
    return `--jobs must be a whole number from 1 to ${MOST_JOBS}: ${values.jobs}`;
  }
  const listed = lists.length === 0 ? MUTANTS : lists.flatMap((list) => MUTANT_LISTS[list] ?? []);
  const mutants = listed
    .filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)))
    .filter((_, i) => i % of === part - 1);
  return mutants.length === 0 ? 'No mutant is chosen by these words' : { mutants, jobs };
}

function parse(args: readonly string[]) {
  return parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      list: { type: 'string', multiple: true },
      jobs: { type: 'string', default: '1' },
      shard: { type: 'string', default: '1/1' },
    },
  });
}

function tell(mutant: Mutant, verdict: Verdict): void {
  console.log(`${mutant.name}\n    ${told(verdict)} (${seconds(verdict.ms)} s)`);
}

function told(verdict: Verdict): string {
  switch (verdict.kind) {
    case 'passed':
      return 'SURVIVED';
    case 'failed':
      return `${verdict.file}: ${verdict.test}\n    ${verdict.fault.split('\n', 1)[0]}`;
    case 'hung':
      return 'hung, and was killed';
    case 'broken':
      return `BROKEN, no test ran to its end:\n${verdict.output}`;
    case 'unjudged':
      return `NOT JUDGED, for without a mutant its tests do not pass:\n${verdict.why}`;
    default:
      return verdict satisfies never;
  }
}

function sumUp(verdicts: ReadonlyMap<Mutant, Verdict>, ms: number): number {
  const faults = [...verdicts].filter(([, { kind }]) => kind !== 'failed' && kind !== 'hung');
  const { size } = verdicts;
  console.log(
    `${size - faults.length} of ${size} mutants were caught, in ${seconds(ms)} s,` +
      ` ${seconds(ms / size)} s each.`,
  );
  for (const [{ name }, { kind }] of faults) console.log(`    ${kind}: ${name}`);
  return faults.length === 0 ? 0 : 1;
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}

function occurrences(mutant: Mutant): number {
  return countOf(mutant, readFileSync(`${PROJECT}/${mutant.file}`, 'utf8'));
}
