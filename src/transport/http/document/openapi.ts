/** The OpenAPI 3.1 document of the service: what may be asked where, and what is answered. */
import {
  MOST_ALL,
  MOST_BATCH_BYTES,
  MOST_BODY_BYTES,
  MOST_KEY_BYTES,
  MOST_QUESTIONS,
} from '../../../contract/bounds.ts';
import {
  ENVOY_JSON_PATH,
  LIMIT_PATH,
  LIMITS_PATH,
  LIVENESS_PATH,
  READINESS_PATH,
} from '../../../contract/paths.ts';
import {
  HEALTH_PATH,
  METRICS_PATH,
  OPENAPI_PATH,
  POLICY_SCHEMA_PATH,
} from '../core/service-paths.ts';
import { ANSWERS } from './openapi-answers.ts';
import { ENVOY_ANSWERS, ENVOY_OPERATION } from './openapi-envoy.ts';
import { FORWARD_TEMPLATE, forwardOperations } from './openapi-forward.ts';
import { KEY_SCHEMA, SCHEMAS } from './openapi-schemas.ts';
import { alsoForbidden, SECURITY_SCHEMES, withToken } from './openapi-tokens.ts';

const answer = (name: keyof typeof ANSWERS) => ({ $ref: `#/components/responses/${name}` });
const schema = (name: keyof typeof SCHEMAS) => ({ $ref: `#/components/schemas/${name}` });

/** What any request may come to, whatever it asks. */
const ANYWHERE = {
  400: answer('BadRequest'),
  408: answer('Timeout'),
  413: answer('TooLarge'),
  417: answer('Expected'),
  431: answer('HeadersTooLarge'),
};

const ABOUT = [
  'May this key do this now? A caller names a key and a limit; the answer is allowed or denied,',
  'with what is left and when to come back.',
  '\n\nPaths match exactly: elsewhere is 404. `HEAD` is answered as `GET`, `OPTIONS` with 204 and',
  '`Allow`; another method than those is 405 with `Allow`. Every error is',
  '`application/problem+json`. Nothing a client sends makes a 500.',
].join(' ');

/** What pages of other sites come to. */
const FOREIGN_PAGES = [
  '\n\nA web page of another site is refused with 403, unless `ALLOW_ORIGINS` names its origin;',
  'then it may read the answer (CORS).',
];

const take = {
  operationId: 'limit',
  summary: 'May this key take these tokens now?',
  description: [
    `The body is a JSON object of at most ${MOST_BODY_BYTES / 1_024} KiB, whatever its Content-Type`,
    'says. `Accept: text/plain`, ranked above JSON, gets `OK` or `LIMITED`. Ties, wildcards and no',
    'header get the default, which is JSON unless `DEFAULT_ANSWER` says otherwise. The status of a',
    'denial is 429, or 200, 403 or 503 where `DENIED_STATUS` says so.',
    ...FOREIGN_PAGES,
  ].join(' '),
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: schema('Asked'),
        examples: {
          plain: { value: { key: 'alice', capacity: 1_000, interval: 60 } },
          look: {
            summary: 'Looks, and takes nothing',
            value: { key: 'search:alice', capacity: 60, interval: 1, unit: 'm', cost: 0 },
          },
          expensive: {
            summary: '50 MB in 30 days, of which this upload is one',
            value: {
              key: 'upload:alice',
              capacity: 50_000_000,
              interval: 30,
              unit: 'd',
              cost: 1_048_576,
            },
          },
        },
      },
    },
  },
  responses: {
    ...ANYWHERE,
    200: answer('Allowed'),
    403: answer('ForeignOrDenied'),
    415: answer('Encoded'),
    429: answer('Denied'),
    503: answer('DeniedAs503'),
  },
};

const takeMany = {
  operationId: 'limits',
  summary: 'Many questions at once, each by itself or taken all or none',
  description: [
    `The body is a JSON array of 1 to ${MOST_QUESTIONS} questions, at most`,
    `${MOST_BATCH_BYTES / 1_024} KiB, whatever its Content-Type says. All are decided at one time,`,
    'in their order. A question that is wrong gets an error in its place, and the others are',
    'decided. Always JSON, and always 200, whatever is denied: `Accept`, `DEFAULT_ANSWER` and',
    '`DENIED_STATUS` do not matter here.',
    `\n\nOr it is an object with \`all\`, an array of 1 to ${MOST_ALL} questions about as many keys:`,
    'they are taken all or none, and count as one decision. A question that is wrong is a 400 that',
    'names it, such as `all[1].cost`. Always JSON; the status of a denial is that of',
    '`POST /api/v1/limit`.',
    ...FOREIGN_PAGES,
  ].join(' '),
  requestBody: {
    required: true,
    content: {
      'application/json': {
        schema: { oneOf: [schema('Questions'), schema('AllOrNone')] },
        examples: {
          each: {
            value: [
              { key: 'api:user:42', capacity: 100, interval: 1, unit: 'm' },
              { key: 'api:all', capacity: 50_000, interval: 1, unit: 'm' },
            ],
          },
          all: {
            summary: 'An upload, if both its number and its volume are within their limits',
            value: {
              all: [
                { key: 'requests:alice', capacity: 60, interval: 1, unit: 'm' },
                {
                  key: 'volume:alice',
                  capacity: 50_000_000,
                  interval: 30,
                  unit: 'd',
                  cost: 1_048_576,
                },
              ],
            },
          },
        },
      },
    },
  },
  responses: {
    ...ANYWHERE,
    200: answer('Answered'),
    403: answer('ForeignOrAllDenied'),
    413: answer('BatchTooLarge'),
    415: answer('Encoded'),
    429: answer('AllDenied'),
    503: answer('NoRoomOrAllDenied'),
  },
};

const resetParameters = [
  {
    name: 'key',
    in: 'query',
    required: true,
    description: `Whose bucket: 1 to ${MOST_KEY_BYTES} bytes of UTF-8, percent-encoded; \`+\` is a space. The only parameter there may be.`,
    schema: KEY_SCHEMA,
    example: 'login:alice',
  },
];

/** A service without any token forbids it, whoever asks and however. */
function reset({ hasToken, needsToken }: DocumentParts): object {
  const operation = {
    operationId: 'reset',
    summary: "Fills a key's bucket",
    parameters: resetParameters,
  };
  if (!hasToken) {
    const description = 'This service has no `ADMIN_TOKEN`, so that nobody can.';
    return { ...operation, description, responses: { ...ANYWHERE, 403: answer('Forbidden') } };
  }
  return {
    ...operation,
    description:
      'For whoever has the `ADMIN_TOKEN` of the service, or a token with the right to reset. A body is ignored.',
    security: [{ token: [] }],
    responses: {
      ...ANYWHERE,
      200: answer('Reset'),
      401: answer('Unauthorized'),
      403: needsToken ? alsoForbidden(ANSWERS.Foreign) : answer('Foreign'),
      429: answer('TooManyTokens'),
      503: answer('StoreAway'),
    },
  };
}

function reading(operationId: string, summary: string, ok: object, more: object = {}): object {
  const responses = { ...ANYWHERE, 200: { description: summary, content: ok }, ...more };
  return { get: { operationId, summary, responses } };
}

const OK = { 'text/plain': { schema: { type: 'string', const: 'OK' } } };
const READY = { 'text/plain': { schema: { type: 'string' }, example: 'OK' } };
const METRICS = {
  'text/plain': {
    schema: { type: 'string' },
    example:
      '# TYPE argus_decisions_total counter\nargus_decisions_total{transport="http",outcome="allowed"} 1\n',
  },
};
const DOCUMENT = { 'application/json': { schema: { type: 'object' } } };
const JSON_SCHEMA = { 'application/schema+json': { schema: { type: 'object' } } };

export interface DocumentParts {
  readonly version: string;
  /** Whether there is a token with which keys can be reset. */
  readonly hasToken: boolean;
  /** Whether nobody may ask without a token. */
  readonly needsToken: boolean;
}

export function openApi(parts: DocumentParts): object {
  const { version, needsToken } = parts;
  const asking = needsToken ? withToken : (operation: object) => operation;
  return {
    openapi: '3.1.0',
    info: {
      title: 'Argus',
      version,
      summary: 'Decides whether a key may do something now.',
      description: ABOUT,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'Where this document comes from.' }],
    paths: {
      [LIMIT_PATH]: { post: asking(take), delete: reset(parts) },
      [LIMITS_PATH]: { post: asking(takeMany) },
      [FORWARD_TEMPLATE]: forwardOperations(needsToken),
      [ENVOY_JSON_PATH]: {
        post: asking({ ...ENVOY_OPERATION, responses: { ...ANYWHERE, ...ENVOY_ANSWERS } }),
      },
      [HEALTH_PATH]: reading('health', 'Whether the service answers.', OK),
      [LIVENESS_PATH]: reading('livez', '200 while the process serves.', OK),
      [READINESS_PATH]: reading('readyz', '200 when ready for requests.', READY, {
        503: answer('NotReady'),
      }),
      [METRICS_PATH]: reading('metrics', 'Prometheus text, totals over all threads.', METRICS),
      [OPENAPI_PATH]: reading('openapi', 'This document.', DOCUMENT),
      [POLICY_SCHEMA_PATH]: reading(
        'policySchema',
        'The JSON Schema of a file of policies, by which editors complete and check it.',
        JSON_SCHEMA,
      ),
    },
    components: {
      schemas: SCHEMAS,
      responses: ANSWERS,
      securitySchemes: SECURITY_SCHEMES,
    },
  };
}
