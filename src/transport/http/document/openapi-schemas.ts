/** What questions, answers and errors look like, as JSON Schemas of the OpenAPI document. */
import {
  MOST_ALL,
  MOST_CAPACITY,
  MOST_INTERVAL_DAYS,
  MOST_INTERVAL_US,
  MOST_KEY_BYTES,
  MOST_QUESTIONS,
} from '../../../contract/bounds.ts';
import { SOURCES } from '../../../contract/sources.ts';
import { DEFAULT_UNIT, UNITS } from '../../../contract/units.ts';

/** UTF-8 may take several bytes a character, so this lets keys through that are too long. */
export const KEY_SCHEMA = { type: 'string', minLength: 1, maxLength: MOST_KEY_BYTES };

const whole = (description: string) => ({ type: 'integer', minimum: 0, description });

/** An object with an unknown field is refused, so that a typing error cannot switch a limit off. */
const strictly = { type: 'object', additionalProperties: false };

const overdraft = {
  type: 'boolean',
  default: false,
  description:
    'Whether the cost, at most twice the capacity, is taken in any case. The bucket goes below empty, by at most its capacity, and all later questions wait until that has come back.',
};

const question = {
  ...strictly,
  description: [
    'May this key take that many tokens now? A number counts by its value: `1e3` and `1.0` are',
    'integers. Of a field given twice the last counts. `null` is not "left out". An unknown field',
    'is refused, so that a typing error cannot switch a limit off. A limit that cannot be counted',
    'exactly is refused too: every capacity up to 1,000,000,000 can be, over whole seconds up to 104',
    'days. So is a `cost` above the `capacity`, which could never pass, and one that gives back more.',
  ].join(' '),
  required: ['key', 'capacity', 'interval'],
  properties: {
    key: {
      ...KEY_SCHEMA,
      description: `Whose bucket: 1 to ${MOST_KEY_BYTES} bytes of UTF-8, which may be fewer characters; no lone surrogates.`,
    },
    capacity: {
      type: 'integer',
      minimum: 1,
      maximum: MOST_CAPACITY,
      description:
        'The most tokens the bucket holds: the largest burst. As large as can be counted exactly over the interval.',
    },
    interval: {
      type: 'integer',
      minimum: 1,
      maximum: MOST_INTERVAL_US,
      description: `The time in which an empty bucket refills, in \`unit\`s: at most ${MOST_INTERVAL_DAYS} days in all.`,
    },
    unit: {
      type: 'string',
      enum: UNITS,
      default: DEFAULT_UNIT,
      description: 'The unit of `interval`.',
    },
    cost: {
      type: 'integer',
      minimum: -MOST_CAPACITY,
      maximum: MOST_CAPACITY,
      default: 1,
      description:
        'Tokens this request takes, at most `capacity`; 0 looks and takes nothing; below 0 gives back what was taken, at most `capacity`.',
    },
    overdraft,
    strict: {
      type: 'boolean',
      description:
        'Where instances share their limits: whether the store must decide, and not a lease that this instance holds. Answers to a question with `strict` name their `source`.',
    },
  },
  examples: [{ key: 'alice', capacity: 1_000, interval: 60, unit: 's', cost: 1 }],
};

const policyQuestion = {
  ...strictly,
  description:
    'The same under a policy, whose limits the service keeps: it takes from all or none.',
  required: ['policy', 'key'],
  properties: {
    policy: {
      type: 'string',
      pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
      description: 'The name of a policy that the service has.',
    },
    key: question.properties.key,
    cost: {
      ...question.properties.cost,
      description:
        'Tokens this request takes of each limit that has no cost of its own; above a capacity it is denied. Below 0 it gives back, at most the largest capacity.',
    },
    strict: question.properties.strict,
    overdraft: question.properties.overdraft,
  },
  examples: [{ policy: 'uploads', key: 'alice', cost: 400 }],
};

const asked = {
  anyOf: [
    { $ref: '#/components/schemas/Question' },
    { $ref: '#/components/schemas/PolicyQuestion' },
  ],
};

const decision = {
  type: 'object',
  required: ['allowed', 'limit', 'remaining', 'retryAfterMs', 'resetAfterMs'],
  properties: {
    allowed: {
      type: 'boolean',
      description: 'Whether the tokens were there, and were taken. A denial takes nothing.',
    },
    limit: { ...whole('The capacity that was asked under.'), minimum: 1, maximum: MOST_CAPACITY },
    remaining: { ...whole('Whole tokens left, rounded down.'), maximum: MOST_CAPACITY },
    retryAfterMs: whole('Milliseconds until this cost passes, rounded up; 0 when allowed.'),
    resetAfterMs: whole('Milliseconds until the bucket is full, rounded up.'),
    degraded: {
      const: true,
      description:
        'There only when a fallback answered: the table was full and the key shares a bucket, or the store was away or did not answer in time.',
    },
    source: {
      type: 'string',
      enum: SOURCES,
      description: [
        'Where the decision came from. There when instances share their limits, when the question',
        'had `strict`, and where several are taken all or none. `local`: this instance, which shares',
        'with none; `lease`: tokens that it holds; `store`: the store itself; `denied-until`: a note',
        'that there is nothing to be had before some time. What stands in for the store: `fallback`',
        'where it is away, `late` where it did not answer in time, `overloaded` where too many were',
        'to be asked before.',
      ].join(' '),
    },
  },
};

const orNull = (description: string) => ({ type: ['integer', 'null'], minimum: 0, description });

const limitDecision = {
  type: 'object',
  required: ['name', ...decision.required],
  properties: {
    name: { type: 'string', description: 'Of the limit.' },
    ...decision.properties,
    retryAfterMs: orNull('Milliseconds until this cost passes; null where no wait helps.'),
  },
};

const policyDecision = {
  type: 'object',
  required: [...decision.required, 'policy', 'by', 'limits'],
  properties: {
    allowed: { type: 'boolean', description: 'Whether to go on; in a dry run always.' },
    policy: { type: 'string' },
    limit: orNull('The capacity of the limit that decided; null where an override did.'),
    remaining: orNull('What it has left; null where an override decided.'),
    retryAfterMs: orNull(
      'Milliseconds until this passes; 0 when allowed; null where no wait helps.',
    ),
    resetAfterMs: orNull('Milliseconds until it is full.'),
    by: {
      type: 'string',
      description:
        'The limit that decided: of those that deny the one that is longest waited for, else the one with the least share left. `override` where one allows or denies always.',
    },
    dryRun: { const: true, description: 'There only where nothing was enforced.' },
    degraded: decision.properties.degraded,
    limits: {
      type: 'array',
      items: limitDecision,
      description: 'What each limit says; none where an override decided.',
    },
  },
};

const anyDecision = {
  anyOf: [
    { $ref: '#/components/schemas/Decision' },
    { $ref: '#/components/schemas/PolicyDecision' },
  ],
};

const allOrNone = {
  ...strictly,
  description: 'Questions that are taken all or none. No two of them may be about one bucket.',
  required: ['all'],
  properties: {
    all: {
      type: 'array',
      minItems: 1,
      maxItems: MOST_ALL,
      items: { $ref: '#/components/schemas/Asked' },
    },
  },
};

const allDecided = {
  type: 'object',
  required: ['allowed', 'retryAfterMs', 'all'],
  properties: {
    allowed: { type: 'boolean', description: 'Whether all were taken. A denial takes nothing.' },
    retryAfterMs: orNull(
      'The largest of those that are denied; 0 when allowed, null where no wait helps.',
    ),
    all: {
      ...allOrNone.properties.all,
      description: 'In their order, for each whether it alone would have been allowed.',
      items: { $ref: '#/components/schemas/AnyDecision' },
    },
  },
};

/** A type of its own would be a link to a page; there is none. */
const problem = {
  type: 'object',
  description: 'Problem details, RFC 9457.',
  required: ['type', 'title', 'status', 'detail'],
  properties: {
    type: { type: 'string', const: 'about:blank' },
    title: { type: 'string', description: 'The name of the status.' },
    status: { type: 'integer', minimum: 400, maximum: 599 },
    detail: { type: 'string', description: 'What is wrong, and what is wanted.' },
    field: { type: 'string', description: 'The field at fault, where one is.' },
  },
};

const itemError = {
  type: 'object',
  description: 'In place of a decision: what is wrong with the question that stood here.',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['detail'],
      properties: { field: problem.properties.field, detail: problem.properties.detail },
    },
  },
};

const atLeastOne = { type: 'array', minItems: 1, maxItems: MOST_QUESTIONS };

export const SCHEMAS = {
  Question: question,
  PolicyQuestion: policyQuestion,
  Asked: asked,
  Questions: {
    ...atLeastOne,
    items: {
      anyOf: [
        { $ref: '#/components/schemas/Asked' },
        { description: 'What is no question gets an error in its place, and stops no other.' },
      ],
    },
  },
  AllOrNone: allOrNone,
  Decision: decision,
  PolicyDecision: policyDecision,
  AnyDecision: anyDecision,
  AllDecided: allDecided,
  Word: {
    type: 'string',
    enum: ['OK', 'LIMITED'],
    description: 'Allowed or denied, where `Accept` ranks `text/plain` above JSON.',
  },
  Answers: {
    ...atLeastOne,
    description: 'As many as there were questions, in their order.',
    items: {
      oneOf: [
        { $ref: '#/components/schemas/AnyDecision' },
        { $ref: '#/components/schemas/QuestionError' },
      ],
    },
  },
  QuestionError: itemError,
  Reset: {
    type: 'object',
    required: ['reset'],
    properties: {
      reset: {
        type: 'boolean',
        description: 'Whether the key has a bucket of its own, which is full now.',
      },
    },
  },
  Problem: problem,
};
