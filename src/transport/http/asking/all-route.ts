/**
 * The other form of POST /api/v1/limits, `{"all": [ … ]}`: a few questions, taken all or none.
 *
 * Used by BatchRoute, which reads the body. To whoever counts, all together are one decision.
 */
import type { ServerResponse } from 'node:http';
import { checked } from '../../../bucket/decision.ts';
import { RETRY_AFTER_FIELD, retryAfterSeconds } from '../../../contract/fields.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Decisions, Limiter, Question } from '../../../limiter/limiter.ts';
import { type Cells, DURATION, HTTP } from '../../../metrics/cells.ts';
import type { Replies } from '../core/replies.ts';
import { decisionJson } from './answer.ts';

export interface AllRouteParts {
  readonly limiter: Limiter;
  readonly cells: Cells;
  readonly clock: Clock;
  readonly replies: Replies;
  readonly deniedStatus: number;
}

export class AllRoute {
  readonly #parts: AllRouteParts;

  constructor(parts: AllRouteParts) {
    this.#parts = parts;
  }

  /** `nowUs` is when the body was there whole. */
  answer(res: ServerResponse, questions: readonly Question[], nowUs: number): void {
    const { limiter, cells, clock, replies } = this.#parts;
    replies.give(res, limiter.takeAll(questions, nowUs), (decisions) => {
      this.#give(res, decisions);
      cells.observe(DURATION, (clock() - nowUs) / 1_000_000);
    });
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
