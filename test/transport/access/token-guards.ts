/**
 * Guards of tokens for tests: one on a fake time, and one that never lets anybody wait.
 */
import { TokenBook } from '../../../src/access/token-book.ts';
import { type Clock, monotonicUs } from '../../../src/lib/clock.ts';
import { systemTimers, type Timers } from '../../../src/lib/timers.ts';
import type { Cells } from '../../../src/metrics/cells.ts';
import { AdminToken } from '../../../src/transport/access/admin-token.ts';
import { FORGET_MS, TokenGuard } from '../../../src/transport/access/token-guard.ts';

export interface GuardOptions {
  readonly token: string;
  readonly cells: Cells;
  readonly clock?: Clock;
  readonly timers?: Timers;
  /** Left out: there are no tokens beside it. */
  readonly book?: TokenBook;
  /** What it logs is added here. */
  readonly lines?: string[];
}

export function guardOf({ token, cells, clock, timers, book, lines = [] }: GuardOptions) {
  return new TokenGuard({
    book: book ?? new TokenBook(),
    adminToken: new AdminToken(token),
    cells,
    clock: clock ?? monotonicUs,
    timers: timers ?? systemTimers,
    log: { warn: (line: unknown) => void lines.push(String(line)) },
  });
}

/** Forgets each failure before the next one: nothing is ever late. */
export function forgetfulGuard(token: string, cells: Cells, book = new TokenBook()): TokenGuard {
  let nowUs = 0;
  const clock = () => {
    nowUs += FORGET_MS * 1_000;
    return nowUs;
  };
  return guardOf({ token, cells, clock, book });
}
