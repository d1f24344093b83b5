/** What is wrong with a file of rules, and where. */

export interface Fault {
  readonly file: string;
  /** From 1; 0 where it is about the whole file. */
  readonly line: number;
  readonly column: number;
  /** What is there, and what is wanted. */
  readonly words: string;
}

export function faultText({ file, line, column, words }: Fault): string {
  return line === 0 ? `${file}: ${words}` : `${file}:${line}:${column}: ${words}`;
}
