/**
 * What metrics and people call a rule: its keys and values from the top, `path=/api/address`.
 *
 * Values of requests come in only where a file asks for it, and only those that are text.
 */
import { textOf } from './request.ts';
import type { EnvoyRule } from './rule.ts';

const MOST_LABEL = 256;
const MOST_VALUE_BYTES = 128;
/** In the place of values that are not told apart. */
const OTHER = 'other';
const CONTROL = /\p{Cc}/u;

/** As the file has it. `way`: what the rule is within, from the top, and itself. */
export function ruleLabel(way: readonly EnvoyRule[]): string {
  return joined(way.map(({ key, value }) => part(key, value === '' ? null : value)));
}

/** The same, with what stands for values where metrics tell them apart. */
export function metricLabel(way: readonly EnvoyRule[], counted: readonly boolean[]): string {
  const parts = way.map(({ key, value }, i) =>
    part(key, counted[i] === true ? OTHER : value === '' ? null : value),
  );
  return joined(parts);
}

/** With the values of a request; null where one of them is no text, or too long. */
export function valueLabel(
  way: readonly EnvoyRule[],
  counted: readonly boolean[],
  entries: readonly string[],
): string | null {
  const parts: string[] = [];
  for (const [i, { key, value }] of way.entries()) {
    const own = entries[2 * i + 1] as string;
    if (counted[i] === true && !isShown(own)) return null;
    parts.push(part(key, counted[i] === true ? own : value === '' ? null : value));
  }
  const label = parts.join('/');
  return label.length <= MOST_LABEL ? label : null;
}

function isShown(bytes: string): boolean {
  if (bytes.length > MOST_VALUE_BYTES) return false;
  const text = textOf(bytes);
  return text !== null && !CONTROL.test(text);
}

function part(key: string, value: string | null): string {
  return value === null ? (textOf(key) ?? '') : `${textOf(key) ?? ''}=${textOf(value) ?? ''}`;
}

function joined(parts: readonly string[]): string {
  const label = parts.join('/');
  return label.length <= MOST_LABEL ? label : `${label.slice(0, MOST_LABEL - 1).toWellFormed()}…`;
}
