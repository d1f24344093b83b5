/**
 * The other form of POST /api/v1/limits, `{"all": [ … ]}`: a few questions, taken all or none.
 *
 * Used by BatchRoute, which reads the body. What is wrong with one question is wrong with the whole:
 * nothing is taken then. To whoever counts, all together are one decision.
 */
import type { ServerResponse } from 'node:http';
import { checked } from '../../../bucket/decision.ts';
import { MOST_ALL } from '../../../contract/bounds.ts';
import { RETRY_AFTER_FIELD, retryAfterSeconds } from '../../../contract/fields.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Decisions, Limiter, Question } from '../../../limiter/limiter.ts';
import { type Cells, DURATION, HTTP } from '../../../metrics/cells.ts';
import { type BadQuestion, RequestReader } from '../../question/request-reader.ts';
import { cut, shown } from '../../question/shown.ts';
import type { Replies } from '../core/replies.ts';
import { decisionJson } from './answer.ts';

export interface AllRouteParts {
  readonly limiter: Limiter;
  readonly cells: Cells;
  readonly clock: Clock;
  readonly replies: Replies;
  readonly deniedStatus: number;
}

export interface AllOrNone {
  readonly all: unknown;
}

type AllReading =
  | { readonly ok: true; readonly questions: readonly Question[] }
  | ({ readonly ok: false } & BadQuestion);

export class AllRoute {
  readonly #parts: AllRouteParts;
  readonly #reader = new RequestReader();

  constructor(parts: AllRouteParts) {
    this.#parts = parts;
  }

  /** `nowUs` is when the body was there whole. */
  answer(res: ServerResponse, body: AllOrNone, nowUs: number): void {
    const { limiter, cells, clock, replies } = this.#parts;
    const reading = this.#read(body);
    if (!reading.ok) {
      replies.badQuestion(res, reading);
      return;
    }
    replies.give(res, limiter.takeAll(reading.questions, nowUs), (decisions) => {
      this.#give(res, decisions);
      cells.observe(DURATION, (clock() - nowUs) / 1_000_000);
    });
  }

  #read(body: AllOrNone): AllReading {
    const fault = faultOfBody(body);
    if (fault !== null) return { ok: false, ...fault };
    const questions: Question[] = [];
    const places = new Map<string, number>();
    for (const [place, value] of (body.all as unknown[]).entries()) {
      const reading = this.#reader.readValue(value, 'a question');
      if (!reading.ok) return { ok: false, ...faultAt(place, reading) };
      const { key } = reading.question;
      const same = places.get(key);
      if (same !== undefined) {
        const fault = `key must be another than that of all[${same}], is ${shown(key)}`;
        return { ok: false, ...faultAt(place, { reason: 'bad_field', field: 'key', fault }) };
      }
      places.set(key, place);
      questions.push(reading.question);
    }
    return { ok: true, questions };
  }

  #give(res: ServerResponse, { allowed, each }: Decisions): void {
    const { cells, replies, deniedStatus } = this.#parts;
    cells.decided(HTTP, allowed);
    const retryAfterMs = Math.max(...each.map((decision) => decision.retryAfterMs));
    const all = each.map((decision) => decisionJson(checked(decision), 'local')).join(',');
    const body = `{"allowed":${allowed},"retryAfterMs":${retryAfterMs},"all":[${all}]}`;
    const head = ['Content-Type', 'application/json', 'Content-Length', String(body.length)];
    if (!allowed) head.push(RETRY_AFTER_FIELD, String(retryAfterSeconds(retryAfterMs)));
    replies.send(res, allowed ? 200 : deniedStatus, head, body);
  }
}

/** Whether a body is of this form, good or bad. */
export function isAllOrNone(value: unknown): value is AllOrNone {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, 'all');
}

function faultOfBody(body: AllOrNone): BadQuestion | null {
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
function faultAt(place: number, { reason, field, fault }: BadQuestion): BadQuestion {
  const where = `all[${place}]`;
  const name = field === undefined ? where : `${where}.${field}`;
  return { reason, field: name, fault: `${where}: ${fault}` };
}
