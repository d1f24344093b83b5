/** Guards of limits that the service keeps, and of asking by policy. */
import { type Mutant, mutantsOf } from './mutant.ts';

export const KEPT_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/bucket/kept-limit.ts', 'test/table/kept-limits.test.ts', [
    [
      'kept: whoever asks speeds no bucket up by a look',
      'isAskers !== true && isToGoBy(bucket, rate, nowUs)',
      'isToGoBy(bucket, rate, nowUs)',
    ],
    [
      'kept: a bucket goes by the faster of its limits',
      'isAskers !== true && isToGoBy(bucket, rate, nowUs)',
      'false',
    ],
    [
      'kept: an overdraft is counted as the bucket counts',
      'window === null ? bucket.period : 1;',
      'window === null ? rate.period : 1;',
    ],
    [
      'kept: a bucket that keys share has no cost above the capacity',
      'taking.cost <= rate.capacity && takeShared',
      'takeShared',
    ],
    [
      'kept: in a window that is over nothing is taken',
      'renewed === undefined || nowUs < window.endUs',
      'renewed === undefined || nowUs >= 0',
    ],
    [
      'kept: a window is not forgotten before it is over',
      'return bucket.used === 0 ? 0 : endOf(bucket);',
      'return 0;',
    ],
  ]),
  ...mutantsOf('src/table/table.ts', 'test/table/kept-limits.test.ts', [
    ['kept: a dry one stops no other', 'taking.isDry || taking.overdraft', 'taking.overdraft'],
    [
      'kept: what is undone of a window is told as it was',
      "if ('kept' in taking && !isShared) bringUp(bucket, taking.kept, atUs);",
      "if ('kept' in taking && isShared) bringUp(bucket, taking.kept, atUs);",
    ],
    [
      'kept: a bucket that keys share is not overdrawn',
      'const isThere = isShared\n      ? takeKeptShared(bucket, taking, atUs)',
      'const isThere = isShared\n      ? takeKept(bucket, taking, atUs)',
    ],
    [
      'kept: a shard knows when its windows are over',
      'if (!isShared) shard.expectFull(forgettableFromUs(bucket));',
      '',
    ],
  ]),
  ...mutantsOf('src/table/bucket-records.ts', 'test/table/kept-limits.test.ts', [
    [
      'kept: a window is full again when it is over',
      'return forgettableFromUs(this.#bucket);',
      'return this.#bucket.atUs + this.#bucket.used;',
    ],
  ]),
  ...mutantsOf('src/policies/asking.ts', 'test/policies/asking.test.ts', [
    [
      'asking: the longest wait is named',
      'return waitOf(one) > waitOf(other);',
      'return waitOf(one) < waitOf(other);',
    ],
    [
      'asking: what always denies stops the others',
      'const stops = !holding.allowed && !policy.isDry;',
      'const stops = false;',
    ],
    [
      'asking: a dry run that always denies stops nobody',
      'const stops = !holding.allowed && !policy.isDry;',
      'const stops = !holding.allowed;',
    ],
    [
      'asking: what others refused is not counted as allowed',
      'const isTaken = stands && (isThere || isDry);',
      'const isTaken = isThere || isDry;',
    ],
    [
      'asking: overrides go by the subject',
      'return policy.for(subject);',
      'return policy.for(key);',
    ],
  ]),
  ...mutantsOf('src/policies/overrides.ts', 'test/policies/overrides.test.ts', [
    [
      'overrides: the first of the patterns holds',
      'if (first !== null && first.number < one.number) break;',
      '',
    ],
    [
      'overrides: of a key and a pattern the first holds',
      'pattern !== null && pattern.place < exact',
      'pattern !== null',
    ],
  ]),
  ...mutantsOf('src/policies/live-policy.ts', 'test/policies/asking.test.ts', [
    [
      'asking: a cost of its own is left alone by a refund and a look',
      'return cost > 0 && !overdraft ? this.#cost : 0;',
      'return overdraft ? 0 : this.#cost;',
    ],
    [
      'asking: a cost of its own is left alone by an overdraft',
      'return cost > 0 && !overdraft ? this.#cost : 0;',
      'return cost > 0 ? this.#cost : 0;',
    ],
    [
      'asking: a policy has buckets of its own',
      "inNamespace('policy', ",
      "((_: string, text: string) => text)('policy', ",
    ],
  ]),
  ...mutantsOf('src/transport/question/questions.ts', 'test/transport/http/by-policy.test.ts', [
    [
      'asking: nothing is given back all or none',
      "if (cost < 0) return bad('cost'",
      "if (cost < -1e9) return bad('cost'",
    ],
    [
      'asking: no bucket twice, all or none',
      'faultInAll(question, places.get(bucket))',
      'faultInAll(question, undefined)',
    ],
  ]),
  ...mutantsOf(
    'src/transport/http/asking/policy-answer.ts',
    'test/transport/http/by-policy.test.ts',
    [
      [
        'asking: what never passes tells no wait',
        'return isNever ? null : decision.retryAfterMs;',
        'return decision.retryAfterMs;',
      ],
      ['asking: a dry run tells no wait', '  if (allowed) return 0;\n', ''],
    ],
  ),
  ...mutantsOf(
    'src/transport/http/asking/policy-answer.ts',
    'test/transport/checked-decisions.test.ts',
    [
      [
        'asking: numbers of header fields are looked at',
        'const said = checked(unchecked);',
        'const said = unchecked;',
      ],
      [
        'asking: numbers of what each limit says are looked at',
        'resetAfterMs } = checked(decision);',
        'resetAfterMs } = decision;',
      ],
    ],
  ),
  ...mutantsOf(
    'src/transport/resp/commands/policy-commands.ts',
    'test/transport/checked-decisions.test.ts',
    [['asking: numbers of ARGUS.TAKE are looked at', '= checked(by.decision);', '= by.decision;']],
  ),
];
