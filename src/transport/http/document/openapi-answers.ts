/** The answers and header fields of the OpenAPI document, each described once. */

import { MOST_BATCH_BYTES, MOST_BODY_BYTES, MOST_CAPACITY } from '../../../contract/bounds.ts';
import { POLICY_FIELD, RATE_LIMIT_FIELD, RETRY_AFTER_FIELD } from '../../../contract/fields.ts';
import { NO_ADMIN_TOKEN } from '../../access/admin-token.ts';
import { STORE_AWAY } from '../asking/reset-route.ts';
import {
  methodNotAllowed,
  PROBLEMS,
  problem,
  tooLarge,
  withoutRequired,
} from './openapi-problems.ts';

const ALLOWED = {
  allowed: true,
  limit: 1_000,
  remaining: 999,
  retryAfterMs: 0,
  resetAfterMs: 60,
};
const DENIED = { allowed: false, limit: 1, remaining: 0, retryAfterMs: 3_599_988 };
const DENIED_WHOLE = { ...DENIED, resetAfterMs: 3_599_988 };

const ALL_DENIED = {
  allowed: false,
  retryAfterMs: 3_599_988,
  all: [
    { ...ALLOWED, source: 'local' },
    { ...DENIED_WHOLE, source: 'local' },
  ],
};

/** What is wrong with a capacity of 0. */
const FAULT = {
  detail: `capacity must be a whole number from 1 to ${MOST_CAPACITY}, is 0`,
  field: 'capacity',
};
const REFUSED = { error: FAULT };

export const RETRY_AFTER = {
  description:
    'Seconds until this cost passes, rounded up. On every denial, whatever its status, but where no wait helps.',
  schema: { type: 'integer', minimum: 1, examples: [3_600] },
};

/** A list of named items, as a pattern. */
function item(of: string): string {
  const one = `"[A-Za-z0-9._-]+";${of}`;
  return `${one}(, ${one})*`;
}

/** Those of a decision follow draft-ietf-httpapi-ratelimit-headers-11. */
export const LIMIT_FIELDS = {
  [POLICY_FIELD]: {
    description:
      '`q` is the capacity; `w` the interval in seconds, where it is whole seconds. Of a policy each limit under its name; absent where no field can name the capacity, or an override decided.',
    schema: {
      type: 'string',
      pattern: `^${item('q=[1-9]\\d*(;w=[1-9]\\d*)?')}$`,
      examples: ['"default";q=1000;w=60'],
    },
  },
  [RATE_LIMIT_FIELD]: {
    description:
      'Absent where RateLimit-Policy is. `r` is the tokens left; `t` the seconds until `r` grows, rounded up, absent when the bucket is full.',
    schema: {
      type: 'string',
      pattern: `^${item('r=\\d+(;t=[1-9]\\d*)?')}$`,
      examples: ['"default";r=999;t=1'],
    },
  },
};

const decisions = (examples: object, word: string) => ({
  'application/json': { schema: { $ref: '#/components/schemas/AnyDecision' }, examples },
  'text/plain': { schema: { $ref: '#/components/schemas/Word' }, example: word },
});

const denied = (description: string) => ({
  description,
  headers: { ...LIMIT_FIELDS, [RETRY_AFTER_FIELD]: RETRY_AFTER },
  content: decisions({ denied: { value: DENIED_WHOLE } }, 'LIMITED'),
});

const onlyIf = (status: number) =>
  denied(`Denied, where \`DENIED_STATUS\` is ${status} instead of 429.`);

const allDecided = {
  'application/json': { schema: { $ref: '#/components/schemas/AllDecided' }, example: ALL_DENIED },
};

const allDenied = (status: number) => ({
  description: `Not all were allowed, and nothing was taken: where \`DENIED_STATUS\` is ${status}.`,
  headers: { [RETRY_AFTER_FIELD]: RETRY_AFTER },
  content: allDecided,
});

const noRoom = problem(
  'Too many large bodies are arriving slowly. Answered at once; then the connection closes.',
  'Service Unavailable',
  503,
  { detail: 'there is no room for so large a body just now; small ones are read' },
);

const foreign = problem('A web page of another site asks.', 'Forbidden', 403, {
  detail:
    'Origin must be of the host "localhost:8123" or one of ALLOW_ORIGINS, is "https://elsewhere.example"',
});

export const ANSWERS = {
  ...PROBLEMS,
  Allowed: {
    description: 'Allowed; also a denial, where `DENIED_STATUS` is 200.',
    headers: { ...LIMIT_FIELDS, [RETRY_AFTER_FIELD]: RETRY_AFTER },
    content: decisions({ allowed: { value: ALLOWED } }, 'OK'),
  },
  Denied: denied('Denied, unless `DENIED_STATUS` is 200, 403 or 503.'),
  Foreign: foreign,
  // Two answers of one status, as some below.
  ForeignOrDenied: {
    description: `${foreign.description} Or: ${onlyIf(403).description}`,
    headers: withoutRequired(onlyIf(403).headers),
    content: { ...foreign.content, ...onlyIf(403).content },
  },
  DeniedAs503: onlyIf(503),
  Answered: {
    description:
      'An answer for each question, in its place: a decision, allowed or denied, or what is wrong with the question. For all-or-none: the combined decision, where it is allowed, or `DENIED_STATUS` is 200.',
    headers: { [RETRY_AFTER_FIELD]: RETRY_AFTER },
    content: {
      'application/json': {
        schema: {
          oneOf: [
            { $ref: '#/components/schemas/Answers' },
            { $ref: '#/components/schemas/AllDecided' },
          ],
        },
        examples: {
          each: { value: [ALLOWED, DENIED_WHOLE, REFUSED] },
          all: {
            value: { allowed: true, retryAfterMs: 0, all: [{ ...ALLOWED, source: 'local' }] },
          },
        },
      },
    },
  },
  AllDenied: allDenied(429),
  ForeignOrAllDenied: {
    description: `${foreign.description} Or: ${allDenied(403).description}`,
    headers: { [RETRY_AFTER_FIELD]: RETRY_AFTER },
    content: { ...foreign.content, ...allDecided },
  },
  NoRoomOrAllDenied: {
    description: `${noRoom.description} Or: ${allDenied(503).description}`,
    headers: { [RETRY_AFTER_FIELD]: RETRY_AFTER },
    content: { ...noRoom.content, ...allDecided },
  },
  Reset: {
    description:
      'Whether a bucket was filled. `false`: the key has none of its own, and nothing has changed.',
    content: {
      'application/json': {
        schema: { $ref: '#/components/schemas/Reset' },
        example: { reset: true },
      },
    },
  },
  BadRequest: problem(
    'The question is wrong, or is not HTTP. `detail` names the field, the value and what is wanted.',
    'Bad Request',
    400,
    FAULT,
  ),
  Forbidden: problem('The service has no `ADMIN_TOKEN`: nobody can reset.', 'Forbidden', 403, {
    detail: NO_ADMIN_TOKEN,
  }),
  NotFound: problem('No such path. Paths match exactly.', 'Not Found', 404, {
    detail: 'there is nothing at "/limit"; decisions are at /api/v1/limit',
  }),
  MethodNotAllowed: methodNotAllowed('/livez takes GET, HEAD, OPTIONS, not POST'),
  TooLarge: tooLarge(MOST_BODY_BYTES),
  BatchTooLarge: tooLarge(MOST_BATCH_BYTES),
  StoreAway: problem(
    'The store that instances share is away: nothing was reset.',
    'Service Unavailable',
    503,
    { detail: STORE_AWAY },
  ),
  NotReady: problem(
    'Starting or draining; or the store is away, and nothing is decided without it.',
    'Service Unavailable',
    503,
    { detail: 'the service is draining' },
  ),
};
