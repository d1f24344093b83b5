/**
 * POST /api/v1/limits: many questions in one body, each answered in its place.
 *
 * What is wrong with one question is said where its answer would be, and the others are decided.
 * All are asked at one time, in the order they came in, and answered when the last is decided.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { checked, type Decision } from '../../../bucket/decision.ts';
import { MOST_BATCH_BYTES, MOST_QUESTIONS } from '../../../contract/bounds.ts';
import { LIMITS_PATH } from '../../../contract/paths.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Limiter, Question } from '../../../limiter/limiter.ts';
import { type Cells, DURATION, HTTP } from '../../../metrics/cells.ts';
import { type BadQuestion, RequestReader } from '../../question/request-reader.ts';
import { shown } from '../../question/shown.ts';
import { type BodyReceiver, receiveBody } from '../core/body.ts';
import type { Replies } from '../core/replies.ts';
import type { Route } from '../core/route.ts';
import { type AllRoute, isAllOrNone } from './all-route.ts';
import { decisionJson, defaultSource } from './answer.ts';

export interface BatchRouteParts {
  readonly limiter: Limiter;
  readonly cells: Cells;
  readonly clock: Clock;
  readonly replies: Replies;
  /** Answers the other form of a body. */
  readonly allRoute: AllRoute;
}

export class BatchRoute implements Route, BodyReceiver {
  readonly method = 'POST';
  readonly path: string = LIMITS_PATH;
  readonly mostBytes: number = MOST_BATCH_BYTES;
  readonly decides = true;
  readonly #parts: BatchRouteParts;
  readonly #reader = new RequestReader();

  constructor(parts: BatchRouteParts) {
    this.#parts = parts;
  }

  handle(req: IncomingMessage, res: ServerResponse): void {
    if (!this.#parts.replies.refusesEncoding(req, res)) receiveBody(req, res, this);
  }

  tooLarge(req: IncomingMessage, res: ServerResponse, isForNow: boolean): void {
    const { replies } = this.#parts;
    if (isForNow) replies.noRoom(req, res);
    else replies.tooLarge(req, res, this.mostBytes);
  }

  received(_req: IncomingMessage, res: ServerResponse, bytes: Buffer): void {
    const { clock, replies, allRoute } = this.#parts;
    const nowUs = clock();
    const body = this.#reader.parse(bytes, 'a JSON array of questions');
    if (!body.ok) {
      replies.badQuestion(res, body);
      return;
    }
    if (isAllOrNone(body.value)) {
      allRoute.answer(res, body.value, nowUs);
      return;
    }
    const fault = faultOfBatch(body.value);
    if (fault === null) this.#answerEach(res, body.value as unknown[], nowUs);
    else replies.badQuestion(res, { reason: 'bad_batch', fault });
  }

  #answerEach(res: ServerResponse, values: readonly unknown[], nowUs: number): void {
    const { cells, clock, replies } = this.#parts;
    const answers = values.map((value) => this.#answerTo(value, nowUs));
    const isThere = answers.every((answer) => typeof answer === 'string');
    replies.give(res, isThere ? answers : Promise.all(answers), (each) => {
      replies.text(res, `[${each.join(',')}]`, 'application/json');
      cells.observe(DURATION, (clock() - nowUs) / 1_000_000);
    });
  }

  /** What stands in the place of a question. */
  #answerTo(value: unknown, nowUs: number): string | Promise<string> {
    const { limiter, cells } = this.#parts;
    const reading = this.#reader.readValue(value, 'a question');
    if (!reading.ok) {
      cells.badRequest(reading.reason);
      return errorJson(reading);
    }
    const { question } = reading;
    const decision = limiter.take(question, nowUs);
    if (decision instanceof Promise) return decision.then((late) => this.#counted(late, question));
    return this.#counted(decision, question);
  }

  #counted(decision: Decision, question: Question): string {
    this.#parts.cells.decided(HTTP, decision.allowed);
    return decisionJson(checked(decision), defaultSource(question));
  }
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

function errorJson({ field, fault }: BadQuestion): string {
  return JSON.stringify({ error: { field, detail: fault } });
}
