/**
 * What the client says of a question before it sends it: what JSON would hide from the service, as
 * it makes `null` of NaN, and a cost that can never pass, which is wrong whether or not the service
 * is there to say so. All else is for the service to refuse.
 */
import { BadQuestionError } from './errors.ts';
import type { Question } from './question.ts';

/** What is wrong with a cost under this capacity, in the service's words; null where nothing is. */
export function faultOfCost(cost: unknown, capacity: unknown): string | null {
  // A capacity that is none is a fault of its own.
  const most = isWholeFrom(capacity, 1) ? capacity : Number.MAX_SAFE_INTEGER;
  if (isWholeFrom(cost, 0) && cost <= most) return null;
  const wanted = most === capacity ? `from 0 to ${most} (the capacity)` : 'from 0 to the capacity';
  return `cost must be a whole number ${wanted}, is ${shown(cost)}`;
}

/** A cost that nobody can ever pay, however long they wait. */
export function isAboveCapacity(cost: unknown, capacity: unknown): boolean {
  return isWholeFrom(capacity, 1) && isWholeFrom(cost, 0) && cost > capacity;
}

/** Throws a BadQuestionError that names the field. */
export function checkQuestion(question: Question): void {
  if (typeof question !== 'object' || question === null) {
    throw new BadQuestionError(`it must be an object, is ${shown(question)}`);
  }
  const { capacity, cost } = question;
  for (const field of ['capacity', 'interval'] as const) {
    const value: unknown = question[field];
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new BadQuestionError(`${field} must be a whole number from 1, is ${value}`, field);
    }
  }
  const fault = cost === undefined ? null : faultOfCost(cost, capacity);
  if (fault !== null) throw new BadQuestionError(fault, 'cost');
}

function isWholeFrom(value: unknown, least: number): value is number {
  return Number.isInteger(value) && (value as number) >= least;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : String(value);
}
