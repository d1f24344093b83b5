/** Keys in the OpenAPI document of the admin port: whose they are, pages of them, those on top. */
import { KEY_ID_PATTERN } from '../../../../admin/key-id.ts';
import type { EntryReport, KeyReport } from '../../../../admin/key-report.ts';
import type { LeaseReport } from '../../../../admin/keys/bucket-report.ts';
import { CURSOR_PATTERN } from '../../../../admin/keys/key-cursor.ts';
import type { KeyPage, ListedKey } from '../../../../admin/keys/key-pages.ts';
import type { TopReport } from '../../../../admin/top-report.ts';
import { MOST_CAPACITY } from '../../../../contract/bounds.ts';
import { UNITS } from '../../../../envoy/unit.ts';
import { NAMESPACES } from '../../../../lib/namespace.ts';
import { OUTCOMES } from '../../../../top-keys/sketch-memory.ts';
import {
  always,
  amount,
  count,
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

const unitNames = UNITS.map(({ name }) => name);

export const UNIT: Schema<string> = oneOf(unitNames, 'Of a limit that Envoy sends along.');

/** At least 1, as every capacity that is asked under. */
export const CAPACITY = { minimum: 1, maximum: MOST_CAPACITY };

const entry = object<EntryReport>(
  {
    key: text('Of an entry of the descriptor.'),
    value: text('Its value, or the pattern that it matches.'),
    isPattern: ifThere(always(true)),
  },
  'Where `isPattern` is there, all values that match have one bucket.',
);

/** Names a bucket in a request: the same in a path. */
export const ID: Schema<string> = text('Names the bucket in a request, whatever its key is.', {
  pattern: KEY_ID_PATTERN,
});

export const NAMESPACE: Schema<(typeof NAMESPACES)[number]> = oneOf(
  NAMESPACES,
  "`plain`: the key came with a limit of its own; `policy`: a policy's; `envoy`: Envoy's.",
);

export const KEY: Members<KeyReport> = {
  id: ID,
  namespace: NAMESPACE,
  key: text('As it was asked for; of Envoy the name of its bucket. Strangers have sent it.'),
  policy: ifThere(text("Of a policy's key.")),
  limit: ifThere(text("Of a policy's key: the limit that the bucket is of.")),
  domain: ifThere(text("Of Envoy's.")),
  descriptor: ifThere(list(entry, "Of Envoy's, in their order.")),
  unit: ifThere(UNIT),
  cut: ifThere(
    object(
      {
        bytes: count("Of the whole name: of a policy's limit, NUL, policy, NUL, key."),
        sha256: text('Of the same, in hex.', { pattern: '^[0-9a-f]{64}$' }),
      },
      'There only where `key` is but a beginning.',
    ),
  ),
};

const ending = amount('Seconds until it ends.');

const lease = object(
  { tokens: count('Those that it may spend.'), endsInSeconds: ending },
  'What this instance may spend by itself; null where it has nothing.',
);

const note = object(
  { cost: count('A cost so large is denied without asking the store.'), endsInSeconds: ending },
  'What the store has nothing for; null where there is no such note.',
);

/** Only where limits are shared. */
export const LEASE: Members<Partial<LeaseReport>> = {
  lease: ifThere(orNull(lease)),
  note: ifThere(orNull(note)),
  owed: ifThere(count('Tokens that were spent while the store was away.')),
};

/** Whether a cost of 1 would pass. */
const STATE = oneOf(
  OUTCOMES,
  'What a cost of 1 would be under that limit now; null where that is not known.',
);

const listed = object<ListedKey>(
  {
    ...KEY,
    capacity: orNull(
      count('Of the limit that it was last charged under; null where unknown.', CAPACITY),
    ),
    remaining: orNull(count('Whole tokens under that limit; null where that is not known.')),
    fullInSeconds: orNull(amount('Until it is full; null for centuries, and where unknown.')),
    state: orNull(STATE),
    ...LEASE,
  },
  'A key with its bucket. The last three members are there where limits are shared.',
);

export const KEYS = named(
  'Keys',
  object<KeyPage>(
    {
      keys: list(
        listed,
        'In no order. There may be fewer than `limit`, or none, and still others.',
      ),
      cursor: orNull(
        text('Tells where the next page begins; null where there is none.', {
          pattern: CURSOR_PATTERN,
        }),
      ),
      looked: count('How many keys were looked at for this page.'),
      overflowBuckets: count(
        'Buckets in use that keys share since the table was full: no key is told of those.',
      ),
    },
    'A page of keys.',
  ),
);

type TopKey = TopReport['keys'][number];

export const TOP = named(
  'Top',
  object<TopReport>(
    {
      by: oneOf(OUTCOMES, 'What was counted.'),
      halfLifeSeconds: amount('After which a question counts half.'),
      keys: list(
        object<TopKey>(
          {
            ...KEY,
            count: amount('Questions of late. The true count is from `count - error` to `count`.'),
            error: amount('How much of the count may be another key’s.'),
            perSecond: amount('The even rate that would have led to this count.'),
          },
          'A key and how often it came.',
        ),
        'The highest count first.',
      ),
    },
    'The keys that came most often of late.',
  ),
);
