/**
 * Keeps web pages of other sites from spending tokens. A browser sends a POST for any page to any
 * address that it reaches, localhost too, and says so: `Origin` names the page's site, and
 * `Sec-Fetch-Site` how far it is from ours. No page can change either field.
 *
 * Used by the two paths that decide, whatever the method. The lane declines requests with one of
 * the fields, so that this is the one place that judges them.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { POLICY_FIELD, RATE_LIMIT_FIELD, RETRY_AFTER_FIELD } from '../../../contract/fields.ts';
import { assert } from '../../../lib/assert.ts';
import { nameOf, readOrigin, readOrigins } from '../../../lib/origin.ts';
import { shown } from '../../../lib/shown.ts';
import type { Problem } from './problem.ts';
import type { Replies } from './replies.ts';

/** What a page may read of an answer beside its body. */
const EXPOSED = [RATE_LIMIT_FIELD, POLICY_FIELD, RETRY_AFTER_FIELD].join(', ');
/** What it may send. No Authorization: the admin token has no place in a web page. */
const SENT = 'Content-Type';

interface Others {
  readonly origin: string;
  readonly site: string;
}
const NO_OTHERS: Others = { origin: '', site: '' };
const ALLOWED_ORIGINS: Others = {
  origin: ' or one of ALLOW_ORIGINS',
  site: ' unless Origin is one of ALLOW_ORIGINS',
};

export interface CrossSiteParts {
  readonly replies: Replies;
  /** As ALLOW_ORIGINS has them; null where no site but our own may ever ask. */
  readonly allowOrigins: string | null;
}

export class CrossSite {
  readonly #replies: Replies;
  readonly #allowed: ReadonlySet<string>;
  /** What else may be, as a refusal says it. */
  readonly #others: Others;

  /** REQUIRES: `allowOrigins` can be read. */
  constructor({ replies, allowOrigins }: CrossSiteParts) {
    this.#replies = replies;
    this.#others = allowOrigins === null ? NO_OTHERS : ALLOWED_ORIGINS;
    const origins = readOrigins(allowOrigins ?? '');
    assert(origins.ok, 'the configuration was read');
    this.#allowed = new Set(origins.names);
  }

  /**
   * Answers 403 to what a page of another site asks. Pages that are allowed may read the answer.
   */
  refuses(req: IncomingMessage, res: ServerResponse): boolean {
    const { origin, 'sec-fetch-site': site } = req.headers;
    if (origin === undefined && site === undefined) return false;
    if (origin !== undefined && this.#isAllowed(origin)) {
      letRead(req, res, origin);
      return false;
    }
    const problem = problemOf(req, origin, site, this.#others);
    if (problem === null) return false;
    this.#replies.problem(res, problem);
    return true;
  }

  #isAllowed(text: string): boolean {
    const origin = readOrigin(text);
    return origin !== null && this.#allowed.has(nameOf(origin));
  }
}

function problemOf(
  req: IncomingMessage,
  origin: string | undefined,
  site: string | readonly string[] | undefined,
  others: Others,
): Problem | null {
  const { host } = req.headers;
  if (origin !== undefined && isForeign(origin, host)) {
    return refusal(
      `Origin must be of the host ${shown(host)}${others.origin}, is ${shown(origin)}`,
    );
  }
  // What is there twice has been joined by commas.
  if (site !== undefined && /\bcross-site\b/i.test(String(site))) {
    return refusal(`Sec-Fetch-Site must not be cross-site${others.site}, is ${shown(site)}`);
  }
  return null;
}

function refusal(detail: string): Problem {
  return { status: 403, detail, reason: 'cross_site' };
}

/** Whether its host is another than that of the Host field. */
function isForeign(text: string, host: string | undefined): boolean {
  const origin = readOrigin(text);
  if (origin === null || host === undefined) return true;
  // By the same scheme, whose own port may be left out.
  return readOrigin(`${origin.protocol}//${host}`)?.host !== origin.host;
}

/** CORS: to a preflight as well as to the request itself. */
function letRead(req: IncomingMessage, res: ServerResponse, origin: string): void {
  res.setHeader('Access-Control-Allow-Origin', origin);
  res.setHeader('Vary', 'Origin');
  if (req.method !== 'OPTIONS') {
    res.setHeader('Access-Control-Expose-Headers', EXPOSED);
    return;
  }
  res.setHeader('Access-Control-Allow-Methods', 'POST');
  res.setHeader('Access-Control-Allow-Headers', SENT);
}
