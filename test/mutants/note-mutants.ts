/** Guards of notes under a limit that the bucket does not go by. */
import { type Mutant, mutantsOf } from './mutant.ts';

export const NOTE_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/lease/terms/lease.ts', 'test/lease/terms/lease-notes.test.ts', [
    [
      'a note is told by the picture where the bucket goes by another limit',
      ': isFullFor(bucket, limit, cost, nowUs);',
      ': false;',
    ],
    [
      'a note denies under another limit only what the bucket has no room for',
      ': isFullFor(bucket, limit, cost, nowUs);',
      ': cost >= lease.deniedCost;',
    ],
    [
      'the picture has refilled before it tells of another limit',
      '  bringUp(bucket, nowUs);\n  const isDenied',
      '  const isDenied',
    ],
    ['a note denies no look', 'cost === 0 || ', ''],
    [
      'a note outlives an exchange that denied nothing',
      'if (deniedCost > 0) lease.deniedUntilUs',
      'lease.deniedUntilUs',
    ],
    ['a note about another limit holds up no renewal', ' && lease.deniedCost > 0;', ';'],
    [
      'a note about another limit denies nothing under that of the lease',
      'lease.deniedCost > 0 && cost >=',
      'cost >=',
    ],
  ]),
  ...mutantsOf('src/lease/terms/lease.ts', 'test/lease/lease-table-notes.test.ts', [
    [
      'who is denied by the picture waits as it says',
      'return isFor(lease, bucket, limit) ? Math.ceil(',
      'return bucket ? Math.ceil(',
    ],
  ]),
  ...mutantsOf('src/lease/terms/lease.ts', 'test/process/sharing-exchanges.test.ts', [
    [
      'a lowered limit does not cost an exchange a question',
      ': isFullFor(bucket, limit, cost, nowUs);',
      ': false;',
    ],
  ]),
  ...mutantsOf(
    'src/lease/fetcher/store-decisions.ts',
    'test/lease/fetcher/store-decisions.test.ts',
    [
      [
        'where the bucket goes by another limit a note lasts as long as the wait',
        ' || !goesBy(reply, limit)) return 1;',
        ') return 1;',
      ],
      [
        'a note about the next question lasts as long as that would wait',
        'Math.max(waitMsOf(cost, sent, reply, now), leastNoteMs(sent, reply, now))',
        'leastNoteMs(sent, reply, now)',
      ],
    ],
  ),
];
