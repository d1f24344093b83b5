/**
 * The client of the service for Node: `@argus-limit/argus/client`.
 *
 * A denial is a value, and so is whatever `onError` makes of a service that does not answer. Only a
 * bad question always throws: to let it pass would switch a limit off because of a typing error.
 */
import './node-version.ts';
import { monotonicUs } from '../lib/clock.ts';
import { systemTimers } from '../lib/timers.ts';
import { Batcher } from './batcher.ts';
import { type ClientOptions, checkOptions, checkToken } from './client-options.ts';
import { UnavailableError } from './errors.ts';
import { HttpSender } from './http-sender.ts';
import type {
  AllDecision,
  AnyDecision,
  AnyQuestion,
  Decision,
  PolicyDecision,
  PolicyQuestion,
  Question,
  Settlement,
} from './question.ts';
import { checkLimit, checkTokens, mostSettled } from './question-check.ts';
import { SingleAsker } from './single-asker.ts';
import { type AcquireOptions, Turns } from './turns.ts';
import { type Unanswered, WhenUnavailable } from './unavailable.ts';

export { type AddressOptions, keyOfAddress } from './address.ts';
export type { ClientOptions, ClientTls } from './client-options.ts';
export {
  ArgusError,
  BadQuestionError,
  UnauthorizedError,
  UnavailableError,
  type UnavailableReason,
} from './errors.ts';
export { rateLimit } from './express.ts';
export { type FetchLimit, rateLimitFetch } from './fetch.ts';
export type { PolicyRateLimitOptions, RateLimitOptions } from './gate.ts';
export type {
  AllDecision,
  AnyDecision,
  AnyQuestion,
  Decision,
  Limit,
  LimitDecision,
  PolicyDecision,
  PolicyQuestion,
  Question,
  Settlement,
  Source,
  Unit,
} from './question.ts';
export { type AcquireOptions, NotAcquiredError, type NotAcquiredReason } from './turns.ts';
export type { OnError, OnUnavailable, Unanswered } from './unavailable.ts';

export class ArgusClient {
  readonly #sender: HttpSender;
  readonly #batcher: Batcher;
  readonly #single: SingleAsker;
  readonly #unavailable: WhenUnavailable;
  readonly #turns: Turns;
  readonly #resetToken: string | undefined;

  constructor(options: ClientOptions) {
    const checked = checkOptions(options);
    const { timeoutMs, onError, onUnavailable, token } = checked;
    this.#sender = new HttpSender(checked);
    this.#batcher = new Batcher(this.#sender, timeoutMs);
    this.#single = new SingleAsker(this.#sender, timeoutMs);
    this.#unavailable = new WhenUnavailable(onError, onUnavailable);
    this.#resetToken = checked.adminToken ?? token;
    const ask = (question: AnyQuestion) => this.#ask('acquire', question);
    this.#turns = new Turns({ ask, clock: monotonicUs, timers: systemTimers });
  }

  /**
   * May this key do this now? Rejects with a BadQuestionError, or with an UnavailableError where
   * `onError` is to throw.
   */
  limit(question: Question): Promise<Decision>;
  limit(question: PolicyQuestion): Promise<PolicyDecision>;
  limit(question: AnyQuestion): Promise<AnyDecision>;
  limit(question: AnyQuestion): Promise<AnyDecision> {
    return this.#ask('limit', question);
  }

  /** May all of this be done now? Every cost is taken, or none. Rejects as limit() does. */
  all(questions: readonly Question[]): Promise<AllDecision<Decision>>;
  all(questions: readonly AnyQuestion[]): Promise<AllDecision>;
  async all(questions: readonly AnyQuestion[]): Promise<AllDecision> {
    try {
      return await this.#single.askAll(questions);
    } catch (error) {
      return this.#unavailable.decideAll(questions, error);
    }
  }

  /**
   * Waits until it is allowed: first come, first served for each key and policy or limit. Rejects
   * with a NotAcquiredError where it cannot be allowed within `maxWaitMs`, with the reason of the
   * signal where that is aborted, and as limit() does; also with an UnavailableError where
   * `onError` is to deny, as what may have been charged is not asked again.
   */
  acquire(question: Question, options?: AcquireOptions): Promise<Decision>;
  acquire(question: PolicyQuestion, options?: AcquireOptions): Promise<PolicyDecision>;
  acquire(question: AnyQuestion, options?: AcquireOptions): Promise<AnyDecision>;
  acquire(question: AnyQuestion, options?: AcquireOptions): Promise<AnyDecision> {
    return this.#turns.acquire(question, options);
  }

  /**
   * Gives back tokens that were taken by such a question, whose own cost does not matter here.
   * Rejects with a BadQuestionError alone: that there was no answer is a value, whatever `onError`
   * says, and it is never sent again.
   */
  refund(question: Question, tokens: number): Promise<Settlement<Decision>>;
  refund(question: PolicyQuestion, tokens: number): Promise<Settlement<PolicyDecision>>;
  refund(question: AnyQuestion, tokens: number): Promise<Settlement>;
  async refund(question: AnyQuestion, tokens: number): Promise<Settlement> {
    checkTokens('tokens', tokens);
    return this.#settle('refund', question, -tokens);
  }

  /**
   * Takes what a question really costs, where it was asked with an estimate: the rest in any case,
   * below empty too, or gives back what was too much. Without an answer as refund().
   */
  settle(question: Question, estimate: number, actual: number): Promise<Settlement<Decision>>;
  settle(
    question: PolicyQuestion,
    estimate: number,
    actual: number,
  ): Promise<Settlement<PolicyDecision>>;
  settle(question: AnyQuestion, estimate: number, actual: number): Promise<Settlement>;
  async settle(question: AnyQuestion, estimate: number, actual: number): Promise<Settlement> {
    checkTokens('estimate', estimate);
    checkTokens('actual', actual);
    return this.#settle('settle', question, actual - estimate);
  }

  /**
   * Fills the key's bucket, and says whether it had one. Rejects with an UnauthorizedError where
   * the token does not let it, and with an UnavailableError where it cannot
   * be done, whatever `onError` says.
   */
  async reset(key: string, options: { readonly token?: string } = {}): Promise<boolean> {
    const { token = this.#resetToken } = options;
    if (token === undefined) {
      throw new TypeError('reset() needs a token, here or in the options of the client');
    }
    return this.#single.reset(key, checkToken(token));
  }

  /** Ends all connections. Calls that are not answered, and later ones, are left to `onError`. */
  close(): void {
    this.#sender.close();
    this.#turns.close();
  }

  async #ask(call: 'limit' | 'acquire', question: AnyQuestion): Promise<AnyDecision> {
    try {
      return await this.#batcher.ask(question);
    } catch (error) {
      return this.#unavailable.decide(call, question, error);
    }
  }

  /** Takes them in any case, or gives them back where they are below 0. Sent once, and alone. */
  async #settle(
    call: Unanswered['call'],
    question: AnyQuestion,
    tokens: number,
  ): Promise<Settlement> {
    checkLimit(question);
    if (tokens === 0) return { answered: true, decision: null };
    const { overdraft: _, ...asked } = question;
    const cost = Math.min(tokens, mostSettled(question.capacity));
    const settling = { ...asked, cost, ...(tokens > 0 ? { overdraft: true } : {}) };
    try {
      return { answered: true, decision: await this.#single.ask(settling as AnyQuestion) };
    } catch (error) {
      if (!(error instanceof UnavailableError)) throw error;
      this.#unavailable.tell({ call, questions: [settling as AnyQuestion], decision: null, error });
      return { answered: false, error };
    }
  }
}
