/** The files of policies that benches ask by, and the questions that they ask. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomKey } from '../support/keys.ts';
import { range } from '../support/statistics.ts';

/** Enough tokens for every key in all runs, none of which comes back in one. */
const CAPACITY = 1_000_000;
const YEAR_S = 31_622_400;

const PATTERNS = 100;

/** One way to ask: as what the row of it is called, and the question for a key. */
export interface Asking {
  readonly name: string;
  readonly body: (key: string) => string;
}

const byPolicy = (name: string, policy: string): Asking => {
  return { name, body: (key) => JSON.stringify({ policy, key }) };
};

export const OWN: Asking = {
  name: 'a limit of its own',
  body: (key) => JSON.stringify({ key, capacity: CAPACITY, interval: YEAR_S, unit: 's' }),
};
export const ONE: Asking = byPolicy('one limit', 'one');
export const THREE: Asking = byPolicy('three limits', 'three');
export const CROWDED: Asking = byPolicy('one limit, many overrides', 'crowded');
export const WINDOW: Asking = byPolicy('a window', 'window');

const ASKINGS: readonly Asking[] = [OWN, ONE, THREE, CROWDED, WINDOW];

const bucket = (name: string) => `{name: ${name}, capacity: ${CAPACITY}, interval: 366d}`;

function overridesText(exact: number, patterns: number, capacity: number): string {
  const keys = range(exact).map((i) => `user:${i}`);
  const globs = range(patterns).map((i) => `team-${i}:*`);
  return [...keys, ...globs]
    .map(
      (key) =>
        `      - {keys: ["${key}"], limits: [{name: all, capacity: ${capacity}, interval: 1h}]}`,
    )
    .join('\n');
}

function policiesText(exact: number): string {
  return `policies:
  one: {limits: [${bucket('all')}]}
  three: {limits: [${bucket('a')}, ${bucket('b')}, ${bucket('c')}]}
  window: {limits: [{name: all, capacity: ${CAPACITY}, calendar: year}]}
  crowded:
    limits: [${bucket('all')}]
    overrides:
${overridesText(exact, PATTERNS, 100)}
`;
}

export class BenchFiles {
  readonly #folder = mkdtempSync(join(tmpdir(), 'argus-bench-'));
  readonly policies: string = join(this.#folder, 'policies.yaml');

  readonly #exact: number;

  /** `exact`: how many keys have an override of their own. */
  constructor(exact: number) {
    this.#exact = exact;
    writeFileSync(this.policies, policiesText(exact));
  }

  /** Bodies for these keys, a line each: the name of the file. */
  bodies(asking: Asking, keys: number): string {
    const file = join(this.#folder, `bodies-${ASKINGS.indexOf(asking)}`);
    const lines = range(keys).map((i) => `${asking.body(randomKey(i))}\n`);
    writeFileSync(file, lines.join(''));
    return file;
  }

  /** Changes all rules but those that benches ask by, at once, as an editor does. */
  change(capacity: number): void {
    const text = policiesText(this.#exact).replace(/capacity: 100,/g, `capacity: ${capacity},`);
    writeFileSync(`${this.policies}.new`, text);
    renameSync(`${this.policies}.new`, this.policies);
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
