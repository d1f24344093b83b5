/** The parameters of the admin port, in its OpenAPI document. */
import { CURSOR_PATTERN } from '../../../../admin/keys/key-cursor.ts';
import { MOST_KEY_BYTES } from '../../../../contract/bounds.ts';
import { OUTCOMES } from '../../../../top-keys/sketch-memory.ts';
import { MOST_CHARACTERS } from '../key-routes.ts';
import { NAME_PATTERN } from '../key-target.ts';
import { MOST_SECONDS, USUAL_SECONDS } from '../profile-routes.ts';
import { MOST_PAGE, USUAL_PAGE } from '../query.ts';
import { MOST_KEYS, USUAL_BY, USUAL_KEYS } from '../report-routes.ts';
import { MOST_CURSOR } from '../rule-routes.ts';
import { ID, NAMESPACE } from './key-schemas.ts';

const query = (name: string, description: string, schema: object) => ({
  name,
  in: 'query',
  description,
  schema,
});

const limit = query('limit', 'At most so many a page.', {
  type: 'integer',
  minimum: 1,
  maximum: MOST_PAGE,
  default: USUAL_PAGE,
});

const name = { type: 'string', pattern: NAME_PATTERN };
const beginning = { type: 'string', maxLength: MOST_CHARACTERS };

export const OF_TOP: readonly object[] = [
  query('by', 'What is counted.', { type: 'string', enum: OUTCOMES, default: USUAL_BY }),
  query('n', 'At most so many keys.', {
    type: 'integer',
    minimum: 1,
    maximum: MOST_KEYS,
    default: USUAL_KEYS,
  }),
];

export const OF_KEYS: readonly object[] = [
  query('prefix', "Keys that begin so, a policy's without its names.", beginning),
  query('policy', 'Keys of this policy. `namespace` is left out then, or `policy`.', beginning),
  query('namespace', 'Keys of this kind.', NAMESPACE),
  query('state', 'Keys of whom a cost of 1 would be denied now.', {
    type: 'string',
    const: 'denied',
  }),
  limit,
  query('cursor', 'Keys behind those of the page that told it, which had the same parameters.', {
    type: 'string',
    pattern: CURSOR_PATTERN,
  }),
];

export const OF_POLICIES: readonly object[] = [
  limit,
  query('cursor', 'What is behind the page that told it.', {
    type: 'integer',
    minimum: 0,
    maximum: MOST_CURSOR,
    default: 0,
  }),
];

const path = { in: 'path', required: true };

export const OF_BUCKET: readonly object[] = [
  { ...path, name: 'id', description: 'As any answer here has it.', schema: ID },
];

export const OF_KEY: readonly object[] = [
  {
    ...path,
    name: 'key',
    description: `As it was asked for: 1 to ${MOST_KEY_BYTES} bytes of UTF-8, percent-encoded. Of Envoy the name of its bucket. \`.\` and \`..\` can only be named by the id of their bucket.`,
    schema: { type: 'string', minLength: 1, maxLength: MOST_KEY_BYTES },
    example: 'alice',
  },
  query(
    'namespace',
    'Of what kind the key is. Left out, `policy` where `policy` is there, else `plain`.',
    NAMESPACE,
  ),
  query('policy', "Of a policy's key, and of no other.", name),
  query('limit', 'The same: one of its limits. Left out, all that hold for the key.', name),
];

export const OF_PROFILES: readonly object[] = [
  query('seconds', 'How long all threads are looked at.', {
    type: 'integer',
    minimum: 1,
    maximum: MOST_SECONDS,
    default: USUAL_SECONDS,
  }),
];

export const OF_EVENTS: readonly object[] = [
  {
    name: 'Last-Event-ID',
    in: 'header',
    description:
      'Of the last event that was heard: only what is newer is told. One of an earlier run counts as none.',
    schema: { type: 'string' },
    example: 'mu3o5x-1',
  },
];
