/** Guards of shares: their arithmetic, and that of a service whose store is away. */
import { type Mutant, mutantsOf } from './mutant.ts';

const ENDING = 'test/lease/ended-shares.test.ts';

const SHARE: readonly Mutant[] = [
  ...mutantsOf('src/lease/terms/share.ts', 'test/lease/terms/share.test.ts', [
    [
      'a share holds no more than a limit earned since it began',
      '(earned < most ? earned : most) - spent',
      'most - spent',
    ],
    [
      'what was spent of a share counts under every limit',
      '(earned < most ? earned : most) - spent',
      '(earned < most ? earned : most)',
    ],
    [
      'what was spent comes back when a share of that limit would be full',
      'Math.max(bucket.atUs, sinceUs + earningUs(limit, limit.capacity))',
      'Math.max(bucket.atUs, sinceUs)',
    ],
    [
      'what comes back in a part of a tick takes its time too',
      '  if (bucket.used > 0) share.sinceUs += fromUs - bucket.atUs;\n',
      '',
    ],
    ['a share that goes by another limit refills from now on', '  bucket.atUs = nowUs;\n}', '}'],
    [
      'a share counts as begun later by the time in which tokens came back',
      '  share.sinceUs += (bucket.used === 0 ? fullUs : bucket.atUs) - fromUs;\n',
      '',
    ],
    [
      'a share does not fill while tokens come back',
      'bucket.used === 0 ? nowUs : Math.min(nowUs, bucket.atUs)',
      'nowUs',
    ],
    [
      'a denial changes no share',
      'if (held(share, limit, nowUs) < cost) return false;',
      'if (held(share, limit, nowUs) < cost) {\n    share.sinceUs = nowUs;\n    return false;\n  }',
    ],
    [
      'the wait of a share counts what comes back first',
      'const isRoom = used <= (limit.capacity - tokens) * period;',
      'const isRoom = true;',
    ],
  ]),
];

const SHARE_IN_SERVICE: readonly Mutant[] = [
  ...mutantsOf('src/lease/terms/share.ts', 'test/process/outage-limits.test.ts', [
    [
      'a killed Redis makes no key fuller, whatever limits it is asked for under',
      '(earned < most ? earned : most) - spent',
      'most - spent',
    ],
  ]),
];

const ENDED: readonly Mutant[] = [
  ...mutantsOf('src/lease/fetcher/exchange-plan.ts', ENDING, [
    [
      'a share ends where the store need not be told of it',
      '    state.endShare(leases, nowUs);\n',
      '',
    ],
  ]),
  ...mutantsOf('src/lease/fetcher/key-checks.ts', ENDING, [
    ['a share ends with what is known of its key', '      state.endShare(leases, nowUs);\n', ''],
  ]),
  ...mutantsOf('src/lease/fetcher/key-state.ts', ENDING, [
    [
      'what is owed after a reset goes by the limit that it was spent under',
      '    this.limit = limit;\n    this.isOwing',
      '    this.isOwing',
    ],
    [
      'a share that is begun after one that ended is empty',
      '    this.#shareEndedUs = nowUs;\n',
      '',
    ],
  ]),
];

export const SHARE_MUTANTS: readonly Mutant[] = [...SHARE, ...SHARE_IN_SERVICE, ...ENDED];
