/**
 * What the stress asks: a small table, the keys whose admissions are judged, and the keys beside
 * them that fill it, force swaps and get evicted.
 */
import { type Limit, limitOf as limitByRate } from '../../src/bucket/limit.ts';
import { MOST_INTERVAL_US } from '../../src/contract/bounds.ts';
import { assert } from '../../src/lib/assert.ts';

export const MAX_KEYS = 512;
export const SHARDS = 4;
export const DECIDERS = 4;

const TOKEN_US = 4_000;
/** Cold keys refill faster than any that is judged: sharing an overflow bucket must not help it. */
const COLD_TOKEN_US = 250;
const NEVER = MOST_INTERVAL_US;

/** A limit in the plainest terms: the judge shares no arithmetic with src/bucket/. */
export interface Rule {
  readonly capacity: number;
  /** The time in which one token comes back: a whole number of halves. */
  readonly tokenUs: number;
}

export interface JudgedKey {
  readonly name: string;
  /** Asked under in turn, the next one every 2^15 microseconds. */
  readonly rules: readonly Rule[];
  /** It is asked for during this part of every cycle, and rests for the others. */
  readonly busyUs: number;
  readonly cycleUs: number;
  /**
   * Whether it is asked for ahead of the stress, so that it has a slot before the table is full.
   */
  readonly early: boolean;
  /** Now and then some tokens are given back to it, or its bucket is reset. */
  readonly gets?: 'returns' | 'resets';
}

const ALWAYS = { busyUs: 1, cycleUs: 1 };

function hot(name: string, capacity: number): JudgedKey {
  return { name, rules: [{ capacity, tokenUs: TOKEN_US }], ...ALWAYS, early: false };
}

/** Up, down and back, and at a slower rate. */
function moody(name: string): JudgedKey {
  const rules = [
    { capacity: 20, tokenUs: TOKEN_US },
    { capacity: 200, tokenUs: TOKEN_US },
    { capacity: 20, tokenUs: TOKEN_US },
    { capacity: 30, tokenUs: TOKEN_US * 4 },
  ];
  return { name, rules, ...ALWAYS, early: false };
}

/** Asked for as by both transports: by intervals, and by rates of which no interval is whole. */
function mixed(name: string, gets?: 'returns' | 'resets'): JudgedKey {
  const rules = [
    { capacity: 20, tokenUs: TOKEN_US },
    { capacity: 7, tokenUs: TOKEN_US + 0.5 },
    { capacity: 20, tokenUs: 2 * TOKEN_US + 1.5 },
  ];
  return { name, rules, ...ALWAYS, early: false, ...(gets === undefined ? {} : { gets }) };
}

/** Refills no token while a test runs: it is never evicted, and every token counts. */
function slow(name: string, ...capacities: readonly number[]): JudgedKey {
  const rules = capacities.map((capacity) => ({ capacity, tokenUs: NEVER / capacity }));
  return { name, rules, ...ALWAYS, early: true };
}

/**
 * Asked for in bursts, and full again before the next: it is evicted, is used while a shadow is
 * being built without it, and comes back when there may be no slot for it.
 */
function comer(cycleUs: number): JudgedKey {
  const rules = [{ capacity: 12, tokenUs: 1_000 }];
  return { name: `comer-${cycleUs}`, rules, busyUs: 4_000, cycleUs, early: false };
}

/**
 * As a comer, but so often that it may stay for many swaps, full at the one and used at the next.
 */
function flicker(cycleUs: number): JudgedKey {
  const rules = [{ capacity: 3, tokenUs: 500 }];
  return { name: `flicker-${cycleUs}`, rules, busyUs: 300, cycleUs, early: false };
}

export const JUDGED: readonly JudgedKey[] = [
  hot('hot-50', 50),
  hot('hot-100', 100),
  moody('moody-1'),
  moody('moody-2'),
  mixed('mixed'),
  mixed('mixed-returns-1', 'returns'),
  mixed('mixed-returns-2', 'returns'),
  mixed('mixed-resets', 'resets'),
  slow('slow-5', 5),
  slow('slow-20', 20),
  slow('slow-up-and-down', 10, 20, 5, 16),
  slow('slow-down-and-up', 12, 4, 10, 8),
  comer(19_000),
  comer(23_000),
  comer(29_000),
  comer(31_000),
  comer(37_000),
  comer(41_000),
  flicker(5_000),
  flicker(7_000),
];

const LIMITS = new Map<Rule, Limit>(
  JUDGED.flatMap((key) => key.rules.map((rule) => [rule, limitOf(rule)])),
);

export const COLD_LIMITS: readonly Limit[] = [1, 2].map((capacity) =>
  limitOf({ capacity, tokenUs: COLD_TOKEN_US }),
);

/** The limit that a judged key is asked under at this time. */
export function limitAt(key: JudgedKey, nowUs: number): Limit {
  const rule = key.rules[Math.floor(nowUs / 2 ** 15) % key.rules.length];
  const limit = rule === undefined ? undefined : LIMITS.get(rule);
  assert(limit !== undefined, 'a judged key has a limit at any time');
  return limit;
}

export function isBusy(key: JudgedKey, nowUs: number): boolean {
  return nowUs % key.cycleUs < key.busyUs;
}

/** The most that a reset can give back: no more is ever in use. */
export function largestCapacity({ rules }: JudgedKey): number {
  return Math.max(...rules.map(({ capacity }) => capacity));
}

/** New keys come in every other 2^16 microseconds, so the table is full at times. */
export function isFlooding(nowUs: number): boolean {
  return Math.floor(nowUs / 2 ** 16) % 2 === 0;
}

export function limitOf(rule: Rule): Limit {
  const limit = limitByRate({ capacity: rule.capacity, count: 2, periodUs: 2 * rule.tokenUs });
  assert(limit !== null, 'the rules of the stress are ones that the table can reckon with');
  return limit;
}
