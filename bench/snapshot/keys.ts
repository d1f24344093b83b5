/** The keys of the snapshot bench: of 16 bytes, all alive for a day. */
import type { Limit } from '../../src/bucket/limit.ts';
import { limitOf } from '../../src/bucket/limit.ts';
import { assert } from '../../src/lib/assert.ts';
import { randomKey } from '../support/keys.ts';

export const KEY_BYTES = 16;
/** A token takes a quarter of an hour to come back. */
export const CAPACITY = 100;
const DAY_US = 86_400_000_000;

export function keyOf(index: number): string {
  return randomKey(index).slice(0, KEY_BYTES);
}

export function dailyLimit(): Limit {
  const limit = limitOf({ capacity: CAPACITY, count: CAPACITY, periodUs: DAY_US });
  assert(limit !== null, 'the limit of the bench can be counted');
  return limit;
}
