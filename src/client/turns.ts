/**
 * Waits until a question is allowed: those of one bucket stand in line, and only the first asks.
 *
 * Invariants, of each line:
 *   1. First come, first served: nobody is asked for before whoever came earlier is served or gone.
 *   2. At most one question is on its way, and none is sent before the time that the last denial
 *      told, unless it costs less.
 *   3. Whoever is served or gone has left no timer and no listener behind, and a line that nobody
 *      stands in is forgotten.
 */
import { DEFAULT_UNIT } from '../contract/units.ts';
import type { Clock } from '../lib/clock.ts';
import type { Timers } from '../lib/timers.ts';
import { ArgusError, BadQuestionError } from './errors.ts';
import type { AnyDecision, AnyQuestion } from './question.ts';
import { checkQuestion } from './question-check.ts';

/** What is used of an AbortSignal: who does without the types of Node needs none of them. */
export interface SignalLike {
  readonly aborted: boolean;
  readonly reason?: unknown;
  addEventListener(type: 'abort', listener: () => void): void;
  removeEventListener(type: 'abort', listener: () => void): void;
}

export interface AcquireOptions {
  /** The longest wait; as long as it takes unless it is given. */
  readonly maxWaitMs?: number | undefined;
  /** Gives up when it is aborted, with its reason. */
  readonly signal?: SignalLike | undefined;
}

/**
 * `never`: no wait helps. `too long`: what is to be waited for is beyond `maxWaitMs`, by what the
 * service says, or because those who came first were not done by then.
 */
export type NotAcquiredReason = 'never' | 'too long';

/** acquire() gave up, and has taken nothing. */
export class NotAcquiredError extends ArgusError {
  override readonly name = 'NotAcquiredError';
  readonly reason: NotAcquiredReason;
  /** The denial that it went by, of this question or of one before it; null where none came. */
  readonly decision: AnyDecision | null;

  constructor(reason: NotAcquiredReason, fault: string, decision: AnyDecision | null) {
    super(`Cannot wait for this question: ${fault}`);
    this.reason = reason;
    this.decision = decision;
  }
}

export interface TurnsParts {
  /** Whether a question is allowed; decided by `onError` where the decision has an error. */
  readonly ask: (question: AnyQuestion) => Promise<AnyDecision>;
  readonly clock: Clock;
  readonly timers: Timers;
}

interface Waiter {
  readonly question: AnyQuestion;
  readonly cost: number;
  readonly maxWaitMs: number;
  /** By the clock; Infinity where it waits as long as it takes. */
  readonly untilUs: number;
  readonly resolve: (decision: AnyDecision) => void;
  readonly reject: (error: unknown) => void;
  /** Ends its timer and its listener. */
  readonly settled: () => void;
}

/** The last denial: a question that costs as much or more need not be asked before `atUs`. */
interface Told {
  readonly decision: AnyDecision;
  readonly cost: number;
  readonly atUs: number;
  readonly callOff: () => void;
}

interface Line {
  readonly id: string;
  /** In the order in which they came. */
  readonly waiting: Set<Waiter>;
  /** Whose question is on its way; it may have gone meanwhile. */
  asking: Waiter | null;
  told: Told | null;
}

export class Turns {
  readonly #parts: TurnsParts;
  readonly #lines = new Map<string, Line>();

  constructor(parts: TurnsParts) {
    this.#parts = parts;
  }

  /** Lines that somebody stands in, or has a question of on its way. */
  get lines(): number {
    return this.#lines.size;
  }

  /** Rejects with a NotAcquiredError, the signal's reason, or whatever `ask` rejects with. */
  async acquire(question: AnyQuestion, options: AcquireOptions = {}): Promise<AnyDecision> {
    const { maxWaitMs = Number.POSITIVE_INFINITY, signal } = options;
    checkWait(maxWaitMs);
    checkQuestion(question);
    checkNoOverdraft(question);
    if (signal?.aborted) throw signal.reason;
    // As it is now: the caller may change the object while it waits.
    return this.#standInLine({ ...question }, maxWaitMs, signal);
  }

  /** Nobody waits any more: whoever stands in line asks at once. */
  close(): void {
    for (const line of this.#lines.values()) {
      this.#forgetTold(line);
      this.#goOn(line);
    }
  }

  #standInLine(
    question: AnyQuestion,
    maxWaitMs: number,
    signal: SignalLike | undefined,
  ): Promise<AnyDecision> {
    const { clock, timers } = this.#parts;
    const { promise, resolve, reject } = Promise.withResolvers<AnyDecision>();
    const line = this.#lineOf(question);
    const untilUs = clock() + maxWaitMs * 1_000;
    const abort = () => this.#leave(line, waiter, signal?.reason);
    const callOff = Number.isFinite(maxWaitMs)
      ? timers.after(maxWaitMs, () => this.#expire(line, waiter))
      : () => {};
    signal?.addEventListener('abort', abort);
    const settled = () => {
      callOff();
      signal?.removeEventListener('abort', abort);
    };
    const cost = question.cost ?? 1;
    const waiter: Waiter = { question, cost, maxWaitMs, untilUs, resolve, reject, settled };
    line.waiting.add(waiter);
    this.#goOn(line);
    return promise;
  }

  #lineOf({ policy, key, capacity, interval, unit = DEFAULT_UNIT }: AnyQuestion): Line {
    const id = JSON.stringify([policy, key, capacity, interval, unit].map(String));
    let line = this.#lines.get(id);
    if (line === undefined) {
      line = { id, waiting: new Set(), asking: null, told: null };
      this.#lines.set(id, line);
    }
    return line;
  }

  /** Asks for the first, or waits for its time and sends away whoever cannot wait as long. */
  #goOn(line: Line): void {
    if (line.asking !== null) return;
    let isWaitedFor = false;
    for (const waiter of line.waiting) {
      const { told } = line;
      if (told === null || (!isWaitedFor && waiter.cost < told.cost)) {
        this.#forgetTold(line);
        void this.#askFor(line, waiter);
        return;
      }
      if (waiter.untilUs < told.atUs) this.#sendAway(line, waiter, told);
      else isWaitedFor = true;
    }
    if (isWaitedFor) return;
    this.#forgetTold(line);
    this.#lines.delete(line.id);
  }

  async #askFor(line: Line, waiter: Waiter): Promise<void> {
    line.asking = waiter;
    try {
      this.#hear(line, waiter, await this.#parts.ask(waiter.question));
    } catch (error) {
      this.#leave(line, waiter, error);
    }
    line.asking = null;
    this.#goOn(line);
  }

  #hear(line: Line, waiter: Waiter, decision: AnyDecision): void {
    const { allowed, error, retryAfterMs } = decision;
    if (allowed) {
      if (this.#remove(line, waiter)) waiter.resolve(decision);
    } else if (error !== undefined) {
      // Asked again, it might be charged twice.
      this.#leave(line, waiter, error);
    } else if (retryAfterMs === null) {
      const fault = 'it can never pass, however long it waits';
      this.#leave(line, waiter, new NotAcquiredError('never', fault, decision));
    } else {
      const { clock, timers } = this.#parts;
      const atUs = clock() + retryAfterMs * 1_000;
      const callOff = timers.after(retryAfterMs, () => {
        this.#forgetTold(line);
        this.#goOn(line);
      });
      line.told = { decision, cost: waiter.cost, atUs, callOff };
    }
  }

  #forgetTold(line: Line): void {
    line.told?.callOff();
    line.told = null;
  }

  #sendAway(line: Line, waiter: Waiter, { decision, atUs }: Told): void {
    const waitMs = Math.ceil((atUs - this.#parts.clock()) / 1_000);
    const fault = `it would have to wait ${waitMs} ms more, beyond its ${waiter.maxWaitMs} in all`;
    const error = new NotAcquiredError('too long', fault, decision);
    if (this.#remove(line, waiter)) waiter.reject(error);
  }

  /**
   * Its time is over. A question on its way is heard first: it may have been charged. So is one
   * that is to be asked at this very time.
   */
  #expire(line: Line, waiter: Waiter): void {
    const [first] = line.waiting;
    if (line.asking === waiter || (line.asking === null && first === waiter)) return;
    const fault = `its turn did not come within ${waiter.maxWaitMs} ms`;
    this.#leave(line, waiter, new NotAcquiredError('too long', fault, null));
  }

  #leave(line: Line, waiter: Waiter, error: unknown): void {
    if (!this.#remove(line, waiter)) return;
    waiter.reject(error);
    this.#goOn(line);
  }

  /** Whether it was still there. */
  #remove(line: Line, waiter: Waiter): boolean {
    waiter.settled();
    return line.waiting.delete(waiter);
  }
}

function checkWait(maxWaitMs: unknown): void {
  if (typeof maxWaitMs === 'number' && maxWaitMs >= 0) return;
  throw new RangeError(`maxWaitMs must be a number from 0, is ${String(maxWaitMs)}`);
}

/** What is taken in any case waits for nothing, and asked again it would be taken again. */
function checkNoOverdraft({ overdraft }: AnyQuestion): void {
  if (overdraft !== true) return;
  throw new BadQuestionError('overdraft must be left out of what waits', 'overdraft');
}
