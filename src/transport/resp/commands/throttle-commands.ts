/**
 * The two commands that decide: CL.THROTTLE as redis-cell answers it, THROTTLE as throttlecrab
 * does. Both ask the same bucket, which is also the one that HTTP asks.
 *
 * Nothing here awaits or catches, and a decision allocates little more than its key.
 */
import type { Grant } from '../../../access/grant.ts';
import { type CheckedDecision, checked, type Decision } from '../../../bucket/decision.ts';
import type { Limit } from '../../../bucket/limit.ts';
import { MOST_CAPACITY, MOST_INTERVAL_US } from '../../../contract/bounds.ts';
import { wholeSeconds } from '../../../contract/fields.ts';
import { RESP } from '../../../metrics/cells.ts';
import { LimitCache } from '../../question/limit-cache.ts';
import { refusalOf } from '../../question/refusal.ts';
import type { FrameReader } from '../wire/frame-reader.ts';
import { type ReplyWriter, shortened } from '../wire/reply-writer.ts';
import { type Command, type CommandParts, faultOfKeyAt, forbid, refuseCount } from './command.ts';

const SECOND_US = 1_000_000;
const SECOND_NS = 1_000_000_000;
const MOST_PERIOD = MOST_INTERVAL_US / SECOND_US;

/** Arguments by their places, the same in both commands. */
const KEY = 1;
const MAX_BURST = 2;
const COUNT = 3;
const PERIOD = 4;
const QUANTITY = 5;
const LEAST_ARGUMENTS = 5;
const MOST_ARGUMENTS = 6;

const CELL_USAGE = 'cl.throttle <key> <max_burst> <count per period> <period> [<quantity>]';

/** What redis-cell says for a wait where there is none, and where none helps. */
const NO_WAIT = -1;

/** What a command means by max_burst, how its errors begin, and what it answers. */
interface Dialect {
  readonly leastBurst: number;
  /** How many tokens more than max_burst the bucket holds. */
  readonly more: number;
  readonly error: string;
  /** Where `isTooMuch`, the decision says what is there, and the quantity is denied for ever. */
  readonly write: (replies: ReplyWriter, decision: CheckedDecision, isTooMuch: boolean) => void;
}
const CELL: Dialect = {
  leastBurst: 0,
  more: 1,
  error: 'Cell error: Store error:',
  write: writeAsCell,
};
const CRAB: Dialect = { leastBurst: 1, more: 0, error: 'ERR', write: writeAsCrab };

export class ThrottleCommands {
  readonly commands: readonly Command[] = [
    {
      name: 'cl.throttle',
      arity: -5,
      firstKey: 1,
      summary: 'Takes tokens from the bucket of a key, and answers as redis-cell does',
      run: ({ grant }, nowUs) => this.clThrottle(grant, nowUs),
    },
    {
      name: 'throttle',
      arity: -5,
      firstKey: 1,
      summary: 'Takes tokens from the bucket of a key, and answers as throttlecrab does',
      run: ({ grant }, nowUs) => this.throttle(grant, nowUs),
    },
  ];
  /** Decisions so far, those that are still to come among them. */
  decisions = 0;
  readonly #parts: CommandParts;
  readonly #limits = new LimitCache();
  // What is asked: filled anew for each decision.
  #key = '';
  #limit = this.#limits.get(1, 1, 1) as Limit;
  #quantity = 0;

  constructor(parts: CommandParts) {
    this.#parts = parts;
  }

  clThrottle(grant: Grant, nowUs: number): void {
    const { args, replies } = this.#parts;
    if (args.count < LEAST_ARGUMENTS || args.count > MOST_ARGUMENTS) {
      replies.refuse('bad_field', `${CELL.error} Usage: ${CELL_USAGE}`);
      return;
    }
    if (this.#read(CELL)) this.#decide(CELL, grant, nowUs);
  }

  throttle(grant: Grant, nowUs: number): void {
    const { count } = this.#parts.args;
    if (count < LEAST_ARGUMENTS || count > MOST_ARGUMENTS) {
      refuseCount(this.#parts, 'throttle');
      return;
    }
    if (this.#read(CRAB)) this.#decide(CRAB, grant, nowUs);
  }

  #decide(dialect: Dialect, grant: Grant, nowUs: number): void {
    // No bucket ever holds more than its capacity: a look, which makes no bucket, is enough here.
    const isTooMuch = this.#quantity > this.#limit.capacity;
    const cost = isTooMuch ? 0 : this.#quantity;
    const question = { key: this.#key, limit: this.#limit, cost };
    const refusal = grant.isForAll ? null : refusalOf(grant, question);
    if (refusal !== null) {
      forbid(this.#parts, refusal);
      return;
    }
    const decision = this.#parts.limiter.take(question, nowUs);
    this.decisions++;
    if (decision instanceof Promise) this.#answerLater(dialect, decision, isTooMuch);
    else this.#answer(dialect, decision, isTooMuch);
  }

  #answer(dialect: Dialect, decision: Decision, isTooMuch: boolean): void {
    const { replies, cells } = this.#parts;
    cells.decided(RESP, decision.allowed && !isTooMuch);
    dialect.write(replies, checked(decision), isTooMuch);
  }

  /** Apart, so that only what comes late makes a closure. */
  #answerLater(dialect: Dialect, coming: Promise<Decision>, isTooMuch: boolean): void {
    this.#parts.replies.later(coming, (decision) => this.#answer(dialect, decision, isTooMuch));
  }

  /** Reads what is asked; where that is wrong it says so, and returns false. */
  #read(dialect: Dialect): boolean {
    const { args } = this.#parts;
    const maxBurst = args.integer(MAX_BURST);
    const count = args.integer(COUNT);
    const period = args.integer(PERIOD);
    const quantity = args.count > QUANTITY ? args.integer(QUANTITY) : 1;
    const capacity = maxBurst + dialect.more;
    const isSound =
      maxBurst >= dialect.leastBurst &&
      capacity <= MOST_CAPACITY &&
      isFrom1(count, MOST_CAPACITY) &&
      isFrom1(period, MOST_PERIOD) &&
      (dialect !== CELL || !isZeroRate(count, period)) &&
      !Number.isNaN(quantity);
    if (!isSound) return this.#refuse(dialect, this.#faultOfNumbers(dialect));
    const key = args.key(KEY);
    if (key === null) return this.#refuse(dialect, faultOfKeyAt(args, KEY));
    const limit = this.#limits.get(capacity, count, period * SECOND_US);
    if (limit === null) {
      const rate = `max_burst ${maxBurst} with ${count} in a period of ${period}`;
      const fault = `${rate} cannot be counted exactly; wanted is a smaller max_burst or period`;
      return this.#refuse(dialect, fault);
    }
    this.#key = key;
    this.#limit = limit;
    this.#quantity = quantity;
    return true;
  }

  #refuse(dialect: Dialect, fault: string): false {
    this.#parts.replies.refuse('bad_field', `${dialect.error} ${fault}`);
    return false;
  }

  /** The first thing that is wrong with the numbers. */
  #faultOfNumbers(dialect: Dialect): string {
    const { args } = this.#parts;
    if (dialect === CELL) {
      for (let i = MAX_BURST; i < args.count; i++) {
        if (Number.isNaN(args.integer(i))) {
          return `Couldn't parse as integer: ${shortened(args.latin1(i))}`;
        }
      }
      if (isZeroRate(args.integer(COUNT), args.integer(PERIOD))) {
        return 'Zero rates are not supported';
      }
    }
    const { leastBurst, more } = dialect;
    return (
      faultOfNumber(args, MAX_BURST, 'max_burst', leastBurst, MOST_CAPACITY - more) ??
      faultOfNumber(args, COUNT, 'count', 1, MOST_CAPACITY) ??
      faultOfNumber(args, PERIOD, 'period', 1, MOST_PERIOD) ??
      `quantity must be a whole number of 64 bits, is ${shortened(args.latin1(QUANTITY))}`
    );
  }
}

/** Limited, limit, remaining, seconds until this passes or -1, seconds until full. */
function writeAsCell(replies: ReplyWriter, decision: CheckedDecision, isTooMuch: boolean): void {
  const { limit, remaining, resetAfterMs, retryAfterMs } = decision;
  const isLimited = !decision.allowed || isTooMuch;
  const retryS = isLimited && !isTooMuch ? wholeSeconds(retryAfterMs) : NO_WAIT;
  replies.five(isLimited ? 1 : 0, limit, remaining, retryS, wholeSeconds(resetAfterMs));
}

/** Allowed, limit, remaining, seconds until full, seconds until this passes. */
function writeAsCrab(replies: ReplyWriter, decision: CheckedDecision, isTooMuch: boolean): void {
  const { limit, remaining, resetAfterMs, retryAfterMs } = decision;
  const isAllowed = decision.allowed && !isTooMuch;
  // 0 where it was allowed.
  const retryS = isTooMuch ? NO_WAIT : wholeSeconds(retryAfterMs);
  replies.five(isAllowed ? 1 : 0, limit, remaining, wholeSeconds(resetAfterMs), retryS);
}

function isFrom1(value: number, most: number): boolean {
  return value >= 1 && value <= most;
}

/** As redis-cell has it: also where a token would take less than a nanosecond. */
function isZeroRate(count: number, period: number): boolean {
  if (count === 0 || period === 0) return true;
  return count > 0 && period > 0 && period * SECOND_NS < count;
}

function faultOfNumber(
  args: FrameReader,
  place: number,
  name: string,
  least: number,
  most: number,
): string | null {
  const value = args.integer(place);
  if (value >= least && value <= most) return null;
  const is = shortened(args.latin1(place));
  return `${name} must be a whole number from ${least} to ${most}, is ${is}`;
}
