/** A bucket in the OpenAPI document of the admin port: why it is as it is, what is done to it. */
import type { BucketNumbers, Explained, Explanation } from '../../../../admin/keys/explain.ts';
import type { Acted } from '../../../../admin/keys/key-answers.ts';
import type { GoesBy, OverrideReport, RulePlace } from '../../../../admin/keys/rule-finder.ts';
import { MOST_CAPACITY } from '../../../../contract/bounds.ts';
import { KEY, LEASE, UNIT } from './key-schemas.ts';
import {
  always,
  amount,
  anyOf,
  count,
  flag,
  ifThere,
  list,
  type Members,
  named,
  object,
  oneOf,
  orNull,
  type Schema,
  text,
} from './schema.ts';

const bucket = object<BucketNumbers>(
  {
    used: count('Whole tokens in use, under the limit that it goes by.'),
    remaining: orNull(count('Those that are left; null where that is not known.')),
    capacity: orNull(count('Of that limit; null where it is not known.')),
    tokensPerSecond: orNull(amount('How fast tokens come back; null of a window.')),
    fullInSeconds: orNull(amount('Until it is full; null where that is not known.')),
    retryAfterSeconds: orNull(
      amount('When a cost of 1 may pass: 0 now; null for never, and where that is not known.'),
    ),
  },
  'Null where there is none: it is full, or was never asked for.',
);

const where: Schema<RulePlace> = object(
  { file: text('As it was named at the start.'), line: count('In that file.') },
  'Where it stands; null where it was not read from a file.',
);

const override = object<OverrideReport>(
  {
    by: text('The key or pattern that led to it.'),
    always: ifThere(oneOf(['allow', 'deny'], 'What it decides, without asking a limit.')),
    where: orNull(where),
  },
  'That holds for the key; null where none does.',
);

type Kind<K extends GoesBy['kind']> = Extract<GoesBy, { readonly kind: K }>;

const capacity = count('Tokens; null where no limit is asked.', { maximum: MOST_CAPACITY });

/** Of a rule of Envoy's: its way from the top. */
export const RULE: Schema<readonly { readonly key: string; readonly value: string }[]> = list(
  object({ key: text('As the file has it.'), value: text('The same.') }, 'Of one level.'),
  'From the top.',
);

const goesBy = named(
  'GoesBy',
  anyOf({
    request: object<Kind<'request'>>(
      { kind: always('request') },
      'Each question brings its limit.',
    ),
    policy: object<Kind<'policy'>>(
      {
        kind: always('policy'),
        policy: text('Its name.'),
        limit: orNull(text('In words; null where an override decides without asking a limit.')),
        capacity: orNull(capacity),
        isDry: flag('Whether it denies nobody.'),
        override: orNull(override),
        isForward: flag('Whether it is for forward-auth, whose overrides see more than the key.'),
        where: orNull(where),
      },
      'A limit of a policy.',
    ),
    rule: object<Kind<'rule'>>(
      {
        kind: always('rule'),
        domain: text('Of Envoy.'),
        rule: RULE,
        limit: text('In words.'),
        capacity: orNull(capacity),
        isShadow: flag('Whether it denies nobody.'),
        where: orNull(where),
      },
      "A rule of Envoy's.",
    ),
    descriptor: object<Kind<'descriptor'>>(
      { kind: always('descriptor'), unit: UNIT },
      'Envoy has sent the limit along.',
    ),
    none: object<Kind<'none'>>({ kind: always('none') }, 'What it was of is no longer there.'),
  }),
);

const EXPLANATION: Members<Explanation> = {
  ...KEY,
  shared: flag('Whether instances share it: it is then as the last exchange has told.'),
  bucket: orNull(bucket),
  overflow: flag('Whether the key takes from a bucket that keys share, for want of room.'),
  goesBy: goesBy.ref,
  ...LEASE,
};

const explanation = named(
  'Explanation',
  object<Explanation>(EXPLANATION, 'One bucket: how it is, and why.'),
);

const EXPLAINED: Members<Explained> = {
  ...EXPLANATION,
  limits: ifThere(
    list(explanation.ref, "Of a policy's key: the same for each of the policy's limits."),
  ),
};

const explained = named(
  'Explained',
  object<Explained>(EXPLAINED, 'The bucket that was asked for, or the first of the key.'),
);

const acted = named(
  'Acted',
  object<Acted>(
    { ...EXPLAINED, done: flag('Whether there was a bucket.') },
    'The bucket as it is now.',
  ),
);

export const EXPLAIN = { goesBy, explanation, explained, acted };
