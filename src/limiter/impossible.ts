/** A question that is denied whatever else is asked: what is asked with it is not taken. */
import type { Asked, KeptQuestion } from './limiter.ts';

const RATE = { capacity: 1, count: 1, period: 1, tickUs: 1, intervalUs: 1 };
/** As its asker's own it changes no bucket. */
const KEPT = { rate: RATE, window: null, isAskers: true };

/** REQUIRES: nothing else that is asked with it has this key. */
export function impossible(key: string): KeptQuestion {
  return { key, kept: KEPT, cost: 2, overdraft: false, isDry: false };
}

/** Whether impossible() made it: then nobody has asked it. */
export function isImpossible(question: Asked): boolean {
  return 'kept' in question && question.kept === KEPT;
}
