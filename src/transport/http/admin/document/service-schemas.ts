/** The service in the OpenAPI document of the admin port: its threads, its store, what happens. */
import type { CountedReport, HistogramReport } from '../../../../admin/counted.ts';
import {
  HAPPENING_KINDS,
  type HappeningDetail,
  type ToldHappening,
} from '../../../../admin/happenings.ts';
import type { InstancesReport } from '../../../../admin/instances-report.ts';
import type { NowReport, OutcomesReport } from '../../../../admin/now-report.ts';
import type { GarbageReport, ThreadOf, ThreadReport } from '../../../../admin/threads-report.ts';
import { GARBAGE_KINDS, STATUS_CLASSES, TRANSPORTS } from '../../../../metrics/cells.ts';
import {
  always,
  amount,
  anyOf,
  count,
  each,
  flag,
  ifThere,
  list,
  named,
  object,
  oneOf,
  orNull,
  type Schema,
  text,
} from './schema.ts';

const quantile = (of: string) =>
  orNull(amount(`A bound below which ${of} of them lie; null beyond the last.`));

const counted: Schema<CountedReport> = object(
  {
    count: count('How many.', { minimum: 1 }),
    mean: amount('Seconds.'),
    p50AtMost: quantile('half'),
    p99AtMost: quantile('99 of 100'),
  },
  'How long they took, in seconds.',
);

const histogram: Schema<HistogramReport> = anyOf({
  none: object<{ readonly count: 0 }>({ count: always(0) }, 'There were none.'),
  some: counted,
});

const outcomes = (what: string) =>
  each(
    TRANSPORTS,
    object<OutcomesReport>({ allowed: amount(what), denied: amount(what) }, 'By outcome.'),
    'Decisions, by protocol.',
  );

const connections = each(TRANSPORTS, count('Those that are open.'), 'Connections, by protocol.');

const USE = {
  heapUsedBytes: count('JavaScript objects, garbage among them; the table is not in it.'),
  cpuSeconds: amount('CPU time since the start.'),
};

const late = amount('Seconds.');

const VITALS = {
  turns: object(
    {
      busy: amount('For which part of the last 5 s its event loop had something to do.'),
      lateSeconds: object(
        { p50: late, p99: late, max: late },
        'How late its timers were in the last 5 s.',
      ),
    },
    'Of its event loop.',
  ),
  garbage: each(
    GARBAGE_KINDS,
    object<GarbageReport>(
      {
        collections: count('Since the start.'),
        seconds: amount('Of all pauses.'),
        longestSeconds: amount('Of the longest pause.'),
      },
      'Collections of one kind.',
    ),
    'By kind.',
  ),
  ...USE,
};

const name = text('What it is called.');
const lockWaits = count('Shards that it found locked.');

/** Those of a service, by what they do. */
const thread: Schema<ThreadReport> = anyOf({
  decider: object<ThreadOf<'decider'>>(
    {
      name,
      kind: always('decider'),
      decisions: outcomes('Since the start.'),
      answerSeconds: histogram,
      lockWaits,
      tableFull: count('Decisions about keys that found no room.'),
      connections,
      clientBytes: count('What clients make it hold.'),
      ...VITALS,
    },
    'Decides.',
  ),
  rebalancer: object<ThreadOf<'rebalancer'>>(
    {
      name,
      kind: always('rebalancer'),
      swaps: count('Trees that were built anew.'),
      swapHoldSeconds: histogram,
      evictions: count('Buckets that were forgotten as they were full.'),
      searchDepth: amount('Of keys in the trees; 0 with the hash engine.'),
      searchDepthIdeal: amount('Of the same in balanced trees.'),
      ...USE,
    },
    'Keeps trees balanced, and forgets full buckets. It has no event loop.',
  ),
  exchanger: object<ThreadOf<'exchanger'>>(
    {
      name,
      kind: always('exchanger'),
      exchangeSeconds: histogram,
      exchangesLost: count('Those that were never answered.'),
      lockWaits,
      leases: count('Those that this instance holds.'),
      ...VITALS,
    },
    'Asks the store that instances share.',
  ),
  policies: object<ThreadOf<'policies'>>(
    {
      name,
      kind: always('policies'),
      rules: count('In force.'),
      reloadsApplied: count('Files that were read again, and hold.'),
      reloadsRefused: count('Files that were wrong.'),
      ...VITALS,
    },
    'Reads the files of policies.',
  ),
  snapshot: object<ThreadOf<'snapshot'>>(
    {
      name,
      kind: always('snapshot'),
      written: count('Snapshots.'),
      failed: count('Snapshots that were not written.'),
      keys: count('Of the last one.'),
      bytes: count('Of the last one.'),
      durationSeconds: amount('Of the last one.'),
      lockSeconds: histogram,
      ...VITALS,
    },
    'Writes snapshots.',
  ),
  keys: object<ThreadOf<'keys'>>(
    { name, kind: always('keys'), lockSeconds: histogram, ...VITALS },
    'Looks into the table for operators.',
  ),
  admin: object<ThreadOf<'admin'>>(
    {
      name,
      kind: always('admin'),
      requests: each(STATUS_CLASSES, count('Answers.'), 'By the class of their status.'),
      ...VITALS,
    },
    'Serves this port.',
  ),
});

export const THREADS = named(
  'Threads',
  object<{ readonly threads: readonly ThreadReport[] }>(
    { threads: list(thread, 'The deciders first.') },
    'What each thread of the service has counted.',
  ),
);

type Sharing = Extract<InstancesReport, { readonly isShared: true }>;

export const INSTANCES = named<InstancesReport>(
  'Instances',
  anyOf({
    alone: object<Exclude<InstancesReport, Sharing>>(
      { isShared: always(false) },
      'Limits are those of this instance.',
    ),
    sharing: object<Sharing>(
      {
        isShared: always(true),
        instances: count('As last counted, this one among them.'),
        store: object<Sharing['store']>(
          {
            isAway: flag('Whether it is not asked.'),
            awaySeconds: orNull(count('For how long; null while it is there.')),
            usableRatio: amount('For which part of all keys it does what is needed.', {
              maximum: 1,
            }),
          },
          'What is known of the store.',
        ),
      },
      'Limits are shared.',
    ),
  }),
);

const time = text('ISO 8601, UTC.', { format: 'date-time' });
const rate = amount('A second.');

export const NOW = named(
  'Now',
  object<NowReport>(
    {
      time,
      seconds: amount('That all rates are over.'),
      decisionsPerSecond: outcomes('A second.'),
      answerSeconds: orNull(counted),
      keys: count('That have a bucket.'),
      maxKeys: count('For which there is room.'),
      tableFull: amount('Times a second that a key found no room.'),
      swapsPerSecond: rate,
      evictionsPerSecond: rate,
      lockWaitsPerSecond: rate,
      connections,
      store: INSTANCES.ref,
      snapshotAgeSeconds: orNull(amount('Of the last one; null without snapshots.')),
      uptimeSeconds: count('Since the start.'),
    },
    'The data of an event `now`: how the service did in the last second.',
  ),
);

const detail = object<HappeningDetail>(
  {
    rules: ifThere(count('Policies and rules of Envoy that hold.')),
    certificateEndsS: ifThere(amount('Unix time.')),
    tokens: ifThere(count('In force.')),
    outage: ifThere(count('Its number since the start.')),
    usableRatio: ifThere(amount('For which part of all keys the store does.', { maximum: 1 })),
    instances: ifThere(count('That there are.')),
    before: ifThere(count('Instances that there were.')),
    times: ifThere(count('How often it has come.')),
    seconds: ifThere(count('How long it went on.')),
  },
  'Numbers, of which each kind has its own.',
);

export const HAPPENING = named(
  'Happening',
  object<ToldHappening>(
    {
      time,
      kind: oneOf(HAPPENING_KINDS, 'For programs. With `-over` behind it: it has ended.'),
      what: text('A sentence for people.'),
      detail,
    },
    'The data of an event `happening`.',
  ),
);
