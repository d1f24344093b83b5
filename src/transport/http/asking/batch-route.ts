/**
 * POST /api/v1/limits: many questions in one body, each answered in its place.
 *
 * What is wrong with one question is said where its answer would be, and the others are decided.
 * All are asked at one time, in the order they came in, and answered when the last is decided.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Grant } from '../../../access/grant.ts';
import { checked, type Decision } from '../../../bucket/decision.ts';
import { MOST_BATCH_BYTES } from '../../../contract/bounds.ts';
import { LIMITS_PATH } from '../../../contract/paths.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Limiter, Question } from '../../../limiter/limiter.ts';
import { type Cells, DURATION, HTTP } from '../../../metrics/cells.ts';
import type { PolicyAsker, PolicyDecision, PolicyQuestion } from '../../../policies/asking.ts';
import type { Caller } from '../../../tracing/caller.ts';
import { questionsOf } from '../../question/questions.ts';
import { type BadQuestion, isByPolicy, type Reading } from '../../question/reading.ts';
import { permitted, refusalOfAll } from '../../question/refusal.ts';
import type { RequestReader } from '../../question/request-reader.ts';
import { type BodyReceiver, receiveBody } from '../core/body.ts';
import type { Replies } from '../core/replies.ts';
import type { Route } from '../core/route.ts';
import type { TokenGate } from '../core/token-gate.ts';
import { askFor } from '../core/trace-context.ts';
import type { AllRoute } from './all-route.ts';
import { decisionJson, defaultSource } from './answer.ts';
import { policyDecisionJson } from './policy-answer.ts';

export interface BatchRouteParts {
  readonly reader: RequestReader;
  readonly limiter: Limiter;
  readonly asker: PolicyAsker;
  readonly cells: Cells;
  readonly clock: Clock;
  readonly replies: Replies;
  readonly gate: TokenGate;
  /** Answers the other form of a body. */
  readonly allRoute: AllRoute;
  /** Null where nobody wants to know whose questions they are. */
  readonly caller: Caller | null;
}

export class BatchRoute implements Route, BodyReceiver {
  readonly method = 'POST';
  readonly path: string = LIMITS_PATH;
  readonly mostBytes: number = MOST_BATCH_BYTES;
  readonly decides = true;
  readonly #parts: BatchRouteParts;

  constructor(parts: BatchRouteParts) {
    this.#parts = parts;
  }

  handle(req: IncomingMessage, res: ServerResponse): void {
    const { gate, replies } = this.#parts;
    gate.admit(req, res, (grant) => {
      if (!replies.refusesEncoding(req, res)) receiveBody(req, res, this, replies, grant);
    });
  }

  received(req: IncomingMessage, res: ServerResponse, bytes: Buffer, grant: Grant): void {
    const { reader, clock, replies, allRoute, caller } = this.#parts;
    const nowUs = clock();
    const asked = questionsOf(bytes, reader);
    if (!asked.ok) {
      replies.badQuestion(res, asked);
      return;
    }
    if (asked.form === 'each') {
      const each = asked.each.map((one) => permitted(one, grant));
      askFor(caller, req, () => this.#answerEach(res, each, nowUs));
      return;
    }
    const refusal = refusalOfAll(grant, asked.all);
    if (refusal === null) askFor(caller, req, () => allRoute.answer(res, asked.all, nowUs));
    else replies.badQuestion(res, refusal);
  }

  #answerEach(res: ServerResponse, readings: readonly Reading[], nowUs: number): void {
    const { cells, clock, replies } = this.#parts;
    const answers = readings.map((reading) => this.#answerTo(reading, nowUs));
    const isThere = answers.every((answer) => typeof answer === 'string');
    replies.give(res, isThere ? answers : Promise.all(answers), (each) => {
      replies.text(res, `[${each.join(',')}]`, 'application/json');
      cells.observe(DURATION, (clock() - nowUs) / 1_000_000);
    });
  }

  /** What stands in the place of a question. */
  #answerTo(reading: Reading, nowUs: number): string | Promise<string> {
    if (!reading.ok) return this.#errorOf(reading);
    const { limiter } = this.#parts;
    const { question } = reading;
    if (isByPolicy(question)) return this.#answerByPolicy(question, nowUs);
    const decision = limiter.take(question, nowUs);
    if (decision instanceof Promise) return decision.then((late) => this.#counted(late, question));
    return this.#counted(decision, question);
  }

  #errorOf({ reason, field, fault }: BadQuestion): string {
    const { cells } = this.#parts;
    cells.badRequest(reason);
    if (reason === 'forbidden') cells.refuseAccess(HTTP, reason);
    return JSON.stringify({ error: { field, detail: fault } });
  }

  #answerByPolicy(question: PolicyQuestion, nowUs: number): string | Promise<string> {
    const { asker, cells } = this.#parts;
    const counted = (decision: PolicyDecision) => {
      cells.decided(HTTP, decision.allowed);
      return policyDecisionJson(decision, question.strict !== undefined);
    };
    const decision = asker.ask(question, nowUs);
    return decision instanceof Promise ? decision.then(counted) : counted(decision);
  }

  #counted(decision: Decision, question: Question): string {
    this.#parts.cells.decided(HTTP, decision.allowed);
    return decisionJson(checked(decision), defaultSource(question));
  }
}
