/**
 * What a bench run finds: printed as it comes, with the goals at the end, and saved as JSON in
 * bench/results/.
 *
 * A goal that is missed is news and not a failure: it depends on the machine. The run fails only
 * where something is wrong, such as a count that does not add up.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

export type Row = Readonly<Record<string, string | number>>;

export interface Goal {
  readonly words: string;
  readonly value: number;
  readonly least?: number;
  readonly most?: number;
}

const RESULTS = new URL('../results/', import.meta.url);

export class Report {
  readonly #name: string;
  readonly #small: boolean;
  readonly #tables: { title: string; rows: readonly Row[] }[] = [];
  readonly #goals: (Goal & { reached: boolean })[] = [];
  readonly #faults: string[] = [];

  constructor(name: string, small: boolean) {
    this.#name = small ? `${name}-small` : name;
    this.#small = small;
  }

  table(title: string, rows: readonly Row[]): void {
    this.#tables.push({ title, rows });
    print(title, rows);
  }

  goal(goal: Goal): void {
    const { value, least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY } = goal;
    this.#goals.push({ ...goal, reached: value >= least && value <= most });
  }

  /** States what must be so whatever the machine; the run fails at its end where it is not. */
  check(fact: boolean, words: string): void {
    if (fact) return;
    this.#faults.push(words);
    console.error(`WRONG: ${words}`);
  }

  /** Prints the goals, saves all of it, and settles the exit code. */
  finish(): void {
    const goals = this.#goals.map(({ words, value, least, most, reached }) => ({
      goal: words,
      wanted: least === undefined ? `at most ${most}` : `at least ${least}`,
      seen: value,
      reached: this.#small ? '-' : reached ? 'yes' : 'NO',
    }));
    print('Goals', goals);
    if (this.#small) console.log('A small run: it shows that the bench works, and no more.');
    mkdirSync(RESULTS, { recursive: true });
    const file = new URL(`${this.#name}.json`, RESULTS);
    const machine = { node: process.version, cpu: cpus()[0]?.model, cores: cpus().length };
    const result = {
      when: new Date().toISOString(),
      machine,
      tables: this.#tables,
      goals: this.#goals,
      faults: this.#faults,
    };
    writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
    console.log(`Saved as bench/results/${this.#name}.json`);
    if (this.#faults.length > 0) {
      console.error(`${this.#faults.length} things were wrong: see above.`);
      process.exitCode = 1;
    }
  }
}

function print(title: string, rows: readonly Row[]): void {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row) => columns.map((column) => shown(row[column])));
  const widths = columns.map((column, i) =>
    Math.max(column.length, ...cells.map((line) => line[i]?.length ?? 0)),
  );
  const isText = columns.map((column) => rows.some((row) => typeof row[column] === 'string'));
  const line = (texts: readonly string[]): string =>
    texts
      .map((text, i) => (isText[i] ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0)))
      .join('  ')
      .trimEnd();
  console.log(`\n${title}\n`);
  console.log(`  ${line(columns)}`);
  for (const texts of cells) console.log(`  ${line(texts)}`);
}

/** Three digits that mean something, and never an exponent. */
function shown(value: string | number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return '-';
  if (typeof value === 'string') return value;
  if (Number.isInteger(value) || Math.abs(value) >= 100) {
    return Math.round(value).toLocaleString('en-US');
  }
  return value.toFixed(Math.abs(value) >= 10 ? 1 : Math.abs(value) >= 0.1 ? 2 : 4);
}
