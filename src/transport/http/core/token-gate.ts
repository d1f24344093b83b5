/**
 * Lets only those through who show a token with the right that is wanted: `Authorization: Bearer`
 * and the token, and nowhere else, unless a gate reads it elsewhere.
 *
 * What a connection shows again, byte for byte, is not looked up again while it is in force.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Grant, OPEN, type Right } from '../../../access/grant.ts';
import type { Pass } from '../../../access/token-book.ts';
import { RETRY_AFTER_FIELD } from '../../../contract/fields.ts';
import type { Cells, Refusal } from '../../../metrics/cells.ts';
import type { TokenGuard, Verdict } from '../../access/token-guard.ts';
import { lacks } from '../../question/refusal.ts';
import type { Problem } from './problem.ts';
import type { Replies } from './replies.ts';

export const TOO_MANY_TOKENS =
  'too many wrong tokens came from this address lately: this one was not looked at, try again';

const REASON = 'unauthorized';

/** Where a token is shown. */
export interface TokenField {
  /** What stands there; undefined where the field is not. */
  readonly textIn: (req: IncomingMessage) => string | undefined;
  /** The token in that; undefined where it is none. */
  readonly tokenIn: (text: string) => string | undefined;
}

const AUTHORIZATION: TokenField = {
  textIn: ({ headers }) => headers.authorization,
  tokenIn: bearerTokenIn,
};

export interface TokenGateParts {
  readonly tokenGuard: TokenGuard;
  readonly replies: Pick<Replies, 'give' | 'problem'>;
  readonly cells: Cells;
  /** Where the token is shown: its index in TOKEN_PLACES. */
  readonly place: number;
  /** One of them is enough. Where one may ask without a token, nobody needs one who asks. */
  readonly rights: readonly Right[];
  /** Left out, it is Authorization. */
  readonly field?: TokenField;
}

interface Known {
  readonly text: string;
  readonly pass: Pass;
}

export class TokenGate {
  readonly #parts: TokenGateParts;
  readonly #field: TokenField;
  readonly #isForAsking: boolean;
  /** What was right on a connection. */
  readonly #known = new WeakMap<Socket, Known>();

  constructor(parts: TokenGateParts) {
    this.#parts = parts;
    this.#field = parts.field ?? AUTHORIZATION;
    this.#isForAsking = parts.rights.includes('ask');
  }

  /** Calls `enter` where the token is right, perhaps later; answers everybody else. */
  admit(req: IncomingMessage, res: ServerResponse, enter: (grant: Grant) => void): void {
    const { tokenGuard, replies, place } = this.#parts;
    if (this.#isForAsking && tokenGuard.book.isOpen) {
      enter(OPEN);
      return;
    }
    const text = this.#field.textIn(req);
    const known = this.#known.get(req.socket);
    const grant = known !== undefined && known.text === text ? known.pass.grant : null;
    if (grant !== null) {
      this.#judge(grant, res, enter);
      return;
    }
    const token = text === undefined ? undefined : this.#field.tokenIn(text);
    if (text === undefined || token === undefined) {
      this.#refuse(res, 'no_token', 'has none');
      return;
    }
    const address = req.socket.remoteAddress ?? 'a closed connection';
    const verdict = tokenGuard.check({ token, address, place });
    replies.give(res, verdict, (found) => {
      if (typeof found !== 'string') this.#known.set(req.socket, { text, pass: found });
      this.#heed(found, res, enter);
    });
  }

  #heed(verdict: Verdict, res: ServerResponse, enter: (grant: Grant) => void): void {
    if (verdict === 'too many') {
      const problem = { status: 429, detail: TOO_MANY_TOKENS, reason: REASON } as const;
      this.#tell(res, problem, 'wrong_token', [RETRY_AFTER_FIELD, '1']);
      return;
    }
    const grant = verdict === 'wrong' ? null : verdict.grant;
    if (grant === null) this.#refuse(res, 'wrong_token', 'has another');
    else this.#judge(grant, res, enter);
  }

  #judge(grant: Grant, res: ServerResponse, enter: (grant: Grant) => void): void {
    const { rights } = this.#parts;
    if (rights.some((right) => grant.has(right))) {
      enter(grant);
      return;
    }
    const detail = lacks(grant, rights.join(' or '));
    this.#tell(res, { status: 403, detail, reason: 'forbidden' }, 'forbidden');
  }

  #refuse(res: ServerResponse, why: Refusal, is: string): void {
    const { wanted } = this.#parts.tokenGuard;
    const detail = `Authorization must be Bearer and ${wanted}, ${is}`;
    const problem = { status: 401, detail, reason: REASON } as const;
    this.#tell(res, problem, why, ['WWW-Authenticate', 'Bearer']);
  }

  #tell(res: ServerResponse, problem: Problem, why: Refusal, more: readonly string[] = []): void {
    const { cells, place, replies } = this.#parts;
    cells.refuseAccess(place, why);
    replies.problem(res, problem, more);
  }
}

/** Undefined where Authorization says anything else. */
export function bearerTokenIn(authorization: string): string | undefined {
  return /^bearer +(\S+) *$/i.exec(authorization)?.[1];
}
