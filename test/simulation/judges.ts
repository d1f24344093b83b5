/** All judges of one run, what they are told, and what they found. */
import { checked, type Decision } from '../../src/bucket/decision.ts';
import type { Limit } from '../../src/bucket/limit.ts';
import { isStandIn } from '../../src/contract/sources.ts';
import { LEASE_US } from '../../src/lease/settings.ts';
import { type Exchange, isReply, type Reply } from '../../src/lease/terms/exchange.ts';
import type { Question } from '../../src/limiter/limiter.ts';
import { EPSILON } from './allowance.ts';
import { balanceOf } from './balance.ts';
import { Books, takenOf } from './books.ts';
import { Drafts } from './drafts.ts';
import { entryOf } from './entries.ts';
import { Hearing } from './hearing.ts';
import type { Instance, Refund } from './instance.ts';
import { KeyJudge } from './key-judge.ts';
import { OutageWatch } from './outage-watch.ts';
import { tokensInUse } from './picture.ts';
import { ShareJudge } from './share-judge.ts';
import { type Execution, eventsOf, type SharedStore } from './shared-store.ts';
import type { Timeline } from './timeline.ts';

export interface JudgesParts {
  readonly timeline: Timeline;
  readonly store: SharedStore;
  readonly instances: readonly Instance[];
  readonly limits: ReadonlyMap<string, readonly Limit[]>;
  readonly decideWithinMs: number;
  /** Whether nothing is planned that could keep the store from answering at once. */
  readonly isHealthy: boolean;
  readonly isPolicyLocal: boolean;
  readonly count: (event: string, times?: number) => void;
}

/** Most answers have come by then. */
const ANSWERED_US = 16_000;
/** Timers fire late, and in whole milliseconds. */
const LATE_US = 4_000;
const NEVER = { exchange: null, atUs: 0, outage: 0 } as const;

export class Judges {
  readonly faults: string[] = [];
  readonly #parts: JudgesParts;
  readonly #keys = new Map<string, KeyJudge>();
  readonly #books = new Map<string, Books>();
  readonly #shares = new Map<string, ShareJudge>();
  /** What was in use as the store gave an answer. */
  readonly #inUse = new WeakMap<Reply, number>();
  readonly #heard = new Hearing();
  readonly #underWay = new Map<
    string,
    { readonly exchange: Exchange; readonly outage: number; readonly atUs: number }
  >();
  readonly #drafts = new Map<string, Drafts>();
  /** Whether the store forgot something: the books cannot be held against it then. */
  #isForgetful = false;
  readonly #outage: OutageWatch;

  constructor(parts: JudgesParts) {
    this.#parts = parts;
    this.#outage = new OutageWatch({ ...parts, keys: this.#keys });
    for (const [key, limits] of parts.limits) {
      const { store, instances } = parts;
      const left = () => instances.map((one) => ({ instance: one.name, tokens: one.leftOf(key) }));
      const heardSeq = (instance: string) => this.booksOf(instance, key).heardSeq;
      const fault = (words: string) => this.#fault(`${key}: ${words}`);
      this.#keys.set(key, new KeyJudge({ key, limits, store, left, heardSeq, fault }));
    }
  }

  booksOf(instance: string, key: string): Books {
    return entryOf(this.#books, `${instance} ${key}`, () => new Books());
  }

  // What happens in the store -------------------------------------------------------------------

  executed(execution: Execution): void {
    const { exchange, instance, outcome, after, nowUs } = execution;
    const { key, owed, fill } = exchange;
    const { count } = this.#parts;
    const judge = this.#keys.get(key);
    if (judge === undefined) return;
    if (!isReply(outcome)) {
      count(String(outcome));
      return;
    }
    const drafts = this.#draftsOf(instance, key);
    const balance = balanceOf(execution, drafts.firm);
    const { faults, undone, isUndone, vain, spent, drawn, firm } = balance;
    drafts.obeyed(exchange, isUndone, firm);
    for (const fault of faults) this.#fault(fault);
    const books = this.booksOf(instance, key);
    const taken = takenOf(exchange, outcome);
    const asked = taken.reduce((sum, cost) => sum + cost, 0);
    const returned = taken.reduce((sum, cost) => sum + Math.max(0, -cost), 0);
    const share = books.book({ asked, returned, vain, undone }, exchange);
    judge.executed(execution, spent);
    judge.undone(undone - share, share);
    judge.givenBack(execution, fill ? Number.POSITIVE_INFINITY : -asked);
    if (fill) judge.filled();
    judge.booked(asked - vain, owed, returned);
    this.#inUse.set(outcome, tokensInUse(after, nowUs));
    const fault = this.#isForgetful ? null : books.faultNow();
    if (fault !== null) this.#fault(`${instance}, ${key}: ${fault}`);
    // When it ends, and when its answer may have come.
    for (const us of [LEASE_US, ANSWERED_US]) {
      this.#parts.timeline.after(us, () => this.#judgeLease(instance, key));
    }
    for (const event of eventsOf(execution, { undone, drawn })) count(event);
  }

  #judgeLease(name: string, key: string): void {
    const instance = this.#parts.instances.find((one) => one.name === name);
    this.#keys.get(key)?.judgeLease(name, instance?.leftOf(key) ?? 0);
  }

  expired(keys: readonly string[]): void {
    for (const key of keys) this.#keys.get(key)?.expired();
  }

  forgot(): void {
    this.#isForgetful = true;
    for (const [key, judge] of this.#keys) {
      judge.forgot(this.#parts.store.picture(key));
    }
  }

  stepped(byUs: number): void {
    if (byUs > 0) for (const judge of this.#keys.values()) judge.setForward(byUs);
  }

  // What happens between -------------------------------------------------------------------------

  /** Two exchanges for one key are never under way at once. */
  sent({ name, status, clock }: Instance, exchange: Exchange): void {
    this.looked();
    const id = `${name} ${exchange.key}`;
    const { timeline, decideWithinMs } = this.#parts;
    const other = this.#underWay.get(id);
    const atUs = timeline.nowUs;
    const { number: outage } = status.outage;
    if (status.isAway) this.#fault(`${id}: exchange ${exchange.seq} while the store is away`);
    if (
      other !== undefined &&
      other.outage === outage &&
      atUs - other.atUs < decideWithinMs * 999
    ) {
      this.#fault(`${id}: exchange ${exchange.seq} beside ${other.exchange.seq}`);
    }
    this.#underWay.set(id, { exchange, outage, atUs });
    this.booksOf(name, exchange.key).sent(exchange);
    const due = this.#shares.get(id)?.settle(clock()) ?? 0;
    if (exchange.owed < due - EPSILON) this.#fault(`${id}: ${exchange.owed} of ${due} are told`);
  }

  ended(instance: string, { key, seq }: Exchange): void {
    const id = `${instance} ${key}`;
    if (this.#underWay.get(id)?.exchange.seq === seq) this.#underWay.delete(id);
  }

  answered(instance: Instance, answered: Exchange, reply: Reply): void {
    const { key, seq } = answered;
    const id = `${instance.name} ${key}`;
    const inUse = this.#inUse.get(reply);
    if (inUse === undefined) return;
    this.booksOf(instance.name, key).answered(answered, reply);
    const atUs = this.#parts.timeline.nowUs;
    const { exchange, atUs: sentUs, outage } = this.#underWay.get(id) ?? NEVER;
    const isAwaited = exchange?.seq === seq && outage === instance.status.outage.number;
    const isBelieved = isAwaited && atUs - sentUs < this.#parts.decideWithinMs * 990;
    this.#heard.answered(id, { atUs, clockUs: instance.clock(), isBelieved, inUse });
  }

  // What happens at an instance ------------------------------------------------------------------

  leaseSpent(instance: string, key: string, tokens: number): void {
    this.booksOf(instance, key).spentOfLeases += tokens;
    this.#keys.get(key)?.lease(instance, tokens);
    this.#judgeLease(instance, key);
  }

  /** A question comes in. */
  asked(instance: Instance, key: string): void {
    this.#heard.asked(`${instance.name} ${key}`, instance.clock());
  }

  /** A share begins where there was none yet in this outage, or none since the last answer. */
  shareAsked(instance: Instance, key: string): void {
    const leaseEndsUs = instance.leaseEndsUs(key);
    if (leaseEndsUs === null) return;
    const id = `${instance.name} ${key}`;
    const { isAway, outage: last } = instance.status;
    const { number: outage } = last;
    const sinceUs = isAway ? last.sinceUs : this.#heard.sinceUs(id, this.#parts.timeline.nowUs);
    const nowUs = instance.clock();
    this.#shareOf(instance, key).begin(outage, Math.min(Math.max(sinceUs, leaseEndsUs), nowUs));
  }

  shareSpent(instance: Instance, key: string, tokens: number): void {
    const { instances } = instance.status;
    this.looked();
    this.booksOf(instance.name, key).spendShare(tokens);
    const limits = this.#parts.limits.get(key) ?? [];
    const nowUs = instance.clock();
    const excess = this.#shareOf(instance, key).excess({ limits, tokens, instances, nowUs });
    if (excess > 0) this.#fault(`${instance.name} ${key}: ${excess} tokens beyond its share`);
    // One that is late only adds to what comes from the store, until that is told of it.
    if (instance.status.isAway) this.#keys.get(key)?.share(tokens, this.#outage.isOfAll);
  }

  #shareOf({ name }: Instance, key: string): ShareJudge {
    return entryOf(this.#shares, `${name} ${key}`, () => new ShareJudge());
  }

  /** Taken in any case while the store is away. */
  shareDrawn(instance: string, key: string, tokens: number): void {
    this.booksOf(instance, key).drawShare(tokens);
    this.#draftsOf(instance, key).ask(-tokens);
    this.#parts.count('drawn of a share');
  }

  #draftsOf(instance: string, key: string): Drafts {
    return entryOf(this.#drafts, `${instance} ${key}`, () => new Drafts());
  }

  shareLost(instance: string, key: string, tokens: number): void {
    this.booksOf(instance, key).lostOfShares += tokens;
  }

  cameLate(instance: string, { key, cost, seq }: Refund): void {
    this.booksOf(instance, key).cameLate(cost, seq);
  }

  /** To be called whenever an instance may have lost the store, or may be back. */
  looked(): void {
    this.#outage.look();
  }

  /** What whoever asked was told, at last. */
  told(instance: string, question: Question, decision: Decision, askedUs: number): void {
    const { key, cost } = question;
    const { source = 'local', allowed, degraded } = checked(decision);
    const books = this.booksOf(instance, key);
    this.#parts.count(`${source} ${allowed ? 'allowed' : 'denied'}`);
    const isFresh = !this.#parts.limits.has(key);
    if (isFresh) this.#parts.count('fresh');
    // All or none has nowhere to hold what is leased while the table is full.
    const isSlotless = source === 'fallback' && !isFresh;
    if (!allowed && this.#parts.isHealthy && (isFresh || isStandIn(source)) && !isSlotless) {
      this.#fault(`${key}: denied by ${source} while nothing is wrong with the store`);
    }
    const isDraft = question.overdraft === true && source !== 'lease';
    if (isDraft) this.#draftsOf(instance, key).ask(cost);
    if (isDraft && isStandIn(source)) {
      // Whatever was said: the exchanger goes on with it, or it is owed.
      books.toldBlindly += cost;
      return;
    }
    if (allowed) {
      if (source === 'store') books.toldByStore += Math.max(0, cost);
      if (source === 'lease') books.toldByLease += cost;
      if (isStandIn(source) && cost > 0) {
        if (this.#parts.isPolicyLocal) books.toldByShare += cost;
        else books.toldBlindly += cost;
      }
      return;
    }
    if (degraded !== isStandIn(source)) this.#fault(`a denial by ${source} is not marked`);
    if (decision.retryAfterMs < 1) this.#fault(`${key}: a denial without a wait`);
    if (source !== 'denied-until') return;
    const isJustified = this.#heard.denies(`${instance} ${key}`, question, askedUs);
    if (!isJustified) this.#fault(`${instance}, ${key}: denied ${cost} without a reason`);
  }

  answeredWithin(waitedUs: number): void {
    if (waitedUs <= this.#parts.decideWithinMs * 1_001 + LATE_US) return;
    this.#fault(`an answer after ${waitedUs} us`);
  }

  /** Once all instances are settled. */
  judgeBooks(instance: string): void {
    for (const [key, judge] of this.#keys) {
      const books = this.booksOf(instance, key);
      if (books.isExact) this.#parts.count('exact books');
      if (this.#isForgetful) continue;
      const ofDrafts = books.isExact ? this.#draftsOf(instance, key).faultAtEnd() : null;
      const ofLeases = judge.faultOfLeases(instance, this.#parts.isHealthy);
      for (const fault of [books.faultAtEnd(), ofLeases, ofDrafts]) {
        if (fault !== null) this.#fault(`${instance}, ${key}: ${fault}`);
      }
    }
  }

  judgeKeys(): void {
    for (const judge of this.#keys.values()) judge.judge();
  }

  #fault(words: string): void {
    this.faults.push(`at ${this.#parts.timeline.nowUs} us: ${words}`);
  }
}
