/** Policies and trials in the OpenAPI document of the admin port. */
import type { PolicyReport, RuleReport, RulesReport } from '../../../../admin/keys/rules-report.ts';
import type { TrialReport, TriedLimit } from '../../../../admin/keys/trial.ts';
import { MOST_CAPACITY } from '../../../../contract/bounds.ts';
import { RULE } from './explain-schemas.ts';
import { CAPACITY } from './key-schemas.ts';
import {
  count,
  flag,
  ifThere,
  list,
  type Members,
  named,
  object,
  orNull,
  type Schema,
  text,
} from './schema.ts';

type LimitReport = PolicyReport['limits'][number];
type Counts = Pick<RuleReport, 'allowed' | 'denied' | 'wouldDeny' | 'exempt'>;

/** Since the start, over all threads. */
const COUNTS: Members<Counts> = {
  allowed: count('Questions since the start.'),
  denied: count('Questions since the start.'),
  wouldDeny: count('Those that were let through, as it denies nobody.'),
  exempt: count('Those that an override decided, without asking a limit.'),
};

const file = text('As it was named at the start; empty where it was not read from one.');
const line = count('In that file.');
const isDry = flag('Whether it denies nobody.');

const policy: Schema<PolicyReport> = object(
  {
    name: text('By which it is asked.'),
    file,
    line,
    isDry,
    isForward: flag('Whether it is for forward-auth too.'),
    overrides: count('How many it has.'),
    limits: list(
      object<LimitReport>(
        {
          name: text('Of the limit.'),
          line,
          limit: text('In words.'),
          capacity: count('Tokens.', CAPACITY),
          ...COUNTS,
        },
        'A limit, and what was decided by it.',
      ),
      'As the file has them.',
    ),
  },
  'A policy in force.',
);

const rule: Schema<RuleReport> = object(
  {
    domain: text('Of Envoy.'),
    file,
    line,
    rule: RULE,
    limit: text('In words.'),
    isShadow: isDry,
    ...COUNTS,
  },
  'A rule in force. Those with one label in the metrics are counted together.',
);

export const POLICIES = named(
  'Policies',
  object<RulesReport>(
    {
      policies: list(policy, 'Those of this page.'),
      rules: list(rule, 'Those of this page: they come behind all policies.'),
      cursor: orNull(text('Tells where the next page begins; null where there is none.')),
    },
    'A page of policies and rules of Envoy.',
  ),
);

const tried = object<TriedLimit>(
  {
    limit: ifThere(text('The name of a limit of a policy.')),
    capacity: count('Tokens.', { maximum: MOST_CAPACITY }),
    cost: count('What the question would take of it.', {
      minimum: -MOST_CAPACITY,
      maximum: MOST_CAPACITY,
    }),
    allowed: flag('Whether it would be allowed.'),
    remaining: count('Whole tokens that are left now.'),
    retryAfterMs: orNull(
      count('Null where no wait helps; of a denial where limits are shared, it is not known.'),
    ),
  },
  'What a limit says.',
);

export const TRIAL = named(
  'Trial',
  object<TrialReport>(
    {
      allowed: flag('What whoever asks would be told.'),
      isDry: flag('Of a policy that denies nobody.'),
      override: orNull(text('The key or pattern of the one that holds; null where none does.')),
      limits: list(tried, 'None where an override decides.'),
    },
    'What a question would be answered now.',
  ),
);
