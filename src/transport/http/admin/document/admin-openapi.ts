/** The OpenAPI 3.1 document of the admin port: what operators may ask, and what is answered. */
import { SCHEMAS as QUESTION_SCHEMAS } from '../../document/openapi-schemas.ts';
import { TOKEN_SCHEME } from '../../document/openapi-tokens.ts';
import { ANSWERS } from './answers.ts';
import { EXPLAIN } from './explain-schemas.ts';
import { KEYS, TOP } from './key-schemas.ts';
import { OPERATIONS, pathsOf } from './operations.ts';
import { POLICIES, TRIAL } from './rule-schemas.ts';
import { HAPPENING, INSTANCES, NOW, THREADS } from './service-schemas.ts';

const ABOUT = [
  'For operators: which keys there are and why one is denied, what each thread does, what happens.',
  'Every request shows a token, but those for the files of the page at `/`, which hold no data.',
  'Pages of other sites are refused, also with the token.',
  '\n\nPaths match exactly: elsewhere is 404. `HEAD` is answered as `GET`, `OPTIONS` with 204 and',
  '`Allow`; another method than those is 405 with `Allow`. A parameter that is not known, or there',
  'twice, is 400. Every error is `application/problem+json`. Keys are what strangers have sent: show',
  'them as text, and as nothing else. Answers may get more members, and happenings more kinds.',
].join(' ');

const { Question, PolicyQuestion, Asked, Problem } = QUESTION_SCHEMAS;

const NAMED = [
  TOP,
  KEYS,
  POLICIES,
  THREADS,
  INSTANCES,
  HAPPENING,
  NOW,
  TRIAL,
  ...Object.values(EXPLAIN),
];

const SCHEMAS = {
  ...Object.fromEntries(NAMED.map(({ name, schema }) => [name, schema as object])),
  Question,
  PolicyQuestion,
  Asked,
  Problem,
};

export function adminOpenApi(version: string): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Argus, for operators',
      version,
      summary: 'Who is limited, why, and how the service does.',
      description: ABOUT,
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/', description: 'Where this document comes from.' }],
    security: [{ token: [] }],
    paths: pathsOf(OPERATIONS),
    components: {
      schemas: SCHEMAS,
      responses: ANSWERS,
      securitySchemes: { token: TOKEN_SCHEME },
    },
  };
}
