/** One guard taken out of the source, and where to look for the test that misses it. */
export interface Mutant {
  readonly name: string;
  readonly file: string;
  /** Stands exactly once in the file; indentation and where its lines wrap do not count. */
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

/** How often the guard stands in the source of its file. */
export function countOf({ find }: Mutant, source: string): number {
  return [...source.matchAll(new RegExp(patternOf(find), 'g'))].length;
}

/** The source without the guard. */
export function mutated({ find, replace }: Mutant, source: string): string {
  return source.replace(new RegExp(patternOf(find)), () => replace);
}

/** The text, whatever the spaces at the begin of its lines, and wherever a formatter wraps them. */
function patternOf(text: string): string {
  const [, indent, body, end] = /^([ \t]*)(.*?)(\n?)$/s.exec(text) as unknown as string[];
  const folded = (body as string).replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/\s+/g, '\\s+');
  return `${indent === '' ? '' : '[ \\t]+'}${folded}${end === '' ? '' : '\\n'}`;
}
