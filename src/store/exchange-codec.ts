/**
 * How an exchange is told to the script and its answer read: what exchange.lua expects in ARGV, and
 * the flat list that it answers. Used by the Redis store, and by the tests that hold the script
 * against its model.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { assert } from '../lib/assert.ts';
import type { Exchange, Outcome } from './exchange.ts';

export interface Script {
  readonly text: string;
  /** By which a Redis that has seen the text knows it. */
  readonly sha1: string;
}

/** Reads one of the scripts beside this file. */
export function loadScript(name: 'exchange' | 'heartbeat' | 'probe'): Script {
  return scriptOf(readFileSync(new URL(`./${name}.lua`, import.meta.url), 'utf8'));
}

export function scriptOf(text: string): Script {
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}

/**
 * What the script is given beside the names of the keys, in whose order the exchanges are. What says the
 * same as the one before it, one number later, is a 0: of a batch of new keys that is nearly all of it.
 */
export function argumentsOf(exchanges: readonly Exchange[], instance: string): string[] {
  const args = [instance];
  let last: readonly number[] = [];
  for (const exchange of exchanges) {
    const numbers = numbersOf(exchange);
    if (isNext(numbers, last)) args.push('0');
    else args.push(String(numbers.length), ...numbers.map(String));
    last = numbers;
  }
  return args;
}

function numbersOf(exchange: Exchange): readonly number[] {
  const { seq, unanswered, keep, back, owed, vain, fill, want, least, ttlUs } = exchange;
  const { limit, holds, costs } = exchange;
  const { capacity, count, period, tickUs } = limit;
  const lease = [seq, unanswered, keep, back, owed, vain, fill ? 1 : 0, want, least, ttlUs];
  return [...lease, capacity, count, period, tickUs, holds, ...costs];
}

/** Whether all is the same but the numbers of the exchanges, the first two, which are one more. */
function isNext(numbers: readonly number[], last: readonly number[]): boolean {
  return (
    numbers.length === last.length &&
    numbers.every((number, i) => number - (last[i] as number) === (i < 2 ? 1 : 0))
  );
}

/** What exchange.lua answers where it obeys. */
type Answer = readonly [
  used: string,
  sinceUs: number,
  count: number,
  period: number,
  tickUs: number,
  held: string,
  grant: string,
  others: string,
  active: number,
  version: number,
  isKnown: number,
  existed: number,
  ...verdicts: readonly number[],
];

/**
 * What the script did for one key: it answers nothing where it had seen a later exchange, and only a
 * version where that is not its own.
 */
export function outcomeOf(answer: readonly (number | string)[]): Outcome {
  if (answer.length === 0) return 'stale';
  if (answer.length === 1) return 'newer';
  assert(answer.length >= 12, 'the script answers every field');
  const [used, sinceUs, count, period, tickUs, ...rest] = answer as readonly unknown[] as Answer;
  const [held, grant, others, active, version, isKnown, existed, ...verdicts] = rest;
  return {
    used: Number(used),
    sinceUs,
    count,
    period,
    tickUs,
    held: Number(held),
    grant: Number(grant),
    others: Number(others),
    active,
    version,
    isKnown: isKnown === 1,
    existed: existed === 1,
    allowed: verdicts.map((verdict) => verdict === 1),
  };
}
