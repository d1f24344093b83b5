/**
 * How exchanges are told to the script and its answer is read: what exchange-arguments.lua finds in
 * ARGV, and what stands where in the bytes that it answers. Used by the Redis store, and by the
 * tests that hold the script against its model.
 */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Exchange, Reply, Result, WindowsAround } from '../terms/exchange.ts';
import { isKept, isSameShared } from '../terms/shared-limit.ts';

export interface Script {
  readonly text: string;
  /** By which a Redis that has seen the text knows it. */
  readonly sha1: string;
}

/** The files beside this one of which a script is made, in their order. */
const PARTS = {
  exchange: ['bucket', 'exchange-arguments', 'hash', 'new-keys', 'exchange', 'exchange-answers'],
  windowExchange: ['bucket', 'exchange-arguments', 'hash', 'window-exchange', 'exchange-answers'],
  heartbeat: ['heartbeat'],
  probe: ['probe'],
} as const;

export function loadScript(name: keyof typeof PARTS): Script {
  const texts = PARTS[name].map((part) =>
    readFileSync(new URL(`./${part}.lua`, import.meta.url), 'utf8'),
  );
  return scriptOf(texts.join(''));
}

export function scriptOf(text: string): Script {
  return { text, sha1: createHash('sha1').update(text).digest('hex') };
}

/**
 * What the script is given beside the names of the keys, in whose order the exchanges are. Those
 * that say the same as the one before them, one number later, are only counted: of a batch of new
 * keys that is nearly all.
 */
export function argumentsOf(exchanges: readonly Exchange[], instance: string): string[] {
  const args = [instance];
  for (let i = 0; i < exchanges.length; ) {
    const first = exchanges[i] as Exchange;
    let count = 1;
    for (; i + count < exchanges.length; count++) {
      if (!isLater(exchanges[i + count] as Exchange, first, count)) break;
    }
    const numbers = numbersOf(first);
    args.push(String(count), String(numbers.length), ...numbers.map(String));
    i += count;
  }
  return args;
}

function numbersOf(exchange: Exchange): readonly number[] {
  const { seq, unanswered, keep, back, owed, vain, fill, want, least, ttlUs } = exchange;
  const { limit, holds, overdrafts = 0, costs, windows } = exchange;
  const lease = [seq, unanswered, keep, back, owed, vain, fill ? 1 : 0, want, least, ttlUs];
  const kept = isKept(limit) ? 1 : 0;
  if (limit.window === undefined || windows === undefined) {
    const { capacity, count, period, tickUs } = limit;
    return [...lease, capacity, count, period, tickUs, kept, holds, overdrafts, ...costs];
  }
  const { longestUs, endsUs, owedEndUs } = windows;
  const rules = [limit.capacity, 0, limit.window.kind, 0, kept];
  return [...lease, ...rules, holds, overdrafts, longestUs, ...endsUs, owedEndUs, ...costs];
}

/** Whether all is the same but the numbers of the exchanges, which are so many higher. */
function isLater(one: Exchange, first: Exchange, by: number): boolean {
  const { limit, costs } = one;
  return (
    one.seq === first.seq + by &&
    one.unanswered === first.unanswered + by &&
    one.keep === first.keep &&
    one.back === first.back &&
    one.owed === first.owed &&
    one.vain === first.vain &&
    one.fill === first.fill &&
    one.want === first.want &&
    one.least === first.least &&
    one.ttlUs === first.ttlUs &&
    one.holds === first.holds &&
    one.overdrafts === first.overdrafts &&
    isSameShared(limit, first.limit) &&
    isSameAround(one.windows, first.windows) &&
    costs.length === first.costs.length &&
    costs.every((cost, i) => cost === first.costs[i])
  );
}

function isSameAround(one?: WindowsAround, other?: WindowsAround): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (
    one.owedEndUs === other.owedEndUs && one.endsUs.every((endUs, i) => endUs === other.endsUs[i])
  );
}

/** What the script answers: for all keys, and then for each that was refused its place, and why. */
export type ExchangeAnswer = readonly [bytes: Buffer, ...refused: readonly (number | Buffer)[]];

export interface Outcomes {
  /** In the order of the keys. */
  readonly outcomes: readonly Result[];
  /** In the script's words, why keys were refused. */
  readonly troubles: readonly string[];
}

const NUMBER_BYTES = 8;
/** What stands before the verdicts where the script obeyed. */
const NUMBERS = 13;
/** What stands there alone where it did not. */
const UNDONE = new Map<number, Exclude<Result, object>>([
  [-1, 'stale'],
  [-2, 'newer'],
  [-3, 'refused'],
]);
/** What stands there where it was in none of the windows that it was told of, before its time. */
const ELSEWHERE = -4;
const ALLOWED = '1'.charCodeAt(0);

/** What the script did for each key. */
export function outcomesOf([bytes, ...refused]: ExchangeAnswer): Outcomes {
  const outcomes: Result[] = [];
  for (let at = 0; at < bytes.length; ) {
    const decided = bytes.readDoubleLE(at);
    if (decided === ELSEWHERE) {
      outcomes.push({ storeUs: bytes.readDoubleLE(at + NUMBER_BYTES) });
      at += 2 * NUMBER_BYTES;
      continue;
    }
    const undone = UNDONE.get(decided);
    outcomes.push(undone ?? replyAt(bytes, at, decided));
    at += undone === undefined ? NUMBERS * NUMBER_BYTES + decided : NUMBER_BYTES;
  }
  const troubles = refused.filter((part) => typeof part !== 'number').map(String);
  return { outcomes, troubles };
}

function replyAt(bytes: Buffer, at: number, decided: number): Reply {
  const number = (place: number) => bytes.readDoubleLE(at + place * NUMBER_BYTES);
  const verdictsAt = at + NUMBERS * NUMBER_BYTES;
  const allowed: boolean[] = [];
  for (let i = 0; i < decided; i++) allowed.push(bytes[verdictsAt + i] === ALLOWED);
  return {
    used: number(1),
    sinceUs: number(2),
    count: number(3),
    period: number(4),
    tickUs: number(5),
    held: number(6),
    grant: number(7),
    others: number(8),
    active: number(9),
    version: number(10),
    isKnown: number(11) === 1,
    existed: number(12) === 1,
    allowed,
  };
}
