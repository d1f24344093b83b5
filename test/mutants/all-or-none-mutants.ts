/** Guards of several questions under shared limits that are taken all or none. */
import { type Mutant, mutantsOf } from './mutant.ts';

export const ALL_OR_NONE_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/lease/holder/all-or-none.ts', 'test/lease/holder/all-or-none.test.ts', [
    [
      'all-or-none: what lacks is had again',
      '    for (;;) {\n      const answers',
      '    for (let i = 0; i < 1; i++) {\n      const answers',
    ],
    [
      'all-or-none: the store is not asked while it is away',
      "    if (status.isAway) return this.#takeAway(questions, 'fallback', nowUs);\n",
      '',
    ],
    [
      'all-or-none: no time is longer than the store may take',
      '    this.#timeouts.add(() => late.resolve(null), askedUs);\n',
      '',
    ],
    [
      'all-or-none: what the store denies takes nothing',
      '      if (isStopped(questions, fetched)) return this.#told(questions, fetched);\n',
      '',
    ],
    [
      'all-or-none: what is denied leases nothing for the rest',
      'isDenied || !isTaking(question)',
      '!isTaking(question)',
    ],
    ['all-or-none: a look leases nothing', 'isDenied || !isTaking(question)', 'isDenied'],
    [
      'all-or-none: a share is looked at before it is taken from',
      'decision.allowed && decision.remaining >= question.cost',
      'decision.allowed',
    ],
    [
      'all-or-none: without the store what is denied takes no leases',
      'leased.length === parts.length || !isAllowed(parts)',
      'leased.length === parts.length',
    ],
    [
      'all-or-none: leases are taken with what stands in',
      'leased.length === parts.length || !isAllowed(parts)',
      'leased.length >= 0',
    ],
    [
      'all-or-none: what a share gave in vain is put back',
      '      this.#parts.fallback.putBack(part.question, unanswered, nowUs);\n',
      '',
    ],
    [
      'all-or-none: what is put back is told to remain',
      'decision.remaining + cost',
      'decision.remaining',
    ],
    [
      'all-or-none: a lease that went away is lacking',
      'if (taken.includes(null)) return false;',
      'if (taken.includes(null)) return true;',
    ],
    [
      'all-or-none: leases that were spent as they were found are not spent again',
      'leased.length === parts.length || !isAllowed(parts)',
      '!isAllowed(parts)',
    ],
    [
      'all-or-none: shares are taken from where all would be allowed',
      ' || (part.decision.allowed && !isToTake)',
      '',
    ],
    [
      'all-or-none: what a dry run was denied is not asked for again',
      'isTaking(one) && fetched[i]?.allowed === true',
      'isTaking(one)',
    ],
    [
      'all-or-none: only what was taken is put back',
      "      if (part.by !== 'share') continue;\n",
      '',
    ],
    [
      'all-or-none: every decision is counted',
      '    for (const decision of each) this.#parts.counted(decision);\n',
      '',
    ],
  ]),
  ...mutantsOf('src/lease/holder/shared-question.ts', 'test/lease/holder/all-or-none.test.ts', [
    ['all-or-none: who is denied is told to wait', 'Math.max(1, decision', 'Math.max(0, decision'],
    [
      'all-or-none: a look says whether the cost would pass',
      'const allowed = decision.remaining >= cost;',
      'const allowed = decision.allowed;',
    ],
  ]),
];
