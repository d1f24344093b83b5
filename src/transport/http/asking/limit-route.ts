/**
 * The hot route, POST /api/v1/limit: body to question, question to decision, decision to answer.
 *
 * The clock is read once to decide and once when the answer is handed over. What comes as a promise
 * is answered when it is there; nothing else waits, or costs more for it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { checked, type Decision } from '../../../bucket/decision.ts';
import { MOST_BODY_BYTES } from '../../../contract/bounds.ts';
import { LIMIT_PATH } from '../../../contract/paths.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Limiter, Question } from '../../../limiter/limiter.ts';
import { type Cells, DURATION, HTTP } from '../../../metrics/cells.ts';
import type { RequestReader } from '../../question/request-reader.ts';
import type { ServiceState } from '../../service-state.ts';
import { type BodyReceiver, receiveBody } from '../core/body.ts';
import type { Replies } from '../core/replies.ts';
import type { Route } from '../core/route.ts';
import { chooseForm, type Form } from './accept.ts';
import { type Answer, answerTo, headOf } from './answer.ts';

export interface LimitRouteParts {
  readonly reader: RequestReader;
  readonly limiter: Limiter;
  readonly cells: Cells;
  readonly clock: Clock;
  readonly state: ServiceState;
  readonly replies: Replies;
  readonly deniedStatus: number;
  readonly defaultAnswer: Form;
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
    const { replies } = this.#parts;
    if (!replies.refusesEncoding(req, res)) receiveBody(req, res, this, replies);
  }

  received(req: IncomingMessage, res: ServerResponse, body: Buffer): void {
    const { clock, replies } = this.#parts;
    const nowUs = clock();
    const reading = this.reader.readBytes(body);
    if (!reading.ok) {
      replies.badQuestion(res, reading);
      return;
    }
    const { question } = reading;
    const decision = this.take(question, nowUs);
    if (decision instanceof Promise) {
      const answering = decision.then((late) => this.#give(res, question, late, nowUs));
      void replies.inOrder(req.socket, answering);
    } else {
      this.#give(res, question, decision, nowUs);
    }
  }

  /** `nowUs` is when the question was there whole. */
  take(question: Question, nowUs: number): Decision | Promise<Decision> {
    return this.#parts.limiter.take(question, nowUs);
  }

  /** Counts a decision, and says what is to be answered. */
  answerTo(decision: Decision, question: Question, accept: string | undefined): Answer {
    const { cells, deniedStatus, defaultAnswer } = this.#parts;
    // Before the answer: whoever has it and then scrapes finds it counted.
    cells.decided(HTTP, decision.allowed);
    const asText = chooseForm(accept, defaultAnswer) === 'text';
    return answerTo(checked(decision), question, { deniedStatus, asText });
  }

  /** Counts how long it took, once the answer is handed over. */
  answered(nowUs: number): void {
    const { cells, clock } = this.#parts;
    cells.observe(DURATION, (clock() - nowUs) / 1_000_000);
  }

  /** A client that has gone meanwhile is answered in vain. */
  #give(res: ServerResponse, question: Question, decision: Decision, nowUs: number): void {
    const answer = this.answerTo(decision, question, res.req.headers.accept);
    const head = headOf(answer);
    if (this.#parts.state.isEnding) head.push('Connection', 'close');
    res.writeHead(answer.status, head);
    res.end(answer.body, 'latin1');
    this.answered(nowUs);
  }
}
