/**
 * What lies between an instance and the store: it delays, loses, doubles and reorders, and can be
 * cut. Used in place of the Redis store, by one instance.
 */

import type { Store } from '../../src/lease/store/store.ts';
import { type Exchange, isReply, type Reply, type Result } from '../../src/lease/terms/exchange.ts';
import type { Chance } from './chance.ts';
import type { SharedStore } from './shared-store.ts';
import type { Timeline } from './timeline.ts';

/** Each a probability, or a range in microseconds. */
export interface WirePlan {
  readonly latencyUs: readonly [least: number, most: number];
  readonly lossOfRequest: number;
  readonly lossOfReply: number;
  readonly doubled: number;
  readonly late: number;
  readonly lateUs: readonly [least: number, most: number];
  /** Whether keys have slots of their own, and go one a call. */
  readonly isCluster: boolean;
}

export interface WireParts {
  readonly instance: string;
  readonly timeline: Timeline;
  readonly chance: Chance;
  readonly store: SharedStore;
  readonly plan: WirePlan;
  readonly sent: (exchange: Exchange) => void;
  /** It was obeyed, and its answer has come; what that leads to happens before the next event. */
  readonly answered: (exchange: Exchange, reply: Reply) => void;
  /** Nobody waits for an answer any more, or it has come. */
  readonly ended: (exchange: Exchange) => void;
  readonly count: (event: string) => void;
  readonly lost: () => void;
}

export class Wire implements Store {
  readonly #parts: WireParts;
  /** Nothing comes through, and nobody is told. */
  isCut = false;
  /** Everything takes so much longer. */
  slowUs = 0;
  /** Nothing of what is sent from now on is lost, doubled or late. */
  isReliable = false;
  #heldUntilUs = 0;
  /** Of each call that somebody waits for. */
  readonly #fails = new Set<(words: string) => void>();

  constructor(parts: WireParts) {
    this.#parts = parts;
  }

  exchange(exchanges: readonly Exchange[]): Promise<readonly Result[]> {
    const { store, instance, sent, answered, ended, count } = this.#parts;
    for (const exchange of exchanges) sent(exchange);
    if (exchanges.length > 1) count('together');
    return this.#call(
      () => exchanges.map((exchange) => store.exchange(exchange, instance)),
      (outcomes) => {
        exchanges.forEach((exchange, i) => {
          // The second of two that were sent may be answered first: it says that the other was
          // there.
          const outcome = outcomes?.[i];
          if (outcome !== undefined && isReply(outcome)) answered(exchange, outcome);
          ended(exchange);
        });
      },
    );
  }

  slotOf(key: string): number {
    return this.#parts.plan.isCluster ? Number.parseInt(key.replaceAll(/\D/g, '') || '0', 10) : 0;
  }

  /** Answers are held back for so long, again and again, until it is reliable. */
  hold(fault: { readonly forUs: number; readonly everyUs: number }): void {
    if (this.isReliable) return;
    const { timeline } = this.#parts;
    this.#heldUntilUs = timeline.nowUs + fault.forUs;
    timeline.after(fault.everyUs, () => this.hold(fault));
  }

  beat(): Promise<number> {
    const { store, instance } = this.#parts;
    return this.#call(() => store.beat(instance));
  }

  /** What was sent may yet arrive; its answer will not. */
  reconnect(): void {
    for (const fail of [...this.#fails]) fail('the connection is given up');
  }

  /** The connection breaks, as it does when the store dies. */
  break(): void {
    this.reconnect();
    this.#parts.lost();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** `over` is told the answer; null where none came. */
  #call<T>(obey: () => T, over: (answer: T | null) => void = () => undefined): Promise<T> {
    const { timeline, chance, plan, store, count } = this.#parts;
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const end = (answer: T | null) => {
      if (!this.#fails.delete(fail)) return false;
      over(answer);
      return true;
    };
    const fail = (words: string) => {
      if (end(null)) reject(new Error(words));
    };
    this.#fails.add(fail);
    const arrive = () => {
      if (this.isCut) return;
      if (!store.isUp) {
        timeline.after(this.#latencyUs(), () => fail('refused'));
        return;
      }
      store.whenThawed(() => {
        const answer = obey();
        if (this.#happens(plan.lossOfReply)) return count('reply lost');
        const heldUs = this.#heldUntilUs - timeline.nowUs;
        timeline.after(Math.max(heldUs, this.#latencyUs()), () => {
          if (!this.isCut && end(answer)) resolve(answer);
        });
      });
    };
    if (this.#happens(plan.lossOfRequest)) count('request lost');
    else timeline.after(this.#latencyUs(), arrive);
    if (this.#happens(plan.doubled)) {
      count('doubled');
      timeline.after(this.#latencyUs() + chance.between(...plan.lateUs), arrive);
    }
    return promise;
  }

  #latencyUs(): number {
    const { chance, plan, count } = this.#parts;
    const usualUs = this.slowUs + chance.between(...plan.latencyUs);
    if (!this.#happens(plan.late)) return usualUs;
    count('late');
    return usualUs + chance.between(...plan.lateUs);
  }

  #happens(probability: number): boolean {
    return !this.isReliable && this.#parts.chance.is(probability);
  }
}
