/**
 * Lets only those through who show the admin token: `Authorization: Bearer` and the token, and
 * nowhere else.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { RETRY_AFTER_FIELD } from '../../../contract/fields.ts';
import type { AdminGuard, Verdict } from '../../access/admin-guard.ts';
import type { Replies } from './replies.ts';

export const TOO_MANY_TOKENS =
  'too many wrong tokens came from this address lately: this one was not looked at, try again';

const REASON = 'unauthorized';

export interface TokenGateParts {
  readonly adminGuard: AdminGuard;
  readonly replies: Replies;
  /** Where the token is shown: its index in TOKEN_PLACES. */
  readonly place: number;
}

export class TokenGate {
  readonly #parts: TokenGateParts;

  constructor(parts: TokenGateParts) {
    this.#parts = parts;
  }

  /** Calls `enter` where the token is right, perhaps later; answers everybody else. */
  admit(req: IncomingMessage, res: ServerResponse, enter: () => void): void {
    const { adminGuard, replies, place } = this.#parts;
    const token = /^bearer +(\S+) *$/i.exec(req.headers.authorization ?? '')?.[1];
    if (token === undefined) {
      this.#refuse(res, 'has none');
      return;
    }
    const address = req.socket.remoteAddress ?? 'a closed connection';
    const verdict = adminGuard.check({ token, address, place });
    replies.give(res, verdict, (found) => this.#heed(found, res, enter));
  }

  #heed(verdict: Verdict, res: ServerResponse, enter: () => void): void {
    if (verdict === 'right') enter();
    else if (verdict === 'wrong') this.#refuse(res, 'has another');
    else {
      const problem = { status: 429, detail: TOO_MANY_TOKENS, reason: REASON } as const;
      this.#parts.replies.problem(res, problem, [RETRY_AFTER_FIELD, '1']);
    }
  }

  #refuse(res: ServerResponse, is: string): void {
    const detail = `Authorization must be Bearer and the ADMIN_TOKEN of the service, ${is}`;
    const problem = { status: 401, detail, reason: REASON } as const;
    this.#parts.replies.problem(res, problem, ['WWW-Authenticate', 'Bearer']);
  }
}
