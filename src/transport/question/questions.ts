/**
 * What a request asks: one question, several that are decided each by itself, or several that are
 * taken all or none.
 *
 * This is where questions come from. Today they stand in the body, each with its key and its limit;
 * who answers them does not know that, and is only told what is asked.
 */
import { MOST_ALL, MOST_QUESTIONS } from '../../contract/bounds.ts';
import { cut, shown } from '../../lib/shown.ts';
import type { Question } from '../../limiter/limiter.ts';
import type { PolicyQuestion } from '../../policies/asking.ts';
import { type BadQuestion, isByPolicy, type Reading } from './reading.ts';
import type { RequestReader } from './request-reader.ts';

/** Several questions of one request. */
export type Questions =
  /** Each is decided by itself: what is wrong with one is said in its place. */
  | { readonly ok: true; readonly form: 'each'; readonly each: readonly Reading[] }
  /** One decision: what is wrong with one is wrong with all. */
  | {
      readonly ok: true;
      readonly form: 'all';
      readonly all: readonly (Question | PolicyQuestion)[];
    }
  | ({ readonly ok: false } & BadQuestion);

interface AllOrNone {
  readonly all: unknown;
}

/** Reads a body that holds several questions. */
export function questionsOf(body: Buffer, reader: RequestReader): Questions {
  const parsed = reader.parse(body, 'a JSON array of questions');
  if (!parsed.ok) return parsed;
  const { value } = parsed;
  if (isAllOrNone(value)) return readAll(value, reader);
  const fault = faultOfBatch(value);
  if (fault !== null) return { ok: false, reason: 'bad_batch', fault };
  const each = (value as unknown[]).map((one) => reader.readValue(one, 'a question'));
  return { ok: true, form: 'each', each };
}

function faultOfBatch(value: unknown): string | null {
  const wanted = `the body must be a JSON array of 1 to ${MOST_QUESTIONS} questions`;
  if (!Array.isArray(value)) {
    const without = typeof value === 'object' && value !== null ? ' without it' : '';
    return `${wanted}, or an object with all, is ${shown(value)}${without}`;
  }
  if (value.length >= 1 && value.length <= MOST_QUESTIONS) return null;
  return `${wanted}, has ${value.length}`;
}

/** Whether a body asks for all or none, well or badly. */
function isAllOrNone(value: unknown): value is AllOrNone {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'all');
}

function readAll(body: AllOrNone, reader: RequestReader): Questions {
  const fault = faultOfAll(body);
  if (fault !== null) return { ok: false, ...fault };
  const all: (Question | PolicyQuestion)[] = [];
  const places = new Map<string, number>();
  for (const [place, value] of (body.all as unknown[]).entries()) {
    const reading = reader.readValue(value, 'a question');
    if (!reading.ok) return { ok: false, ...faultAt(place, reading) };
    const { question } = reading;
    const bucket = bucketOf(question);
    const fault = faultInAll(question, places.get(bucket));
    if (fault !== null) return { ok: false, ...faultAt(place, fault) };
    places.set(bucket, place);
    all.push(question);
  }
  return { ok: true, form: 'all', all };
}

/** What no two of them may have in common. */
function bucketOf(question: Question | PolicyQuestion): string {
  return isByPolicy(question) ? `${question.policy.name}\0${question.key}` : `\0${question.key}`;
}

/** `same`: the place of another question for the same bucket. */
function faultInAll(
  { key, cost, overdraft }: Question | PolicyQuestion,
  same: number | undefined,
): BadQuestion | null {
  const bad = (field: string, fault: string): BadQuestion => {
    return { reason: 'bad_field', field, fault };
  };
  if (same !== undefined) {
    return bad('key', `key must be another than that of all[${same}], is ${shown(key)}`);
  }
  const together = 'where questions are taken all or none';
  if (cost < 0) return bad('cost', `cost must be at least 0 ${together}, is ${cost}`);
  if (overdraft === true)
    return bad('overdraft', `overdraft must be left out ${together}, is true`);
  return null;
}

function faultOfAll(body: AllOrNone): BadQuestion | null {
  const { all } = body;
  const other = Object.keys(body).find((name) => name !== 'all');
  if (other !== undefined) {
    const fault = `${shown(other)} is not a field; the only field is all`;
    return { reason: 'unknown_field', field: cut(other), fault };
  }
  const wanted = `all must be an array of 1 to ${MOST_ALL} questions`;
  const refused = (is: string): BadQuestion => {
    return { reason: 'bad_batch', field: 'all', fault: `${wanted}, ${is}` };
  };
  if (!Array.isArray(all)) return refused(`is ${shown(all)}`);
  return all.length >= 1 && all.length <= MOST_ALL ? null : refused(`has ${all.length}`);
}

/** What is wrong with one question, told so that it names which. */
export function faultAt(place: number, { reason, field, fault }: BadQuestion): BadQuestion {
  const where = `all[${place}]`;
  const name = field === undefined ? where : `${where}.${field}`;
  return { reason, field: name, fault: `${where}: ${fault}` };
}
