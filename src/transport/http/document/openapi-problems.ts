/** What is wrong with a request at any port of HTTP, as the OpenAPI documents describe it. */
import { RETRY_AFTER_FIELD } from '../../../contract/fields.ts';
import { PROBLEM_TYPE } from '../core/problem.ts';
import { TOO_MANY_TOKENS } from '../core/token-gate.ts';

export function problem(description: string, title: string, status: number, more: object) {
  const example = { type: 'about:blank', title, status, ...more };
  const schema = { $ref: '#/components/schemas/Problem' };
  return { description, content: { [PROBLEM_TYPE]: { schema, example } } };
}

/** For answers that do not all have them. */
export function withoutRequired(headers: Readonly<Record<string, object>>): object {
  return Object.fromEntries(
    Object.entries(headers).map(([name, header]) => [name, { ...header, required: false }]),
  );
}

export const tooLarge = (bytes: number) =>
  problem(
    `The body has more than ${bytes / 1_024} KiB. Answered at once, without waiting for the rest of it; then the connection closes.`,
    'Payload Too Large',
    413,
    { detail: `the body must have at most ${bytes} bytes, has more` },
  );

export const methodNotAllowed = (detail: string) => ({
  ...problem('A method that the path does not take.', 'Method Not Allowed', 405, { detail }),
  headers: {
    Allow: {
      required: true,
      description: 'The methods that the path takes.',
      schema: { type: 'string', examples: ['POST, OPTIONS'] },
    },
  },
});

/** Where it is sure that another time helps. */
export const COME_AGAIN = {
  [RETRY_AFTER_FIELD]: {
    required: true,
    description: 'Seconds after which to ask again.',
    schema: { type: 'integer', minimum: 1, examples: [1] },
  },
};

export const PROBLEMS = {
  Unauthorized: {
    ...problem('No token, or none of the service.', 'Unauthorized', 401, {
      detail: 'Authorization must be Bearer and the ADMIN_TOKEN of the service, has none',
    }),
    headers: {
      'WWW-Authenticate': { required: true, schema: { type: 'string', const: 'Bearer' } },
    },
  },
  TooManyTokens: {
    ...problem(
      'Too many wrong tokens came from this address lately. Only one at a time is looked at.',
      'Too Many Requests',
      429,
      { detail: TOO_MANY_TOKENS },
    ),
    headers: COME_AGAIN,
  },
  Timeout: problem('The request took too long to arrive.', 'Request Timeout', 408, {
    detail: 'the request must arrive whole within the time allowed, did not',
  }),
  Encoded: problem('A `Content-Encoding` other than `identity`.', 'Unsupported Media Type', 415, {
    detail: 'Content-Encoding must be absent or identity, is "gzip"',
  }),
  Expected: problem('An `Expect` that is not `100-continue`.', 'Expectation Failed', 417, {
    detail: 'Expect must be 100-continue, is "200-ok"',
  }),
  HeadersTooLarge: problem(
    'The header fields have more than 16 KiB.',
    'Request Header Fields Too Large',
    431,
    { detail: 'the header fields must have at most 16 KiB in all, have more' },
  ),
};
