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
