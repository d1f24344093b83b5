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

/** What is done, by the last part of the path. */
const ACTS: readonly (readonly [string, (body: string) => ActReading])[] = [
  ['reset', (body) => readAct(body, [], () => ({ kind: 'reset' }))],
  ['refund', (body) => readAct(body, [['tokens', 1]], ([tokens]) => ({ kind: 'refund', tokens }))],
  ['used', (body) => readAct(body, [['used', 0]], ([used]) => ({ kind: 'used', used }))],
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

/** `numbers`: the fields, all of them whole numbers that are there, and the least of each. */
function readAct(
  body: string,
  numbers: readonly (readonly [string, number])[],
  act: (values: [number, ...number[]]) => KeyAct,
): ActReading {
  const reading = readFields(
    body,
    numbers.map(([name]) => name),
  );
  if (!reading.ok) return reading;
  const values: number[] = [];
  for (const [name, least] of numbers) {
    const value = reading.fields[name];
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < least) {
      const wanted = `a whole number from ${least} to ${Number.MAX_SAFE_INTEGER}`;
      return { ok: false, field: name, fault: `${name} must be ${wanted}, is ${shown(value)}` };
    }
    values.push(value);
  }
  return { ok: true, act: act(values as [number, ...number[]]) };
}
