/**
 * POST /api/v1/limits: many questions in one body, each answered in its place.
 *
 * What is wrong with one question is said where its answer would be, and the others are decided.
 * All are decided at one time, in the order they came in.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../lib/clock.ts';
import type { Limiter } from '../../limiter/limiter.ts';
import { type Cells, DURATION, HTTP } from '../../metrics/cells.ts';
import { type BadQuestion, RequestReader } from '../request.ts';
import { shown } from '../shown.ts';
import { decisionJson } from './answer.ts';
import { type BodyReceiver, MOST_BATCH_BYTES, receiveBody } from './body.ts';
import type { Replies } from './reply.ts';

export interface BatchRouteParts {
  readonly limiter: Limiter;
  readonly cells: Cells;
  readonly clock: Clock;
  readonly replies: Replies;
}

export const MOST_QUESTIONS = 1_000;

export class BatchRoute implements BodyReceiver {
  readonly mostBytes: number = MOST_BATCH_BYTES;
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
    const { cells, clock, replies } = this.#parts;
    const nowUs = clock();
    const body = this.#reader.parse(bytes, 'a JSON array of questions');
    if (!body.ok) {
      replies.badQuestion(res, body);
      return;
    }
    const fault = faultOfBatch(body.value);
    if (fault !== null) {
      replies.badQuestion(res, { reason: 'bad_batch', fault });
      return;
    }
    const answers = (body.value as unknown[]).map((value) => this.#answer(value, nowUs));
    replies.text(res, `[${answers.join(',')}]`, 'application/json');
    cells.observe(DURATION, (clock() - nowUs) / 1_000_000);
  }

  #answer(value: unknown, nowUs: number): string {
    const { limiter, cells } = this.#parts;
    const reading = this.#reader.readValue(value, 'a question');
    if (!reading.ok) {
      cells.badRequest(reading.reason);
      return errorJson(reading);
    }
    const decision = limiter.take(reading.question, nowUs);
    cells.decided(HTTP, decision.allowed);
    return decisionJson(decision);
  }
}

function faultOfBatch(value: unknown): string | null {
  const wanted = `the body must be a JSON array of 1 to ${MOST_QUESTIONS} questions`;
  if (!Array.isArray(value)) return `${wanted}, is ${shown(value)}`;
  if (value.length >= 1 && value.length <= MOST_QUESTIONS) return null;
  return `${wanted}, has ${value.length}`;
}

function errorJson({ field, fault }: BadQuestion): string {
  return JSON.stringify({ error: { field, detail: fault } });
}
