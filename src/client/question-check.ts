/**
 * What the client says of a question before it sends it: what JSON would hide from the service, as
 * it makes `null` of NaN; a policy beside a limit, of which one would not hold; and a cost that can
 * never pass, which is wrong whether or not the service is there to say so. All else is for the
 * service to refuse.
 */
import { mostOverdraft } from '../contract/bounds.ts';
import { BadQuestionError } from './errors.ts';
import type { AnyQuestion } from './question.ts';

/** What is wrong with a cost under this capacity, in the service's words; null where nothing is. */
export function faultOfCost(cost: unknown, capacity: unknown): string | null {
  // A capacity that is none is a fault of its own.
  const most = isWholeFrom(capacity, 1) ? capacity : Number.MAX_SAFE_INTEGER;
  if (isWholeFrom(cost, 0) && cost <= most) return null;
  const wanted = most === capacity ? `from 0 to ${most} (the capacity)` : 'from 0 to the capacity';
  const fault = `cost must be a whole number ${wanted}, is ${shown(cost)}`;
  return isWholeFrom(cost, Number.MIN_SAFE_INTEGER) && cost < 0
    ? `${fault}; refund() gives back`
    : fault;
}

/** A cost that nobody can ever pay, however long they wait. */
export function isAboveCapacity(cost: unknown, capacity: unknown): boolean {
  return isWholeFrom(capacity, 1) && isWholeFrom(cost, 0) && cost > capacity;
}

/** The most that an overdraft of such a bucket can take: no more would change it. */
export function mostSettled(capacity: unknown): number {
  return isWholeFrom(capacity, 1) ? mostOverdraft(capacity) : Number.MAX_SAFE_INTEGER;
}

/** Throws a BadQuestionError that names the field. */
export function checkQuestion(question: AnyQuestion): void {
  checkLimit(question);
  const { capacity, cost, overdraft } = question;
  if (cost === undefined) return;
  const fault = overdraft === true ? faultOfOverdraft(cost, capacity) : faultOfCost(cost, capacity);
  if (fault !== null) throw new BadQuestionError(fault, 'cost');
}

/** The same of a question whose cost does not matter. */
export function checkLimit(question: AnyQuestion): void {
  checkObject(question);
  if (question.policy === undefined) checkNumbers(question);
  else checkNoLimit(question);
}

/** Of tokens that are given back or settled: whole, and at least 0. */
export function checkTokens(name: string, tokens: unknown): void {
  if (isWholeFrom(tokens, 0) && tokens <= Number.MAX_SAFE_INTEGER) return;
  throw new BadQuestionError(`${name} must be a whole number from 0, is ${shown(tokens)}`, 'cost');
}

function checkObject(question: unknown): void {
  if (typeof question === 'object' && question !== null) return;
  throw new BadQuestionError(`it must be an object, is ${shown(question)}`);
}

function checkNumbers(question: AnyQuestion): void {
  for (const field of ['capacity', 'interval'] as const) {
    const value: unknown = question[field];
    if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new BadQuestionError(`${field} must be a whole number from 1, is ${value}`, field);
    }
  }
}

function checkNoLimit(question: AnyQuestion): void {
  for (const field of ['capacity', 'interval', 'unit'] as const) {
    if (question[field] === undefined) continue;
    const fault = `${field} must be left out where policy is there: the policy says it`;
    throw new BadQuestionError(fault, field);
  }
}

function faultOfOverdraft(cost: unknown, capacity: unknown): string | null {
  const most = mostSettled(capacity);
  if (isWholeFrom(cost, 0) && cost <= most) return null;
  return `cost must be a whole number from 0 to ${most} (twice the capacity), is ${shown(cost)}`;
}

function isWholeFrom(value: unknown, least: number): value is number {
  return Number.isInteger(value) && (value as number) >= least;
}

function shown(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, 80)) : String(value);
}
