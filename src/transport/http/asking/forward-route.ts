/**
 * Forward-auth, any method of /api/v1/forward/POLICY: a proxy asks whether a request of its client
 * may pass, and shows it. The policy says where the key is.
 *
 * What follows the policy in the target is the client's, and so are most fields: nothing of it
 * chooses the policy, the cost or the answer. Origin is the client's too, and is about the site
 * behind the proxy: pages of other sites are not turned away here. So is Authorization: the proxy
 * shows its token in a field of its own.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Grant } from '../../../access/grant.ts';
import {
  ALLOWED_STATUS,
  POLICY_FIELD,
  RATE_LIMIT_FIELD,
  RETRY_AFTER_FIELD,
} from '../../../contract/fields.ts';
import { FORWARD_PREFIX } from '../../../contract/paths.ts';
import type { BadRequestReason } from '../../../contract/reasons.ts';
import type { Clock } from '../../../lib/clock.ts';
import { type Cells, DURATION, HTTP } from '../../../metrics/cells.ts';
import type { PolicyAsker, PolicyDecision } from '../../../policies/asking.ts';
import { type ForwardKey, forwardKey } from '../../../policies/forward-key.ts';
import type { ForwardRule } from '../../../policies/forward-rule.ts';
import type { LivePolicy } from '../../../policies/live-policy.ts';
import type { PolicyBook } from '../../../policies/policy-book.ts';
import type { Caller } from '../../../tracing/caller.ts';
import type { TokenGuard } from '../../access/token-guard.ts';
import type { Replies } from '../core/replies.ts';
import type { PrefixRoute } from '../core/route.ts';
import { targetOf } from '../core/target.ts';
import { type TokenField, TokenGate } from '../core/token-gate.ts';
import { askFor } from '../core/trace-context.ts';
import { fieldsOf } from './policy-answer.ts';

/** What a request takes of each limit that does not say itself what it costs. */
const COST = 1;

/** A proxy sets it, whatever its client has sent. */
const ARGUS_TOKEN: TokenField = {
  // Of a field that is there twice Node makes a list with commas, which is no token.
  textIn: ({ headers }) => headers['argus-token']?.toString(),
  tokenIn: (text) => (/^[^\s,]+$/.test(text) ? text : undefined),
};

export interface ForwardRouteParts {
  readonly book: PolicyBook;
  readonly asker: PolicyAsker;
  readonly cells: Cells;
  readonly clock: Clock;
  readonly replies: Replies;
  readonly tokenGuard: TokenGuard;
  /** Null where nobody wants to know whose question it is. */
  readonly caller: Caller | null;
}

export class ForwardRoute implements PrefixRoute {
  readonly prefix: string = FORWARD_PREFIX;
  readonly #parts: ForwardRouteParts;
  readonly #gate: TokenGate;

  constructor(parts: ForwardRouteParts) {
    this.#parts = parts;
    const { replies, cells } = parts;
    this.#gate = new TokenGate({
      ...parts,
      place: HTTP,
      rights: ['ask'],
      field: ARGUS_TOKEN,
      replies: {
        give: (res, what, give) => replies.give(res, what, give),
        problem: (res, { status, reason }, more = []) => {
          if (reason !== undefined) cells.badRequest(reason);
          replies.empty(res, status, [...more]);
        },
      },
    });
  }

  handle(req: IncomingMessage, res: ServerResponse): void {
    this.#gate.admit(req, res, (grant) => this.#answer(req, res, grant));
  }

  #answer(req: IncomingMessage, res: ServerResponse, grant: Grant): void {
    const { book, cells, clock } = this.#parts;
    const nowUs = clock();
    const { name, target } = placesOf(targetOf(req));
    if (!grant.touchesPolicy(name)) {
      cells.refuseAccess(HTTP, 'forbidden');
      this.#refuse(res, 403, 'forbidden');
      return;
    }
    const policy = book.find(name);
    if (policy === undefined || policy.forward === null) {
      // Not a 404, which some proxies let pass: a policy may have been removed while they ask it.
      this.#refuse(res, 403, 'unknown_policy');
      return;
    }
    const rule = policy.forward;
    const { method = 'GET', rawHeaders: fields } = req;
    const found = forwardKey(rule, { method, fields, target });
    if (found !== null) this.#ask(res, { policy, rule, ...found }, nowUs);
    else this.#miss(res, policy, rule, nowUs);
  }

  #ask(res: ServerResponse, { rule, ...question }: Asked, nowUs: number): void {
    const { asker, replies, caller } = this.#parts;
    const asked = { ...question, cost: COST, overdraft: false };
    const decision = askFor(caller, res.req, () => asker.ask(asked, nowUs));
    replies.give(res, decision, (decided) => {
      this.#give(res, decided.allowed, rule, headOf(decided), nowUs);
    });
  }

  /** The request has no key. */
  #miss(res: ServerResponse, policy: LivePolicy, rule: ForwardRule, nowUs: number): void {
    const { missing } = rule;
    if (missing.do === 'use') {
      const { key } = missing;
      this.#ask(res, { policy, rule, key, subject: key }, nowUs);
    } else if (missing.do === 'decide') {
      this.#give(res, missing.allowed, rule, [], nowUs);
    } else {
      this.#refuse(res, 400, 'no_key');
    }
  }

  #give(
    res: ServerResponse,
    allowed: boolean,
    { denied }: ForwardRule,
    head: string[],
    nowUs: number,
  ): void {
    const { cells, clock, replies } = this.#parts;
    cells.decided(HTTP, allowed);
    replies.empty(res, allowed ? ALLOWED_STATUS : denied, head);
    cells.observe(DURATION, (clock() - nowUs) / 1_000_000);
  }

  #refuse(res: ServerResponse, status: number, reason: BadRequestReason): void {
    const { cells, replies } = this.#parts;
    cells.badRequest(reason);
    replies.empty(res, status, []);
  }
}

interface Asked extends ForwardKey {
  readonly policy: LivePolicy;
  readonly rule: ForwardRule;
}

interface Places {
  /** Of the policy: one segment, as it stands. */
  readonly name: string;
  /** What follows it. */
  readonly target: string;
}

/** REQUIRES: the target begins with FORWARD_PREFIX. */
function placesOf(whole: string): Places {
  const [name = ''] = whole.slice(FORWARD_PREFIX.length).split(/[/?#]/, 1);
  return { name, target: whole.slice(FORWARD_PREFIX.length + name.length) };
}

/** The header fields of a decision: names and values by turns. */
function headOf(decision: PolicyDecision): string[] {
  const { policy, rateLimit, retryAfter } = fieldsOf(decision);
  const head = policy === '' ? [] : [POLICY_FIELD, policy, RATE_LIMIT_FIELD, rateLimit];
  if (retryAfter > 0) head.push(RETRY_AFTER_FIELD, String(retryAfter));
  return head;
}
