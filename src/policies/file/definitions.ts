/**
 * What a file of policies may say. The same definitions check a file and make its JSON Schema.
 *
 * A message says what is wanted; whoever shows it says where, and what is there. One that is a
 * whole sentence comes with the code `custom`.
 */
import { z } from 'zod';
import { MOST_CAPACITY, MOST_KEY_BYTES } from '../../contract/bounds.ts';
import { DURATION_PATTERN, DURATION_WANTED, readDuration } from '../duration.ts';
import { FORWARD_STATUSES, readSource, SOURCE_WANTED, URI_SOURCES } from '../forward-rule.ts';

export const MOST_LIMITS = 8;
const MOST_OVERRIDES = 100_000;
const MOST_DESCRIPTION = 1_000;
const MOST_HOPS = 32;
const MOST_ALTERNATIVES = 8;
const LONGEST_WINDOW_WANTED = 'whole seconds, such as 60s, 1h or 30d';

export const NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const NAME_WANTED = '1 to 64 of a-z A-Z 0-9 . _ -, the first a letter or a digit';

export const CALENDAR_UNITS = ['minute', 'hour', 'day', 'week', 'month', 'year'] as const;
export const KINDS = ['interval', 'calendar', 'window'] as const;

const DESCRIPTION_WANTED = `text of at most ${MOST_DESCRIPTION} characters`;
const description = text(DESCRIPTION_WANTED).max(MOST_DESCRIPTION, DESCRIPTION_WANTED);
const OVERRIDES_WANTED = `a list of at most ${MOST_OVERRIDES} overrides`;

const name = text(NAME_WANTED).regex(NAME_PATTERN, NAME_WANTED);

/** A whole number; `1_000_000` reads as one. */
function whole(from: number, to: number, note = '') {
  const wanted = `a whole number from ${from} to ${to}${note}`;
  const digits = z.string().regex(/^\d{1,3}(_\d{3})+$/, wanted);
  return z
    .union([z.number(wanted).int(wanted).min(from, wanted).max(to, wanted), digits], {
      error: wanted,
    })
    .transform((value) => Number(String(value).replaceAll('_', '')))
    .refine((value) => value >= from && value <= to, wanted);
}

function text(wanted: string) {
  return z.string({ error: wanted });
}

/** No fields but these. */
function fieldsOf<T extends z.ZodRawShape>(shape: T) {
  return z.strictObject(shape, { error: 'names of fields with their values' });
}

/** A list of one or more. */
function list<T extends z.ZodType>(item: T, most: number, what: string) {
  const wanted = `a list of 1 to ${most} ${what}`;
  return z.array(item, { error: wanted }).min(1, wanted).max(most, wanted);
}

const duration = z
  .union(
    [
      z.int(DURATION_WANTED).min(1, DURATION_WANTED),
      z.string().regex(DURATION_PATTERN, DURATION_WANTED),
    ],
    {
      error: DURATION_WANTED,
    },
  )
  .refine((value) => readDuration(value) !== null, DURATION_WANTED)
  .transform((value) => readDuration(value) as number)
  .describe('such as 250ms, 10s, 1m, 1h, 1d, 30d; a bare number is seconds');

const timezone = text('a time zone of the IANA database, such as Europe/Berlin')
  .refine(isTimezone, 'a time zone of the IANA database, such as Europe/Berlin')
  .describe('whose calendar it is; UTC if left out');

function isTimezone(value: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

const LimitSchema = fieldsOf({
  name: name.describe('by which answers, metrics and overrides call it'),
  capacity: whole(1, MOST_CAPACITY).describe('the most that may be used at once, or in a window'),
  interval: duration.optional().describe('a token bucket: the time in which capacity comes back'),
  calendar: z
    .enum(CALENDAR_UNITS, { error: `one of ${CALENDAR_UNITS.join(', ')}` })
    .optional()
    .describe('a window: used is 0 again when the next of these begins'),
  timezone: timezone.optional(),
  window: duration
    .refine((us) => us % 1_000_000 === 0, LONGEST_WINDOW_WANTED)
    .optional()
    .describe('a window of one length, counted from 1970-01-01T00:00Z'),
  cost: whole(1, MOST_CAPACITY)
    .optional()
    .describe("what a question takes; left out, that is the question's cost"),
})
  .superRefine((limit, context) => {
    const kinds = KINDS.filter((kind) => limit[kind] !== undefined);
    if (kinds.length !== 1) {
      const has = kinds.length === 0 ? 'none' : kinds.join(' and ');
      fault(context, [], `must have exactly one of ${KINDS.join(', ')}, has ${has}`);
    }
    if (limit.timezone !== undefined && limit.calendar === undefined) {
      fault(context, ['timezone'], 'goes with calendar only');
    }
    if (limit.cost !== undefined && limit.cost > limit.capacity) {
      const { cost, capacity } = limit;
      fault(context, ['cost'], `must be at most ${capacity} (the capacity), is ${cost}`);
    }
  })
  .meta({ id: 'Limit' });

const limits = list(LimitSchema, MOST_LIMITS, 'limits').superRefine((all, context) => {
  for (const [i, limit] of all.entries()) {
    if (all.findIndex((other) => other.name === limit.name) === i) continue;
    fault(context, [i, 'name'], `must be there once, ${JSON.stringify(limit.name)} is there twice`);
  }
});

const PATTERN_WANTED = `a key, or a pattern in which * stands for any characters, of 1 to ${MOST_KEY_BYTES} bytes`;
const pattern = text(PATTERN_WANTED).refine(isKey, PATTERN_WANTED);

/** Whether a question may name such a key; a pattern is no longer than one. */
export function isKey(key: string): boolean {
  const bytes = Buffer.byteLength(key);
  return key.isWellFormed() && bytes >= 1 && bytes <= MOST_KEY_BYTES;
}

const OverrideSchema = fieldsOf({
  description: description.optional(),
  keys: list(pattern, MOST_OVERRIDES, 'keys or patterns'),
  limits: limits.optional().describe('each replaces the limit of its name, and keeps the others'),
  always: z.enum(['allow', 'deny'], { error: 'allow or deny' }).optional(),
})
  .superRefine(({ limits: own, always }, context) => {
    if ((own === undefined) !== (always === undefined)) return;
    const has = own === undefined ? 'neither' : 'both';
    fault(context, [], `must have exactly one of limits, always, has ${has}`);
  })
  .meta({ id: 'Override' });

const source = text(SOURCE_WANTED)
  .refine((value) => readSource(value) !== null, SOURCE_WANTED)
  .meta({ id: 'Source' });
const joined = list(source, MOST_ALTERNATIVES, 'sources that are joined');
const KEY_WANTED = `${SOURCE_WANTED}, or a list of them that are joined`;

const ForwardSchema = fieldsOf({
  key: list(
    z.union([source, joined], { error: KEY_WANTED }),
    MOST_ALTERNATIVES,
    'sources',
  ).describe('where the key is; the first that is there counts'),
  uri: z
    .enum(URI_SOURCES, { error: `one of ${URI_SOURCES.join(', ')}` })
    .optional()
    .describe('where path and query of the client are'),
  denied: z
    .union([z.literal(FORWARD_STATUSES[0]), z.literal(FORWARD_STATUSES[1])], {
      error: FORWARD_STATUSES.join(' or '),
    })
    .default(FORWARD_STATUSES[0])
    .describe('the status of a denial'),
  trustedHops: whole(1, MOST_HOPS)
    .default(1)
    .describe("which address of X-Forwarded-For is the client's, from the right"),
  ipv6Prefix: whole(32, 128).default(64).describe('bits of an IPv6 address that are one client'),
  missing: text('allow, deny, or a key')
    .refine(isKey, 'allow, deny, or a key')
    .optional()
    .describe('where no source is there: allow, deny, or this key; left out, 400'),
})
  .superRefine(({ key, uri }, context) => {
    const needs = key.flat().find((one) => one === 'path' || one.startsWith('query:'));
    if (uri !== undefined || needs === undefined) return;
    const wanted = `must have uri, one of ${URI_SOURCES.join(', ')}`;
    fault(context, [], `${wanted}, since ${needs} is found there`);
  })
  .meta({ id: 'Forward' });

export const PolicySchema = fieldsOf({
  description: description.default(''),
  limits: limits.describe('a question takes from all or from none'),
  overrides: z
    .array(OverrideSchema, { error: OVERRIDES_WANTED })
    .max(MOST_OVERRIDES, OVERRIDES_WANTED)
    .default([])
    .describe('the first that matches holds'),
  dryRun: z
    .boolean({ error: 'true or false' })
    .default(false)
    .describe('counted and reported, never denied'),
  forward: ForwardSchema.optional().describe('how forward-auth finds the key'),
}).meta({ id: 'Policy' });

const POLICIES_WANTED = { error: 'policies by their names' };

/** What a file is but for its policies: each of those is checked by itself. */
export const FileSchema = fieldsOf({
  policies: z.record(name, z.unknown(), POLICIES_WANTED),
});

/** All of a file. */
export const PolicyFileSchema = FileSchema.extend({
  policies: z.record(name, PolicySchema, POLICIES_WANTED),
});

export type LimitDefinition = z.output<typeof LimitSchema>;
export type OverrideDefinition = z.output<typeof OverrideSchema>;
export type ForwardDefinition = z.output<typeof ForwardSchema>;
export type PolicyDefinition = z.output<typeof PolicySchema>;

function fault(context: z.RefinementCtx, path: PropertyKey[], message: string): void {
  context.addIssue({ code: 'custom', path, message: `!${message}` });
}
