/** Which of many keys is asked for next, a few far more often than all others. */
import { randomIndexes } from '../support/keys.ts';

const EXPONENT = 1.1;
const STEPS = 2 ** 32;

/**
 * Whole numbers from 0 to below `keys`, the n-th about 1 / (n + 1)^1.1 as often as the first: by
 * the inverse of the curve that goes through Zipf's law.
 */
export function zipfIndexes(seed: number, keys: number): () => number {
  const random = randomIndexes(seed, STEPS);
  const rest = 1 - EXPONENT;
  const end = (keys + 1) ** rest;
  return () => {
    const part = random() / STEPS;
    return Math.min(keys - 1, Math.floor((1 - part * (1 - end)) ** (1 / rest)) - 1);
  };
}
