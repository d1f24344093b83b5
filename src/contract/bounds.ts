/** How much may be asked: the bounds of a question, and of a body that holds several. */
import { UNITS_US } from './units.ts';

/** Bytes of UTF-8. */
export const MOST_KEY_BYTES = 256;
/** Also the most tokens that may come back in a period. */
export const MOST_CAPACITY: number = Number.MAX_SAFE_INTEGER;
/** The most that an overdraft takes: what is full goes as far below empty. */
export function mostOverdraft(capacity: number): number {
  return Math.min(2 * capacity, MOST_CAPACITY);
}
export const MOST_INTERVAL_DAYS = 366;
export const MOST_INTERVAL_US: number = MOST_INTERVAL_DAYS * UNITS_US.d;

/** Questions in a batch, each decided by itself. */
export const MOST_QUESTIONS = 1_000;
/** Questions that are taken all or none. */
export const MOST_ALL = 32;

/** Bytes of a body that is one question. */
export const MOST_BODY_BYTES: number = 16 * 1_024;
/** Bytes of a body that holds several. */
export const MOST_BATCH_BYTES: number = 512 * 1_024;
