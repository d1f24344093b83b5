/** What Envoy asks, in JSON, in the OpenAPI document. */
import { MOST_BATCH_BYTES } from '../../../contract/bounds.ts';
import type { ANSWERS } from './openapi-answers.ts';

const text = { type: 'string' };
const count = { type: 'integer', minimum: 0, maximum: 4_294_967_295 };
const unit = { enum: ['SECOND', 'MINUTE', 'HOUR', 'DAY', 'WEEK', 'MONTH', 'YEAR'] };

/** As protobuf reads its JSON: null is as if it were left out, and numbers may be texts. */
const absent = { type: 'null' };
const askedText = { type: ['string', 'null'] };
const askedCount = { oneOf: [count, { type: 'string', pattern: '^[0-9]{1,9}$' }, absent] };
const askedLarge = {
  oneOf: [
    { type: 'integer', minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
    { type: 'string', pattern: '^[0-9]{1,20}$' },
    absent,
  ],
};
const askedUnit = { oneOf: [{ enum: ['UNKNOWN', ...unit.enum] }, { type: 'integer' }, absent] };

const closed = { additionalProperties: false };
const entry = { ...closed, type: 'object', properties: { key: askedText, value: askedText } };
const override = {
  ...closed,
  type: ['object', 'null'],
  properties: { requestsPerUnit: askedCount, unit: askedUnit },
};
const descriptor = {
  ...closed,
  type: 'object',
  properties: {
    entries: { type: ['array', 'null'], items: entry },
    limit: override,
    hitsAddend: askedLarge,
    isNegativeHits: { type: ['boolean', 'null'] },
  },
};

const REQUEST = {
  ...closed,
  type: 'object',
  properties: {
    domain: askedText,
    descriptors: { type: ['array', 'null'], items: descriptor },
    hitsAddend: askedCount,
  },
};

const EXAMPLE = {
  domain: 'site',
  descriptors: [{ entries: [{ key: 'path', value: '/login' }] }],
};

const code = { enum: ['OK', 'OVER_LIMIT'] };

const RESPONSE = {
  type: 'object',
  required: ['overallCode'],
  properties: {
    overallCode: code,
    statuses: {
      type: 'array',
      items: {
        type: 'object',
        required: ['code'],
        properties: {
          code,
          currentLimit: {
            type: 'object',
            properties: { requestsPerUnit: count, unit, name: text },
          },
          limitRemaining: count,
          durationUntilReset: { type: 'string', pattern: '^\\d+s$' },
        },
      },
    },
    responseHeadersToAdd: {
      type: 'array',
      items: { type: 'object', properties: { key: text, value: text } },
    },
  },
};

const content = { 'application/json': { schema: RESPONSE } };

export const ENVOY_OPERATION: object = {
  operationId: 'envoy',
  summary: 'What Envoy asks its rate limit service, in JSON.',
  description: [
    'A `RateLimitRequest` of `envoy.service.ratelimit.v3`, as protobuf writes its messages in JSON,',
    `of at most ${MOST_BATCH_BYTES / 1_024} KiB; its fields may be written with underscores too, and`,
    'units in any case. It is decided by the rules of Envoy in `POLICIES`.',
  ].join(' '),
  requestBody: {
    required: true,
    content: { 'application/json': { schema: REQUEST, example: EXAMPLE } },
  },
};

export const ENVOY_ANSWERS: Readonly<Record<number, object>> = {
  200: { description: 'Within the limits, or nothing limits it.', content },
  403: { $ref: nameOf('Foreign') },
  413: { $ref: nameOf('BatchTooLarge') },
  415: { $ref: nameOf('Encoded') },
  429: { description: 'Over a limit.', content },
  503: { $ref: nameOf('NoRoomOrAllDenied') },
};

function nameOf(answer: keyof typeof ANSWERS): string {
  return `#/components/responses/${answer}`;
}
