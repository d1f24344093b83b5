/**
 * The hot route, POST /api/v1/limit: body to question, question to decision, decision to answer.
 *
 * Nothing here awaits. The clock is read once to decide and once when the answer is handed over.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../lib/clock.ts';
import type { Limiter, Question } from '../../limiter/limiter.ts';
import { type Cells, DURATION, HTTP } from '../../metrics/cells.ts';
import { RequestReader } from '../request.ts';
import type { ServiceState } from '../service-state.ts';
import { chooseForm, type Form } from './accept.ts';
import { type Answer, answerTo, headOf } from './answer.ts';
import { type BodyReceiver, MOST_BODY_BYTES, receiveBody } from './body.ts';
import type { Replies } from './reply.ts';

export interface LimitRouteParts {
  readonly limiter: Limiter;
  readonly cells: Cells;
  readonly clock: Clock;
  readonly state: ServiceState;
  readonly replies: Replies;
  readonly deniedStatus: number;
  readonly defaultAnswer: Form;
}

export class LimitRoute implements BodyReceiver {
  readonly mostBytes: number = MOST_BODY_BYTES;
  readonly reader: RequestReader = new RequestReader();
  readonly #parts: LimitRouteParts;

  constructor(parts: LimitRouteParts) {
    this.#parts = parts;
  }

  handle(req: IncomingMessage, res: ServerResponse): void {
    if (!this.#parts.replies.refusesEncoding(req, res)) receiveBody(req, res, this);
  }

  tooLarge(req: IncomingMessage, res: ServerResponse): void {
    this.#parts.replies.tooLarge(req, res, this.mostBytes);
  }

  received(req: IncomingMessage, res: ServerResponse, body: Buffer): void {
    const { clock, state, replies } = this.#parts;
    const nowUs = clock();
    const reading = this.reader.readBytes(body);
    if (!reading.ok) {
      replies.badQuestion(res, reading);
      return;
    }
    const answer = this.decide(reading.question, req.headers.accept, nowUs);
    const head = headOf(answer);
    if (state.isEnding) head.push('Connection', 'close');
    res.writeHead(answer.status, head);
    res.end(answer.body, 'latin1');
    this.answered(nowUs);
  }

  /** Decides and counts. `nowUs` is when the question was there whole. */
  decide(question: Question, accept: string | undefined, nowUs: number): Answer {
    const { limiter, cells, deniedStatus, defaultAnswer } = this.#parts;
    const decision = limiter.take(question, nowUs);
    // Before the answer: whoever has it and then scrapes finds it counted.
    cells.decided(HTTP, decision.allowed);
    const asText = chooseForm(accept, defaultAnswer) === 'text';
    return answerTo(decision, question.limit, { deniedStatus, asText });
  }

  /** Counts how long it took, once the answer is handed over. */
  answered(nowUs: number): void {
    const { cells, clock } = this.#parts;
    cells.observe(DURATION, (clock() - nowUs) / 1_000_000);
  }
}
