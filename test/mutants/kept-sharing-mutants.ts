/** Guards of limits that the service keeps, where instances share them. */
import { type Mutant, mutantsOf } from './mutant.ts';

const KEPT = 'test/lease/store/exchange-kept.test.ts';
const QUESTIONS = 'test/lease/holder/kept-questions.test.ts';

export const KEPT_SHARING_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/lease/store/exchange.lua', KEPT, [
    [
      'kept, shared: the store goes by the faster of two limits',
      'if isKept and not isSame\n    and',
      'if false and',
    ],
    [
      'kept, shared: whoever asks speeds nothing up in the store',
      'if isKept and not isSame\n    and',
      'if not isSame\n    and',
    ],
    [
      'kept, shared: a smaller capacity forgives nothing in the store',
      'if units <= capacity * limitPeriod then\n      oldPeriod',
      'if true then\n      oldPeriod',
    ],
    [
      'kept, shared: a look writes the limit that the bucket goes by',
      "      if isNew then call('HSET', key, 'limit', text) end\n",
      '',
    ],
  ]),
  ...mutantsOf('src/lease/store/bucket.lua', KEPT, [
    [
      'kept, shared: the script compares rates exactly',
      'local limits = product(product(digits(limitCount), digits(period)), digits(tick))\n',
      `if true then return limitCount * period * tick > count * limitPeriod * limitTick end
  local limits = {}
`,
    ],
  ]),
  ...mutantsOf('src/bucket/token-bucket.ts', KEPT, [
    [
      'kept, shared: a smaller capacity forgives nothing',
      'return bucket.used === 0 || tokensUsed(bucket, nowUs) <= limit.capacity;',
      'return true;',
    ],
  ]),
  ...mutantsOf('src/lease/terms/share.ts', 'test/lease/terms/share.test.ts', [
    [
      'kept, shared: whoever asks speeds no share up',
      'if (bucket.used === 0 || !isKept(limit)) return false;',
      'if (bucket.used === 0) return false;',
    ],
  ]),
  ...mutantsOf('src/lease/terms/share.ts', 'test/lease/terms/share.test.ts', [
    [
      'kept, shared: what was spent of a share comes back by the faster limit',
      '  goBy(share, limit, nowUs);\n  waitUntilFull(share, limit);\n  return true;',
      '  return true;',
    ],
  ]),
  ...mutantsOf('src/lease/holder/shared-question.ts', QUESTIONS, [
    [
      'kept, shared: more than there can be is denied',
      'asksFor === undefined ? decision : wouldPass(decision, asksFor)',
      'decision',
    ],
    [
      'kept, shared: what can never pass stops the others',
      'isStopped || isNever(one) ? lookFor(one) : one',
      'isNever(one) ? lookFor(one) : one',
    ],
    [
      'kept, shared: what can never pass stops nothing in a dry run',
      'isNever(one) && !isDry(one)',
      'isNever(one)',
    ],
    [
      'kept, shared: the store knows which limits the service keeps',
      'const limit = keptBy(rate, window);',
      'const limit = rate;',
    ],
    [
      'kept, shared: several give back in one call',
      'isOverdraft(question) || question.cost <= 0;',
      'isOverdraft(question);',
    ],
    ['kept, shared: a dry run is allowed', 'isDry(one) || each[i]', 'each[i]'],
  ]),
  ...mutantsOf('src/lease/lease-table.ts', QUESTIONS, [
    [
      'kept, shared: a note stops nothing in a dry run',
      ' || (source !== null && takings[i]?.isDry === true)',
      '',
    ],
  ]),
  ...mutantsOf('src/lease/holder/all-or-none.ts', QUESTIONS, [
    ['all-or-none: a dry run stops nothing', '!isDry(question) && each[i]', 'each[i]'],
    [
      'all-or-none: a dry run stops nothing while the store is away',
      'isDry(question) || decision.allowed',
      'decision.allowed',
    ],
  ]),
];
