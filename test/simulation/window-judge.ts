/**
 * Judges what instances that share windows admit. It knows no script and no lease: only the store's
 * clock, and what was asked, told and spent when.
 */
import type { Reply } from '../../src/lease/terms/exchange.ts';
import type { Decisions, KeptQuestion } from '../../src/limiter/limiter.ts';
import type { WindowClock } from '../../src/policies/window-clock.ts';
import type { Instance } from './instance.ts';
import type { WindowPlan } from './window-world.ts';

/** Questions, and when they were asked by the store's clock. */
export interface AskedThen {
  readonly questions: readonly KeptQuestion[];
  readonly atUs: number;
}

/** What happened in one window of a key. */
interface Account {
  /** Tokens that were asked for, and that the store or a lease gave. */
  asked: number;
  given: number;
  denied: number;
}

/** Clocks of instances and the store drift apart by as much in a second. */
const DRIFT_US = 1_000;
/** Of a window's capacity: where no more is asked for, nobody is denied. */
const SURE_PART = 0.85;

export class WindowJudge {
  readonly faults: string[] = [];
  readonly counts = new Map<string, number>();
  readonly #plan: WindowPlan;
  readonly #storeUs: () => number;
  /** By key and the end of a window. */
  readonly #accounts = new Map<string, Map<number, Account>>();
  /** Of each key, how often a window was opened, and its end. */
  readonly #opened = new Map<string, { times: number; endUs: number }>();
  readonly #shares = new Map<string, number>();

  constructor(plan: WindowPlan, storeUs: () => number) {
    this.#plan = plan;
    this.#storeUs = storeUs;
  }

  executed(key: string, { count: endUs, held, others, used }: Reply): void {
    this.count('exchanges');
    const opened = this.#opened.get(key) ?? { times: 0, endUs: 0 };
    if (endUs !== opened.endUs) opened.times += 1;
    opened.endUs = endUs;
    this.#opened.set(key, opened);
    if (held > 0) this.count('leased');
    const { capacity } = this.#keyOf(key);
    // What shares gave is charged whatever there is.
    if (held + others > 0 && held + others + used > 2 * capacity) this.#fault(`${key}: overleased`);
  }

  /** The store has forgotten them: not before a clock could go back by a window. */
  expired(keys: readonly string[]): void {
    for (const key of keys) {
      const opened = this.#opened.get(key);
      if (opened === undefined) continue;
      const { lengthUs } = this.#keyOf(key);
      if (this.#storeUs() < opened.endUs + lengthUs) this.#fault(`${key} is forgotten early`);
      opened.endUs = 0;
    }
  }

  leaseSpent(key: string, tokens: number): void {
    this.count('lease');
    this.#give(key, tokens, this.#storeUs());
  }

  shareSpent(key: string, tokens: number, clock: WindowClock | undefined, by: Instance): void {
    if (clock === undefined) throw new Error('every key has its windows');
    this.count('share');
    const nowUs = by.clock();
    const { beginUs, calendarEndUs } = clock.at(nowUs);
    const name = `${by.name} ${key} ${calendarEndUs}`;
    const spent = (this.#shares.get(name) ?? 0) + tokens;
    this.#shares.set(name, spent);
    const { capacity, lengthUs } = this.#keyOf(key);
    const most = (capacity * (nowUs - beginUs)) / lengthUs;
    if (spent > most + 1) this.#fault(`${name}: shares gave ${spent} of ${most}`);
  }

  asked(questions: readonly KeptQuestion[]): AskedThen {
    const atUs = this.#storeUs();
    for (const { key, cost } of questions) this.#accountAt(key, atUs).asked += cost;
    return { questions, atUs };
  }

  told({ questions, atUs }: AskedThen, { allowed, each }: Decisions): void {
    const nowUs = this.#storeUs();
    each.forEach((decision, i) => {
      const { key, cost } = questions[i] as KeptQuestion;
      const { source } = decision;
      this.count(`${source} ${decision.allowed ? 'allowed' : 'denied'}`);
      const inOne = this.#endAt(key, atUs) === this.#endAt(key, nowUs);
      if (!inOne) this.count('straddled');
      const isOfStore = source === 'store' && questions.length === 1;
      if (allowed && isOfStore && inOne) this.#give(key, cost, nowUs);
      const sinceUs = atUs - (this.#endAt(key, atUs) - this.#keyOf(key).lengthUs);
      const isClear = inOne && sinceUs > DRIFT_US;
      if (!decision.allowed && source !== 'fallback' && isClear) {
        this.#accountAt(key, atUs).denied += 1;
      }
    });
  }

  end(): void {
    for (const { key, capacity } of this.#plan.keys) {
      const accounts = this.#accounts.get(key) ?? new Map<number, Account>();
      const given = [...accounts.values()].reduce((sum, one) => sum + one.given, 0);
      const { times = 0 } = this.#opened.get(key) ?? {};
      if (given > times * capacity) this.#fault(`${key}: ${given} in ${times} windows`);
      if (this.#plan.steps) continue;
      for (const [endUs, account] of accounts) {
        if (account.given > capacity) this.#fault(`${key}: ${account.given} until ${endUs}`);
        if (account.given === capacity) this.count('exhausted');
        const isSure = this.#plan.isCalm && account.asked <= SURE_PART * capacity - 1;
        if (isSure) this.count('sure');
        if (isSure && account.denied > 0) {
          this.#fault(`${key}: ${account.asked} of ${capacity} asked for, and denied`);
        }
      }
    }
  }

  count(what: string): void {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  #give(key: string, tokens: number, atUs: number): void {
    this.#accountAt(key, atUs).given += tokens;
  }

  #accountAt(key: string, atUs: number): Account {
    const accounts = this.#accounts.get(key) ?? new Map<number, Account>();
    this.#accounts.set(key, accounts);
    const endUs = this.#endAt(key, atUs);
    const account = accounts.get(endUs) ?? { asked: 0, given: 0, denied: 0 };
    accounts.set(endUs, account);
    return account;
  }

  #endAt(key: string, atUs: number): number {
    const { lengthUs } = this.#keyOf(key);
    return (Math.floor(atUs / lengthUs) + 1) * lengthUs;
  }

  #keyOf(key: string) {
    const found = this.#plan.keys.find((one) => one.key === key);
    if (found === undefined) throw new Error(`nobody planned ${key}`);
    return found;
  }

  #fault(words: string): void {
    this.faults.push(words);
  }
}
