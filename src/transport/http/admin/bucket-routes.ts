/** One bucket, for operators: what it is explained by, and what is done to it. */
import type { KeyAct } from '../../../admin/keys/acts.ts';
import { shown } from '../../../lib/shown.ts';
import type { Replies } from '../core/replies.ts';
import type { Route } from '../core/route.ts';
import { type Answer, type BadParameter, getRoute, type Target } from './answer.ts';
import { type NameReading, readBucket, readKey } from './key-target.ts';
import { type Posted, postRoute, readFields } from './post-route.ts';
import { type AdminKeys, askKeys } from './told.ts';

export const KEY_PATH = '/v1/keys/{key}';
export const BUCKET_PATH = '/v1/buckets/{id}';

type ActReading = { readonly ok: true; readonly act: KeyAct } | BadParameter;

const NAMED: readonly (readonly [string, (asked: Target) => NameReading])[] = [
  [KEY_PATH, readKey],
  [BUCKET_PATH, readBucket],
];

/** What is done, by the last part of the path: its fields, all whole numbers, and their least. */
export const ACT_FIELDS = {
  reset: {},
  refund: { tokens: 1 },
  used: { used: 0 },
} as const;

type ActName = keyof typeof ACT_FIELDS;

const ACTS: readonly (readonly [ActName, (body: string) => ActReading])[] = [
  ['reset', (body) => readAct(body, ACT_FIELDS.reset, () => ({ kind: 'reset' }))],
  [
    'refund',
    (body) => readAct(body, ACT_FIELDS.refund, (values) => ({ kind: 'refund', ...values })),
  ],
  ['used', (body) => readAct(body, ACT_FIELDS.used, (values) => ({ kind: 'used', ...values }))],
];

export function bucketRoutes(keys: AdminKeys, replies: Replies): readonly Route[] {
  return NAMED.flatMap(([path, readName]) => [
    getRoute(replies, path, (asked) => explain(keys, readName(asked))),
    ...ACTS.map(([name, read]) =>
      postRoute(replies, `${path}/${name}`, (posted) =>
        act(keys, readName(posted), read(posted.body), posted),
      ),
    ),
  ]);
}

function explain(keys: AdminKeys, name: NameReading): Answer | Promise<Answer> {
  return name.ok ? askKeys(keys, { kind: 'explain', of: name.of }) : name;
}

function act(
  keys: AdminKeys,
  name: NameReading,
  reading: ActReading,
  { from }: Posted,
): Answer | Promise<Answer> {
  if (!name.ok) return name;
  if (!reading.ok) return reading;
  return askKeys(keys, { kind: 'act', of: name.of, act: reading.act, from });
}

/** `leasts`: the fields, all of which have to be there, with the least of each. */
function readAct<Name extends string>(
  body: string,
  leasts: Readonly<Record<Name, number>>,
  act: (values: Readonly<Record<Name, number>>) => KeyAct,
): ActReading {
  const reading = readFields(body, Object.keys(leasts));
  if (!reading.ok) return reading;
  for (const [name, least] of Object.entries<number>(leasts)) {
    const value = reading.fields[name];
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
      const wanted = `a whole number from ${least} to ${Number.MAX_SAFE_INTEGER}`;
      return { ok: false, field: name, fault: `${name} must be ${wanted}, is ${shown(value)}` };
    }
  }
  return { ok: true, act: act(reading.fields as Readonly<Record<Name, number>>) };
}
