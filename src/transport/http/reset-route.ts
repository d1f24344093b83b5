/** DELETE /api/v1/limit?key=…: fills a key's bucket, for whoever has the admin token. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Clock } from '../../lib/clock.ts';
import type { Limiter } from '../../limiter/limiter.ts';
import { type AdminToken, NO_ADMIN_TOKEN } from '../admin-token.ts';
import { type BadQuestion, faultOfKey } from '../request.ts';
import { shown } from '../shown.ts';
import type { Replies } from './reply.ts';

export interface ResetRouteParts {
  readonly limiter: Limiter;
  readonly clock: Clock;
  readonly replies: Replies;
  readonly adminToken: AdminToken;
}

/** What somebody is told who would reset a key while the store is away. */
export const STORE_AWAY = 'the store that holds the buckets is away: nothing was reset';

type KeyReading =
  | { readonly ok: true; readonly key: string }
  | ({ readonly ok: false } & BadQuestion);

export class ResetRoute {
  readonly #parts: ResetRouteParts;

  constructor(parts: ResetRouteParts) {
    this.#parts = parts;
  }

  handle(req: IncomingMessage, res: ServerResponse): void {
    if (this.#isForbidden(req, res)) return;
    const { limiter, clock, replies } = this.#parts;
    const reading = readKey(req.url ?? '');
    if (!reading.ok) {
      replies.badQuestion(res, reading);
      return;
    }
    replies.give(res, limiter.reset(reading.key, clock()), (reset) => {
      if (reset === null) replies.problem(res, { status: 503, detail: STORE_AWAY });
      else replies.text(res, JSON.stringify({ reset }), 'application/json');
    });
  }

  #isForbidden(req: IncomingMessage, res: ServerResponse): boolean {
    const { adminToken, replies } = this.#parts;
    const reason = 'unauthorized';
    if (!adminToken.isSet) {
      replies.problem(res, { status: 403, detail: NO_ADMIN_TOKEN, reason });
      return true;
    }
    const given = /^bearer +(\S+) *$/i.exec(req.headers.authorization ?? '')?.[1];
    if (given !== undefined && adminToken.matches(given)) return false;
    const is = given === undefined ? 'has none' : 'has another';
    const detail = `Authorization must be Bearer and the ADMIN_TOKEN of the service, ${is}`;
    replies.problem(res, { status: 401, detail, reason }, ['WWW-Authenticate', 'Bearer']);
    return true;
  }
}

/** By hand, because a lenient decoder makes one key of all that are not UTF-8. */
function readKey(url: string): KeyReading {
  const [, query = ''] = /^[^?#]*\?(.*)$/.exec(url) ?? [];
  const text = /^key=([^&=#]*)$/.exec(query)?.[1];
  if (text === undefined) return badKey(`the query must be key= and a key, is ${shown(query)}`);
  const key = decoded(text);
  if (key === null) return badKey(`key must be percent-encoded UTF-8, is ${shown(text)}`);
  const fault = faultOfKey(key);
  return fault === null ? { ok: true, key } : badKey(fault);
}

function badKey(fault: string): KeyReading {
  return { ok: false, reason: 'bad_field', field: 'key', fault };
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}
