/** Guards of what is told of an answer of the store, and of the notes that it leaves. */
import { type Mutant, mutantsOf } from './mutant.ts';

export const DECISION_MUTANTS: readonly Mutant[] = [
  ...mutantsOf(
    'src/lease/fetcher/store-decisions.ts',
    'test/lease/fetcher/store-decisions.test.ts',
    [
      [
        'who is denied is told without what is held here',
        'reply.others + (allowed ? 0 : reply.held)',
        'reply.others',
      ],
      [
        'each is told how it stood after it',
        'after = usedBefore(after, i, sent, reply);',
        'after = reply.used;',
      ],
      [
        'what is given back beyond what was used makes nobody wait for longer',
        'Math.min(after - (costs[i] as number) * units, most)',
        'after - (costs[i] as number) * units',
      ],
      [
        'of a bucket with debts who is denied waits for them too',
        'const most = Math.max(after, limit.capacity * units);',
        'const most = limit.capacity * units;',
      ],
      [
        'no note is left of a cost that passes since something was given back',
        'if (leftMs === 0) return;',
        '',
      ],
      [
        'a note is no longer than what is left of the wait since something was given back',
        'Math.min(retryAfterMs, Math.max(leftMs, leastNoteMs(sent, reply, now)))',
        'retryAfterMs',
      ],
      [
        'a note is no longer than was said, whatever others took after that',
        'Math.min(retryAfterMs, Math.max(leftMs, leastNoteMs(sent, reply, now)))',
        'leftMs',
      ],
      [
        'a note is for the least cost that was denied',
        '(least !== null && cost >= least.cost)',
        'least !== null',
      ],
      ['what was denied strictly leaves no note', 'if (strict || overdraft', 'if (overdraft'],
      ['a note of a leased bucket is worth its while', 'Math.max(ms, LEAST_NOTE_MS)', 'ms'],
      ['a note lasts until there is a lease for each', 'LEAST_LEASE * active', 'LEAST_LEASE'],
      [
        'a note is left where a lease could not be had in full',
        'leastDenied(sent, reply, decisions, now) ?? nextDenied(sent, reply, now)',
        'leastDenied(sent, reply, decisions, now) ?? { cost: 0, waitMs: 0 }',
      ],
      ['a lease that was had in full leaves no note', ' && want > grant', ''],
      ['where a question would pass there is no note', ' && used > room * unitsOf(reply)', ''],
      ['a note is not for long', 'const MOST_NOTE_MS = 100;', 'const MOST_NOTE_MS = 1e6;'],
      ['who asks strictly is not sent back at once', 'strict ? 1 :', 'strict ? 0 :'],
      [
        'who asks for a small bucket is not sent back at once',
        '!goesBy(reply, limit)) return 1;',
        '!goesBy(reply, limit)) return 0;',
      ],
      [
        'what is in use and held stays below 2^53',
        'Math.min(used + held * unitsOf(reply), Number.MAX_SAFE_INTEGER)',
        'used + held * unitsOf(reply)',
      ],
      ['a version that does not rise has been forgotten', 'version <= sent.state.version || ', ''],
      [
        'a lease that is gone has been forgotten',
        'version <= sent.state.version || (!existed && isLeased)',
        'version <= sent.state.version',
      ],
      ['a key that has expired has not been forgotten', '!existed && isLeased', '!existed'],
    ],
  ),
];
