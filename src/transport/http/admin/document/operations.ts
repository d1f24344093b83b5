/** What may be asked at the admin port, for its OpenAPI document: a row for each route. */
import { PROFILE_KINDS, type ProfileKind } from '../../../../admin/profiles/taken-profile.ts';
import { OPENAPI_PATH } from '../../core/service-paths.ts';
import { ACT_FIELDS, BUCKET_PATH, KEY_PATH } from '../bucket-routes.ts';
import { EVENTS_PATH } from '../event-routes.ts';
import { MOST_LISTENERS } from '../event-streams.ts';
import { KEYS_PATH } from '../key-routes.ts';
import { dispositionOf, PROFILES_PATH } from '../profile-routes.ts';
import { INSTANCES_PATH, THREADS_PATH, TOP_PATH } from '../report-routes.ts';
import { POLICIES_PATH, TRY_PATH } from '../rule-routes.ts';
import { ANYWHERE, answer, fixed, noStore, report } from './answers.ts';
import { EVENT_STREAM } from './events.ts';
import { EXAMPLES } from './examples.ts';
import { EXPLAIN } from './explain-schemas.ts';
import { KEYS, TOP } from './key-schemas.ts';
import {
  OF_BUCKET,
  OF_EVENTS,
  OF_KEY,
  OF_KEYS,
  OF_POLICIES,
  OF_PROFILES,
  OF_TOP,
} from './parameters.ts';
import { POLICIES, TRIAL } from './rule-schemas.ts';
import { INSTANCES, THREADS } from './service-schemas.ts';

interface Operation {
  readonly method: 'get' | 'post';
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  readonly parameters?: readonly object[];
  readonly requestBody?: object;
  /** Beside what any request may come to. */
  readonly responses: Readonly<Record<number, object>>;
}

/** Where the thread of the keys answers. */
const ASKED = { 503: answer('NotNow') };
const NAMED = { ...ASKED, 404: answer('NoBucket') };
const POSTED = { ...ASKED, 413: answer('PostTooLarge'), 415: answer('NotJson') };
const DONE = { ...NAMED, ...POSTED, 409: answer('Refused') };

const READING: readonly Operation[] = [
  {
    method: 'get',
    path: TOP_PATH,
    operationId: 'top',
    summary: 'The keys that were denied or allowed most of late.',
    parameters: OF_TOP,
    responses: { 200: report('Counted over all threads.', TOP.ref, EXAMPLES.top) },
  },
  {
    method: 'get',
    path: KEYS_PATH,
    operationId: 'keys',
    summary: 'All keys that have a bucket, or those that are wanted, in pages.',
    description:
      'A page is bounded work: go on until `cursor` is null. A key that stays is told just once. A cursor ends with the service.',
    parameters: OF_KEYS,
    responses: { ...ASKED, 200: report('A page.', KEYS.ref, EXAMPLES.keys) },
  },
  {
    method: 'get',
    path: POLICIES_PATH,
    operationId: 'policies',
    summary: 'Policies and rules of Envoy in force, in pages.',
    parameters: OF_POLICIES,
    responses: { ...ASKED, 200: report('A page.', POLICIES.ref) },
  },
  {
    method: 'get',
    path: THREADS_PATH,
    operationId: 'threads',
    summary: 'What each thread has counted since the start.',
    responses: { 200: report('All threads.', THREADS.ref) },
  },
  {
    method: 'get',
    path: INSTANCES_PATH,
    operationId: 'instances',
    summary: 'Whether limits are shared, with how many instances, and how the store is.',
    responses: { 200: report('As this instance knows it.', INSTANCES.ref, EXAMPLES.instances) },
  },
  {
    method: 'get',
    path: EVENTS_PATH,
    operationId: 'events',
    summary: 'What happens, while it happens, and each second how the service does.',
    description: `Server-sent events, for as long as the client reads and the service runs. At most ${MOST_LISTENERS} clients listen.`,
    parameters: OF_EVENTS,
    responses: EVENT_STREAM,
  },
  {
    method: 'get',
    path: OPENAPI_PATH,
    operationId: 'openapi',
    summary: 'This document.',
    responses: { 200: report('OpenAPI 3.1.', { type: 'object' }) },
  },
];

const TRYING: Operation = {
  method: 'post',
  path: TRY_PATH,
  operationId: 'try',
  summary: 'What a question would be answered now, without asking it.',
  description:
    'Takes a question as the port of decisions does. Nothing is taken, no bucket is made, nothing is counted.',
  requestBody: body({ $ref: '#/components/schemas/Asked' }, EXAMPLES.question),
  responses: { ...POSTED, 200: report('Just now.', TRIAL.ref, EXAMPLES.trial) },
};

/** What a bucket is named by: a key, or an id. */
const NAMINGS = [
  { path: KEY_PATH, of: 'Key', parameters: OF_KEY },
  { path: BUCKET_PATH, of: 'Bucket', parameters: OF_BUCKET },
];

const ABOUT_ACTS: Readonly<Record<keyof typeof ACT_FIELDS, string>> = {
  reset: 'Fills the bucket: of a policy without `limit`, those of all limits.',
  refund: 'Gives back so many, at most to the full: of a policy without `limit`, to all limits.',
  used: 'Sets how many tokens are in use, at most the capacity. Refused where limits are shared.',
};

const OF_ONE: readonly Operation[] = NAMINGS.flatMap(({ path, of, parameters }) => [
  {
    method: 'get',
    path,
    operationId: `explain${of}`,
    summary: 'One bucket: by which limit it goes and why, and when it may pass again.',
    parameters,
    responses: { ...NAMED, 200: report('As it is.', EXPLAIN.explained.ref, EXAMPLES.explained) },
  } as const,
  ...Object.entries(ACT_FIELDS).map(([act, fields]) => ({
    method: 'post' as const,
    path: `${path}/${act}`,
    operationId: `${act}${of}`,
    summary: ABOUT_ACTS[act as keyof typeof ACT_FIELDS],
    parameters,
    requestBody: body(fieldsSchema(fields), exampleOf(fields)),
    responses: { ...DONE, 200: report('As it is now.', EXPLAIN.acted.ref) },
  })),
]);

const ABOUT_PROFILES: Readonly<Record<ProfileKind, string>> = {
  profile: 'Where all threads spend CPU time.',
  heap: 'What all threads allocate in that time that is still in use then.',
  allocs: 'All that all threads allocate in that time.',
};

const PROFILING: readonly Operation[] = PROFILE_KINDS.map((kind) => ({
  method: 'get',
  path: `${PROFILES_PATH}${kind}`,
  operationId: `${kind}Profile`,
  summary: ABOUT_PROFILES[kind],
  description: 'For `go tool pprof` and its like. It comes when the time is over.',
  parameters: OF_PROFILES,
  responses: {
    200: {
      description: 'A protobuf of pprof, compressed by gzip.',
      headers: { ...noStore(true), 'Content-Disposition': fixed(dispositionOf(kind)) },
      content: { 'application/octet-stream': { schema: {} } },
    },
    501: answer('Unable'),
    503: answer('NotNow'),
  },
}));

export const OPERATIONS: readonly Operation[] = [...READING, ...OF_ONE, TRYING, ...PROFILING];

/** By path and method. */
export function pathsOf(operations: readonly Operation[]): Readonly<Record<string, object>> {
  const paths: Record<string, Record<string, object>> = {};
  for (const { method, path, responses, ...more } of operations) {
    const operation = { ...more, responses: { ...ANYWHERE, ...responses } };
    paths[path] = { ...paths[path], [method]: operation };
  }
  return paths;
}

function body(schema: object, example: object): object {
  return { required: true, content: { 'application/json': { schema, example } } };
}

/** Of whole numbers, all of which have to be there. */
function fieldsSchema(leasts: Readonly<Record<string, number>>): object {
  const properties = Object.entries(leasts).map(([name, minimum]) => [
    name,
    { type: 'integer', minimum, maximum: Number.MAX_SAFE_INTEGER, description: 'Whole tokens.' },
  ]);
  return {
    type: 'object',
    additionalProperties: false,
    required: Object.keys(leasts),
    properties: Object.fromEntries(properties) as object,
  };
}

function exampleOf(fields: Readonly<Record<string, number>>): object {
  return Object.fromEntries(Object.keys(fields).map((name) => [name, 2]));
}
