/**
 * The other form of POST /api/v1/limits, `{"all": [ … ]}`: a few questions, taken all or none.
 *
 * Used by BatchRoute, which reads the body. To whoever counts, all together are one decision.
 */
import type { ServerResponse } from 'node:http';
import { checked } from '../../../bucket/decision.ts';
import { RETRY_AFTER_FIELD, retryAfterSeconds } from '../../../contract/fields.ts';
import type { Clock } from '../../../lib/clock.ts';
import type { Question } from '../../../limiter/limiter.ts';
import { type Cells, DURATION, HTTP } from '../../../metrics/cells.ts';
import type { Decided, DecidedAll, PolicyAsker, PolicyQuestion } from '../../../policies/asking.ts';
import type { Replies } from '../core/replies.ts';
import { decisionJson } from './answer.ts';
import { policyDecisionJson, policyWaitMs } from './policy-answer.ts';

export interface AllRouteParts {
  readonly asker: PolicyAsker;
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
  answer(
    res: ServerResponse,
    questions: readonly (Question | PolicyQuestion)[],
    nowUs: number,
  ): void {
    const { asker, cells, clock, replies } = this.#parts;
    replies.give(res, asker.askAll(questions, nowUs), (decisions) => {
      this.#give(res, decisions);
      cells.observe(DURATION, (clock() - nowUs) / 1_000_000);
    });
  }

  #give(res: ServerResponse, { allowed, each }: DecidedAll): void {
    const { cells, replies, deniedStatus } = this.#parts;
    cells.decided(HTTP, allowed);
    const retryAfterMs = longest(each.map(waitMs));
    const all = each.map(jsonOf).join(',');
    const body = `{"allowed":${allowed},"retryAfterMs":${retryAfterMs},"all":[${all}]}`;
    const head = ['Content-Type', 'application/json', 'Content-Length', String(body.length)];
    if (!allowed && retryAfterMs !== null) {
      head.push(RETRY_AFTER_FIELD, String(retryAfterSeconds(retryAfterMs)));
    }
    replies.send(res, allowed ? 200 : deniedStatus, head, body);
  }
}

function jsonOf(decided: Decided): string {
  return 'policy' in decided
    ? policyDecisionJson(decided, true)
    : decisionJson(checked(decided), 'local');
}

/** Null where no wait helps. */
function waitMs(decided: Decided): number | null {
  return 'policy' in decided ? policyWaitMs(decided) : decided.retryAfterMs;
}

function longest(waits: readonly (number | null)[]): number | null {
  return waits.includes(null) ? null : Math.max(...(waits as number[]));
}
