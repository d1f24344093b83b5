/**
 * The hot route, POST /api/v1/limit: body to question, question to decision, decision to answer.
 *
 * Nothing here awaits. The clock is read once to decide and once when the answer is handed over.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../lib/clock.ts';
import type { Limiter } from '../../limiter/limiter.ts';
import { type Cells, DURATION, HTTP } from '../../metrics/cells.ts';
import { type BadQuestion, RequestReader } from '../request.ts';
import type { ServiceState } from '../service-state.ts';
import { shown } from '../shown.ts';
import { chooseForm, type Form } from './accept.ts';
import { answerTo } from './answer.ts';
import { type BodyReceiver, receiveBody } from './body.ts';
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
  readonly #parts: LimitRouteParts;
  readonly #reader = new RequestReader();

  constructor(parts: LimitRouteParts) {
    this.#parts = parts;
  }

  handle(req: IncomingMessage, res: ServerResponse): void {
    const encoding = req.headers['content-encoding'];
    if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
      const detail = `Content-Encoding must be absent or identity, is ${shown(encoding)}`;
      this.#parts.replies.problem(res, { status: 415, detail, reason: 'content_encoding' });
      return;
    }
    receiveBody(req, res, this);
  }

  tooLarge(req: IncomingMessage, res: ServerResponse): void {
    this.#parts.replies.tooLarge(req, res);
  }

  received(req: IncomingMessage, res: ServerResponse, body: Buffer): void {
    const { limiter, cells, clock, state, deniedStatus, defaultAnswer } = this.#parts;
    const nowUs = clock();
    const reading = this.#reader.readBytes(body);
    if (!reading.ok) {
      this.#refuse(res, reading);
      return;
    }
    const { question } = reading;
    const decision = limiter.take(question, nowUs);
    const asText = chooseForm(req.headers.accept, defaultAnswer) === 'text';
    const answer = answerTo(decision, question.limit, { deniedStatus, asText });
    if (state.isEnding) answer.head.push('Connection', 'close');
    // Before the answer: whoever has it and then scrapes finds it counted.
    cells.decided(HTTP, decision.allowed);
    res.writeHead(answer.status, answer.head);
    res.end(answer.body, 'latin1');
    cells.observe(DURATION, (clock() - nowUs) / 1_000_000);
  }

  #refuse(res: ServerResponse, { reason, field, fault }: BadQuestion): void {
    const problem = { status: 400, detail: fault, reason };
    this.#parts.replies.problem(res, field === undefined ? problem : { ...problem, field });
  }
}
