/**
 * The hot route, POST /api/v1/limit: body to question, question to decision, decision to answer.
 *
 * The clock is read once to decide and once when the answer is handed over. What comes as a promise
 * is answered when it is there; nothing else waits, or costs more for it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Grant } from '../../../access/grant.ts';
import { checked, type Decision } from '../../../bucket/decision.ts';
import { MOST_BODY_BYTES } from '../../../contract/bounds.ts';
import { LIMIT_PATH } from '../../../contract/paths.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Limiter, Question } from '../../../limiter/limiter.ts';
import { type Cells, DURATION, HTTP } from '../../../metrics/cells.ts';
import type { PolicyAsker, PolicyDecision, PolicyQuestion } from '../../../policies/asking.ts';
import type { Caller } from '../../../tracing/caller.ts';
import { isByPolicy } from '../../question/reading.ts';
import { permitted } from '../../question/refusal.ts';
import type { RequestReader } from '../../question/request-reader.ts';
import type { ServiceState } from '../../service-state.ts';
import { type BodyReceiver, receiveBody } from '../core/body.ts';
import type { Replies } from '../core/replies.ts';
import type { Route } from '../core/route.ts';
import type { TokenGate } from '../core/token-gate.ts';
import { askFor } from '../core/trace-context.ts';
import { chooseForm, type Form } from './accept.ts';
import { type Answer, type AnswerForm, answerTo, headOf } from './answer.ts';
import { policyAnswerTo } from './policy-answer.ts';

export interface LimitRouteParts {
  readonly reader: RequestReader;
  readonly limiter: Limiter;
  readonly asker: PolicyAsker;
  readonly cells: Cells;
  readonly clock: Clock;
  readonly state: ServiceState;
  readonly replies: Replies;
  readonly gate: TokenGate;
  readonly deniedStatus: number;
  readonly defaultAnswer: Form;
  /** Null where nobody wants to know whose question it is. */
  readonly caller: Caller | null;
}

export class LimitRoute implements Route, BodyReceiver {
  readonly method = 'POST';
  readonly path: string = LIMIT_PATH;
  readonly mostBytes: number = MOST_BODY_BYTES;
  readonly decides = true;
  readonly reader: RequestReader;
  readonly #parts: LimitRouteParts;

  constructor(parts: LimitRouteParts) {
    this.#parts = parts;
    this.reader = parts.reader;
  }

  handle(req: IncomingMessage, res: ServerResponse): void {
    const { gate, replies } = this.#parts;
    gate.admit(req, res, (grant) => {
      if (!replies.refusesEncoding(req, res)) receiveBody(req, res, this, replies, grant);
    });
  }

  received(req: IncomingMessage, res: ServerResponse, body: Buffer, grant: Grant): void {
    const { clock, replies, caller } = this.#parts;
    const nowUs = clock();
    const reading = permitted(this.reader.readBytes(body), grant);
    if (!reading.ok) {
      replies.badQuestion(res, reading);
      return;
    }
    const { question } = reading;
    const { accept } = req.headers;
    const answer = askFor(caller, req, () => this.answer(question, accept, nowUs));
    if (answer instanceof Promise) {
      const given = answer.then((late) => this.#give(res, late, nowUs));
      void replies.inOrder(req.socket, given);
    } else {
      this.#give(res, answer, nowUs);
    }
  }

  /** Decides, counts it, and says what to answer. `nowUs` is when the question was there whole. */
  answer(
    question: Question | PolicyQuestion,
    accept: string | undefined,
    nowUs: number,
  ): Answer | Promise<Answer> {
    if (isByPolicy(question)) return this.#answerByPolicy(question, accept, nowUs);
    const decision = this.#parts.limiter.take(question, nowUs);
    return decision instanceof Promise
      ? decision.then((late) => this.#answerTo(late, question, accept))
      : this.#answerTo(decision, question, accept);
  }

  #answerTo(decision: Decision, question: Question, accept: string | undefined): Answer {
    const { cells } = this.#parts;
    // Before the answer: whoever has it and then scrapes finds it counted.
    cells.decided(HTTP, decision.allowed);
    return answerTo(checked(decision), question, this.#formOf(accept));
  }

  #answerByPolicy(
    question: PolicyQuestion,
    accept: string | undefined,
    nowUs: number,
  ): Answer | Promise<Answer> {
    const { asker, cells } = this.#parts;
    const answerTo = (decision: PolicyDecision) => {
      cells.decided(HTTP, decision.allowed);
      return policyAnswerTo(decision, question, this.#formOf(accept));
    };
    const decision = asker.ask(question, nowUs);
    return decision instanceof Promise ? decision.then(answerTo) : answerTo(decision);
  }

  #formOf(accept: string | undefined): AnswerForm {
    const { deniedStatus, defaultAnswer } = this.#parts;
    return { deniedStatus, asText: chooseForm(accept, defaultAnswer) === 'text' };
  }

  /** Counts how long it took, once the answer is handed over. */
  answered(nowUs: number): void {
    const { cells, clock } = this.#parts;
    cells.observe(DURATION, (clock() - nowUs) / 1_000_000);
  }

  /** A client that has gone meanwhile is answered in vain. */
  #give(res: ServerResponse, answer: Answer, nowUs: number): void {
    const head = headOf(answer);
    if (this.#parts.state.isEnding) head.push('Connection', 'close');
    res.writeHead(answer.status, head);
    res.end(answer.body, 'latin1');
    this.answered(nowUs);
  }
}
