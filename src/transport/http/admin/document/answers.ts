/** What is wrong with a request of an operator, as the OpenAPI document describes it. */
import { MOST_BODY_BYTES } from '../../../../contract/bounds.ts';
import {
  COME_AGAIN,
  methodNotAllowed,
  PROBLEMS,
  problem,
  tooLarge,
} from '../../document/openapi-problems.ts';
import { MOST_POST_BYTES } from '../post-route.ts';

/** No answer is for another time, or for anybody else. */
export const noStore = (required: boolean) => ({
  'Cache-Control': { required, schema: { type: 'string', const: 'no-store' } },
});

/** A header field that is there, and always the same. */
export const fixed = (value: string) => ({
  required: true,
  schema: { type: 'string', const: value },
});

export const ANSWERS = {
  ...PROBLEMS,
  BadRequest: {
    ...problem(
      'A parameter or the body is wrong, or it is not HTTP. `detail` names what is wrong, and what is wanted.',
      'Bad Request',
      400,
      { detail: 'limit must be a whole number from 1 to 1000, is "0"', field: 'limit' },
    ),
    headers: noStore(false),
  },
  Forbidden: problem(
    'The token has not the right `admin`. Or: a web page of another site asks.',
    'Forbidden',
    403,
    { detail: 'Origin must be of the host "localhost:9123", is "https://elsewhere.example"' },
  ),
  NotFound: problem('No such path. Paths match exactly.', 'Not Found', 404, {
    detail:
      'there is nothing at "/v1/"; decisions are at another port, the reports of this one under /v1/',
  }),
  NoBucket: {
    ...problem(
      'There is no such policy, or the id is none. Or: nothing can be in use of a key without a bucket.',
      'Not Found',
      404,
      { detail: 'there is no policy "api"' },
    ),
    headers: noStore(true),
  },
  MethodNotAllowed: methodNotAllowed('/v1/top takes GET, HEAD, OPTIONS, not POST'),
  Refused: {
    ...problem(
      'It cannot be done, whenever it is asked for: what is lent to other instances, or which limit it goes by, is not known here.',
      'Conflict',
      409,
      { detail: 'only a part of this key is kept here: name it by its text, not by its id' },
    ),
    headers: noStore(true),
  },
  TooLarge: tooLarge(MOST_BODY_BYTES),
  PostTooLarge: tooLarge(MOST_POST_BYTES),
  NotJson: problem(
    'A `Content-Type` that is not `application/json`, or a `Content-Encoding` other than `identity`.',
    'Unsupported Media Type',
    415,
    { detail: 'Content-Type must be application/json, is "text/plain"' },
  ),
  Unable: {
    ...problem('The version of Node cannot.', 'Not Implemented', 501, {
      detail: 'profiles need Node 26.1 or later, this is v24.0.0',
    }),
    headers: noStore(true),
  },
  NotNow: {
    ...problem(
      'It cannot be answered just now, and nothing was done.',
      'Service Unavailable',
      503,
      {
        detail: '64 questions about keys are being answered: ask again',
      },
    ),
    headers: { ...noStore(true), ...COME_AGAIN },
  },
};

export function answer(name: keyof typeof ANSWERS): object {
  return { $ref: `#/components/responses/${name}` };
}

/** What any request may come to, whatever it asks. */
export const ANYWHERE: Readonly<Record<number, object>> = {
  400: answer('BadRequest'),
  401: answer('Unauthorized'),
  403: answer('Forbidden'),
  408: answer('Timeout'),
  413: answer('TooLarge'),
  417: answer('Expected'),
  429: answer('TooManyTokens'),
  431: answer('HeadersTooLarge'),
};

/** A report, as JSON. */
export function report(description: string, schema: object, example?: object): object {
  const media = example === undefined ? { schema } : { schema, example };
  return { description, headers: noStore(true), content: { 'application/json': media } };
}
