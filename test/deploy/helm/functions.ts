/** The functions of helm's templates that the chart calls. */
import { stringify } from 'yaml';

// biome-ignore lint/suspicious/noExplicitAny: each takes what it is for
export type Functions = Readonly<Record<string, (...given: any[]) => unknown>>;

/** As Go's templates have it: what is empty is false. */
export function truth(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return Boolean(value);
  return Object.keys(value).length > 0;
}

export const FUNCTIONS: Functions = {
  add: (...all: number[]) => all.reduce((sum, one) => sum + one, 0),
  add1: (value: number) => value + 1,
  and: (...all: unknown[]) => all.find((one) => !truth(one)) ?? all.at(-1),
  contains: (part: string, text: string) => text.includes(part),
  default: (otherwise: unknown, value: unknown) => (truth(value) ? value : otherwise),
  div: (value: number, by: number) => Math.floor(value / by),
  eq: (one: unknown, other: unknown) => one === other,
  fail: (words: string) => {
    throw new Error(words);
  },
  gt: (one: number, other: number) => one > other,
  int: Math.trunc,
  int64: Math.trunc,
  mul: (...all: number[]) => all.reduce((product, one) => product * one, 1),
  ne: (one: unknown, other: unknown) => one !== other,
  nindent: (columns: number, text: string) =>
    `\n${text}`.replaceAll('\n', `\n${' '.repeat(columns)}`),
  not: (value: unknown) => !truth(value),
  or: (...all: unknown[]) => all.find((one) => truth(one)) ?? all.at(-1),
  printf: (format: string, ...all: unknown[]) =>
    format.replace(/%[ds]/g, () => String(all.shift())),
  quote: (value: unknown) => JSON.stringify(String(value)),
  ternary: (one: unknown, other: unknown, isOne: boolean) => (isOne ? one : other),
  toJson: (value: unknown) => JSON.stringify(value),
  toYaml: (value: unknown) => stringify(value).trimEnd(),
  trimSuffix: (end: string, text: string) =>
    text.endsWith(end) ? text.slice(0, -end.length) : text,
  trunc: (most: number, text: string) => text.slice(0, most),
};
