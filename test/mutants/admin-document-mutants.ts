/** Guards of what the admin port says of itself, and of what it takes for right. */
import { type Mutant, mutantsOf } from './mutant.ts';

const FOLDER = 'test/transport/http/admin/document';
const DOCUMENT = `${FOLDER}/admin-openapi.test.ts`;
const ANSWERS = `${FOLDER}/admin-answers.test.ts`;
const REQUESTS = `${FOLDER}/admin-requests.test.ts`;

export const ADMIN_DOCUMENT_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/transport/http/admin/document/operations.ts', DOCUMENT, [
    [
      'every route of operators is described',
      '[...READING, ...OF_ONE, TRYING, ...PROFILING]',
      '[...READING, TRYING, ...PROFILING]',
    ],
    [
      'what any request of operators may come to is described',
      'responses: { ...ANYWHERE, ...responses }',
      'responses',
    ],
  ]),
  ...mutantsOf('src/transport/http/admin/admin-routes.ts', DOCUMENT, [
    ['no route of operators is only described', '...ruleRoutes(keys, replies),', ''],
  ]),
  ...mutantsOf('src/transport/http/admin/document/admin-openapi.ts', DOCUMENT, [
    ['the token of operators is described', 'security: [{ token: [] }],', ''],
  ]),
  ...mutantsOf('src/transport/http/admin/document/operations.ts', REQUESTS, [
    ['the fields of an act are all that there may be', 'additionalProperties: false,', ''],
    ['the fields of an act have to be there', 'required: Object.keys(leasts),', ''],
    [
      'the fields of an act have a least value',
      "{ type: 'integer', minimum,",
      "{ type: 'integer',",
    ],
  ]),
  ...mutantsOf('src/transport/http/admin/document/schema.ts', ANSWERS, [
    ['what may be null is described so', "type: [type, 'null'], ...more", 'type, ...more'],
    [
      'what is always told is described so',
      'required: all.filter(([, { ifThere: missing }]) => missing === undefined)',
      'required: all.filter(() => false)',
    ],
    [
      'what is not always told is described so',
      'required: all.filter(([, { ifThere: missing }]) => missing === undefined)',
      'required: all',
    ],
  ]),
  ...mutantsOf('src/transport/http/admin/document/parameters.ts', REQUESTS, [
    ['a parameter is described by its bounds', 'maximum: MOST_PAGE,', ''],
    ['a name is described by what it may hold', 'pattern: NAME_PATTERN', ''],
  ]),
  ...mutantsOf('src/transport/http/admin/query.ts', REQUESTS, [
    ['a page has a key or more', '{ from: 1, to: MOST_PAGE }', '{ from: 0, to: MOST_PAGE }'],
  ]),
  ...mutantsOf('src/transport/http/admin/key-routes.ts', REQUESTS, [
    [
      'characters are counted as whoever reads the document counts them',
      '[...text].length <= MOST_CHARACTERS',
      'text.length <= MOST_CHARACTERS',
    ],
  ]),
  ...mutantsOf('src/transport/http/admin/post-route.ts', ANSWERS, [
    [
      'bytes that are no text are no key of an operator',
      'isUtf8(bytes) ? answer(posted) : NOT_UTF8',
      'answer(posted)',
    ],
  ]),
];
