/** One guard taken out of the source, and where to look for the test that misses it. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  /** Stands exactly once in the file. */
  readonly find: string;
  readonly replace: string;
  /** The test files to run: at least one of their tests must fail. */
  readonly tests: readonly string[];
}

/** What is guarded, what to find, and by what to replace it. */
export type Guard = readonly [name: string, find: string, replace: string];

/** Guards of one file that one test watches. */
export function mutantsOf(file: string, test: string, guards: readonly Guard[]): readonly Mutant[] {
  return guards.map(([name, find, replace]) => ({ name, file, find, replace, tests: [test] }));
}
