/** All judges of one run, what they are told, and what they found. */
import type { Decision } from '../../src/bucket/decision.ts';
import type { Limit } from '../../src/bucket/limit.ts';
import type { Question } from '../../src/limiter/limiter.ts';
import { LEASE_US } from '../../src/sharing/settings.ts';
import type { Exchange } from '../../src/store/exchange.ts';
import { EPSILON } from './allowance.ts';
import { balanceOf } from './balance.ts';
import { Books } from './books.ts';
import type { Instance, Refund } from './instance.ts';
import { KeyJudge } from './key-judge.ts';
import { tokensInUse } from './picture.ts';
import { ShareJudge } from './share-judge.ts';
import type { Execution, SharedStore } from './shared-store.ts';
import type { Timeline } from './timeline.ts';

export interface JudgesParts {
  readonly timeline: Timeline;
  readonly store: SharedStore;
  readonly instances: readonly Instance[];
  readonly limits: ReadonlyMap<string, readonly Limit[]>;
  readonly storeTimeoutMs: number;
  readonly isPolicyLocal: boolean;
  readonly count: (event: string, times?: number) => void;
}

/** When an answer came, and what was in use as the store gave it. */
interface Heard {
  readonly atUs: number;
  readonly inUse: number;
}

/** Answers for a key that may matter yet. */
const MOST_HEARD = 50;
/** Most answers have come by then. */
const ANSWERED_US = 16_000;
/** Timers fire late, and in whole milliseconds. */
const LATE_US = 4_000;
/** The longest that a note holds, by a slow clock. */
const NOTE_US = 100_500;

export class Judges {
  readonly faults: string[] = [];
  readonly #parts: JudgesParts;
  readonly #keys = new Map<string, KeyJudge>();
  readonly #books = new Map<string, Books>();
  readonly #shares = new Map<string, ShareJudge>();
  readonly #executed = new Map<string, { readonly atUs: number; readonly inUse: number }>();
  readonly #heard = new Map<string, Heard[]>();
  readonly #underWay = new Map<
    string,
    { readonly exchange: Exchange; readonly outage: number; readonly atUs: number }
  >();
  /** Whether the store forgot something: the books cannot be held against it then. */
  #isForgetful = false;
  #outage: 'none' | 'some' | 'all' | 'not judged' = 'none';

  constructor(parts: JudgesParts) {
    this.#parts = parts;
    for (const [key, limits] of parts.limits) {
      const left = () => parts.instances.reduce((sum, one) => sum + one.leftOf(key), 0);
      const fault = (words: string) => this.#fault(`${key}: ${words}`);
      this.#keys.set(key, new KeyJudge({ key, limits, store: parts.store, left, fault }));
    }
  }

  booksOf(instance: string, key: string): Books {
    return entryOf(this.#books, `${instance} ${key}`, () => new Books());
  }

  // What happens in the store -------------------------------------------------------------------

  executed(execution: Execution): void {
    const { exchange, instance, outcome, after, nowUs } = execution;
    const { key, seq, costs, holds, owed, fill } = exchange;
    const { count } = this.#parts;
    const judge = this.#keys.get(key);
    if (judge === undefined) return;
    if (outcome === 'stale') {
      count('stale');
      return;
    }
    const { faults, undone, vain } = balanceOf(execution);
    for (const fault of faults) this.#fault(fault);
    const books = this.booksOf(instance, key);
    const taken = costs.filter((_, i) => i >= holds && outcome.allowed[i]);
    const asked = taken.reduce((sum, cost) => sum + cost, 0);
    const returned = taken.reduce((sum, cost) => sum + Math.max(0, -cost), 0);
    const share = books.book({ asked, returned, vain, undone }, exchange);
    judge.pictured(after);
    judge.undone(undone - share, share);
    if (fill) judge.filled();
    judge.booked(asked - vain, owed);
    this.#executed.set(`${instance} ${key} ${seq}`, {
      atUs: nowUs,
      inUse: tokensInUse(after, nowUs),
    });
    const fault = this.#isForgetful ? null : books.faultNow();
    if (fault !== null) this.#fault(`${instance}, ${key}: ${fault}`);
    // When it ends, and when its answer may have come.
    for (const us of [LEASE_US, ANSWERED_US]) {
      this.#parts.timeline.after(us, () => this.#judgeLease(instance, key));
    }
    this.#count(execution, undone);
  }

  #judgeLease(name: string, key: string): void {
    const instance = this.#parts.instances.find((one) => one.name === name);
    this.#keys.get(key)?.judgeLease(name, instance?.leftOf(key) ?? 0);
  }

  expired(keys: readonly string[]): void {
    for (const key of keys) {
      const judge = this.#keys.get(key);
      if (judge === undefined) continue;
      if (judge.inUse > EPSILON) this.#fault(`${key} expires with ${judge.inUse} tokens in use`);
      judge.pictured(null);
    }
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
    const { timeline, storeTimeoutMs } = this.#parts;
    const other = this.#underWay.get(id);
    const atUs = timeline.nowUs;
    const { number: outage } = status.outage;
    if (status.isAway) this.#fault(`${id}: exchange ${exchange.seq} while the store is away`);
    if (
      other !== undefined &&
      other.outage === outage &&
      atUs - other.atUs < storeTimeoutMs * 999
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

  answered(instance: string, { key, seq }: Exchange): void {
    const id = `${instance} ${key}`;
    const executed = this.#executed.get(`${id} ${seq}`);
    if (executed === undefined) return;
    const atUs = this.#parts.timeline.nowUs;
    const heard = (this.#heard.get(id) ?? []).slice(-MOST_HEARD);
    this.#heard.set(id, [...heard, { atUs, inUse: executed.inUse }]);
  }

  // What happens at an instance ------------------------------------------------------------------

  leaseSpent(instance: string, key: string, tokens: number): void {
    this.booksOf(instance, key).spentOfLeases += tokens;
    this.#keys.get(key)?.lease(tokens);
    this.#judgeLease(instance, key);
  }

  /** A share begins where there was none yet in this outage. */
  shareAsked(instance: Instance, key: string): void {
    const leaseEndsUs = instance.leaseEndsUs(key);
    if (leaseEndsUs === null) return;
    const { number: outage, sinceUs } = instance.status.outage;
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
    this.#keys.get(key)?.share(tokens, this.#outage === 'all');
  }

  #shareOf({ name }: Instance, key: string): ShareJudge {
    return entryOf(this.#shares, `${name} ${key}`, () => new ShareJudge());
  }

  shareLost(instance: string, key: string, tokens: number): void {
    this.booksOf(instance, key).lostOfShares += tokens;
  }

  cameLate(instance: string, { key, cost, seq }: Refund): void {
    this.booksOf(instance, key).cameLate(cost, seq);
  }

  /** To be called whenever an instance may have lost the store, or may be back. */
  looked(): void {
    const alive = this.#parts.instances.filter(({ isAlive }) => isAlive);
    const away = alive.filter(({ status }) => status.isAway);
    const isCounted = alive.every(({ status }) => status.instances === alive.length);
    const before = this.#outage;
    if (away.length === 0) this.#outage = 'none';
    else if (!isCounted) this.#outage = 'not judged';
    else if (before === 'none' || before === 'some') {
      this.#outage = away.length === alive.length ? 'all' : 'some';
    } else if (away.length < alive.length) this.#outage = 'not judged';
    if (before === this.#outage) return;
    for (const judge of this.#keys.values()) {
      if (before === 'none') judge.outageBegins();
      if (this.#outage === 'none' || this.#outage === 'not judged') judge.outageEnds();
    }
    if (this.#outage === 'all') {
      this.#parts.count('all cut off');
      const awayUs = alive.map(({ status, clock }) => clock() - status.outage.sinceUs);
      const togetherUs = Math.min(...awayUs);
      const partUs = awayUs.reduce((sum, us) => sum + us - togetherUs, 0) / alive.length;
      for (const judge of this.#keys.values()) judge.allCutOff(partUs);
    }
  }

  /** What whoever asked was told, at last. */
  told(instance: string, question: Question, decision: Decision, askedUs: number): void {
    const { key, cost, limit } = question;
    const { source = 'local', allowed, degraded } = decision;
    const books = this.booksOf(instance, key);
    this.#parts.count(`${source} ${allowed ? 'allowed' : 'denied'}`);
    if (allowed) {
      if (source === 'store') books.toldByStore += Math.max(0, cost);
      if (source === 'lease') books.toldByLease += cost;
      if (source === 'fallback' && cost > 0) {
        if (this.#parts.isPolicyLocal) books.toldByShare += cost;
        else books.toldBlindly += cost;
      }
      return;
    }
    if (degraded !== (source === 'fallback')) this.#fault(`a denial by ${source} is not marked`);
    if (decision.retryAfterMs < 1) this.#fault(`${key}: a denial without a wait`);
    if (source !== 'denied-until') return;
    const heard = this.#heard.get(`${instance} ${key}`) ?? [];
    const isJustified = heard.some(({ atUs, inUse }) => {
      return atUs >= askedUs - NOTE_US && limit.capacity - inUse < cost + EPSILON;
    });
    if (!isJustified) this.#fault(`${instance}, ${key}: denied ${cost} without a reason`);
  }

  answeredWithin(waitedUs: number): void {
    if (waitedUs <= this.#parts.storeTimeoutMs * 1_001 + LATE_US) return;
    this.#fault(`an answer after ${waitedUs} us`);
  }

  /** Once all instances are settled. */
  judgeBooks(instance: string): void {
    for (const key of this.#keys.keys()) {
      const books = this.booksOf(instance, key);
      const fault = this.#isForgetful ? null : books.faultAtEnd();
      if (books.isExact) this.#parts.count('exact books');
      if (fault !== null) this.#fault(`${instance}, ${key}: ${fault}`);
    }
  }

  judgeKeys(): void {
    for (const judge of this.#keys.values()) judge.judge();
  }

  #count({ exchange, before, instance, nowUs }: Execution, undone: number): void {
    const { count } = this.#parts;
    count('exchanges');
    if (undone !== 0) count('undone');
    if (exchange.owed > 0) count('owed');
    if (exchange.vain > 0) count('refunded');
    if (exchange.back > 0) count('given back');
    const own = before?.leases.get(instance);
    if (own !== undefined && own.held > 0 && own.expiryUs <= nowUs) count('own lease ended');
  }

  #fault(words: string): void {
    this.faults.push(`at ${this.#parts.timeline.nowUs} us: ${words}`);
  }
}

function entryOf<T>(map: Map<string, T>, name: string, make: () => T): T {
  const entry = map.get(name) ?? make();
  map.set(name, entry);
  return entry;
}
