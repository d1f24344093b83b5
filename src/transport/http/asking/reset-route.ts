/** DELETE /api/v1/limit?key=…: fills a key's bucket, for whoever has a token for that. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Grant } from '../../../access/grant.ts';
import { LIMIT_PATH } from '../../../contract/paths.ts';
import type { Clock } from '../../../lib/clock.ts';
import { shown } from '../../../lib/shown.ts';
import type { Limiter } from '../../../limiter/limiter.ts';
import { type Cells, HTTP } from '../../../metrics/cells.ts';
import { NO_ADMIN_TOKEN } from '../../access/admin-token.ts';
import type { TokenGuard } from '../../access/token-guard.ts';
import type { BadQuestion } from '../../question/reading.ts';
import { refusalOfKey } from '../../question/refusal.ts';
import { faultOfKey } from '../../question/request-reader.ts';
import type { Replies } from '../core/replies.ts';
import type { Route } from '../core/route.ts';
import { decodedOfQuery } from '../core/target.ts';
import { TokenGate } from '../core/token-gate.ts';

export interface ResetRouteParts {
  readonly limiter: Limiter;
  readonly clock: Clock;
  readonly replies: Replies;
  readonly tokenGuard: TokenGuard;
  readonly cells: Cells;
}

/** What somebody is told who would reset a key while the store is away. */
export const STORE_AWAY = 'the store that holds the buckets is away: nothing was reset';

const REASON = 'unauthorized';

type KeyReading =
  | { readonly ok: true; readonly key: string }
  | ({ readonly ok: false } & BadQuestion);

export class ResetRoute implements Route {
  readonly method = 'DELETE';
  readonly path: string = LIMIT_PATH;
  readonly decides = true;
  readonly #parts: ResetRouteParts;
  readonly #gate: TokenGate;

  constructor(parts: ResetRouteParts) {
    this.#parts = parts;
    this.#gate = new TokenGate({ ...parts, place: HTTP, rights: ['reset'] });
  }

  /** Without one nobody can reset anything. */
  get hasToken(): boolean {
    return this.#parts.tokenGuard.isSet;
  }

  /** Whether nobody may ask without one. */
  get needsToken(): boolean {
    return !this.#parts.tokenGuard.book.isOpen;
  }

  handle(req: IncomingMessage, res: ServerResponse): void {
    const { tokenGuard, replies } = this.#parts;
    if (!tokenGuard.isSet) {
      replies.problem(res, { status: 403, detail: NO_ADMIN_TOKEN, reason: REASON });
      return;
    }
    this.#gate.admit(req, res, (grant) => this.#reset(req, res, grant));
  }

  #reset(req: IncomingMessage, res: ServerResponse, grant: Grant): void {
    const { limiter, clock, replies } = this.#parts;
    const reading = readKey(req.url ?? '');
    if (!reading.ok) {
      replies.badQuestion(res, reading);
      return;
    }
    const refusal = refusalOfKey(grant, reading.key);
    if (refusal !== null) {
      replies.badQuestion(res, refusal);
      return;
    }
    replies.give(res, limiter.reset(reading.key, clock()), (reset) => {
      if (reset === null) replies.problem(res, { status: 503, detail: STORE_AWAY });
      else replies.text(res, JSON.stringify({ reset }), 'application/json');
    });
  }
}

/** By hand, because a lenient decoder makes one key of all that are not UTF-8. */
function readKey(url: string): KeyReading {
  const [, query = ''] = /^[^?#]*\?(.*)$/.exec(url) ?? [];
  const text = /^key=([^&=#]*)$/.exec(query)?.[1];
  if (text === undefined) return badKey(`the query must be key= and a key, is ${shown(query)}`);
  const key = decodedOfQuery(text);
  if (key === null) return badKey(`key must be percent-encoded UTF-8, is ${shown(text)}`);
  const fault = faultOfKey(key);
  return fault === null ? { ok: true, key } : badKey(fault);
}

function badKey(fault: string): KeyReading {
  return { ok: false, reason: 'bad_field', field: 'key', fault };
}
