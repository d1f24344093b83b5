/**
 * A store that does what the script src/lease/store/exchange.lua does, in a time that the test
 * moves.
 */

import type { Store } from '../../../src/lease/store/store.ts';
import type { Exchange, Result } from '../../../src/lease/terms/exchange.ts';
import type { FakeTime } from '../../support/fake-time.ts';
import { ExchangeModel } from '../model/exchange-model.ts';

/**
 * What becomes of an exchange. `answer`: it is obeyed and answered at once. `hold`: by hand.
 * `deafen`: it is obeyed, but no answer comes. `swallow`: neither. `refuse`: it is rejected at
 * once.
 */
export type Manner = 'answer' | 'hold' | 'deafen' | 'swallow' | 'refuse';

export interface Call {
  readonly exchange: Exchange;
  /** All that went with it. */
  readonly together: readonly Exchange[];
  readonly atUs: number;
  /** Obeys it now, and says nothing yet. */
  obey(): void;
  /** Obeys it, unless it was, and answers once all that went with it are. */
  answer(): void;
  refuse(): void;
}

export class FakeStore implements Store {
  manner: Manner = 'answer';
  instances = 1;
  /** What is said to a beat; null for no answer. */
  isThere = true;
  readonly calls: Call[] = [];
  /**
   * Whether keys go together: as on one server, or else as on a cluster where each has its own
   * slot.
   */
  isOneSlot = false;
  readonly #slots = new Map<string, number>();
  beats = 0;
  reconnects = 0;
  readonly model: ExchangeModel;
  readonly #time: FakeTime;
  readonly #name: string;

  /** Several instances have a model in common, and a name each. */
  constructor(time: FakeTime, model: ExchangeModel = new ExchangeModel(), name = 'me') {
    this.#time = time;
    this.model = model;
    this.#name = name;
  }

  /** Those about this key, or what was said of it. */
  of(key: string): readonly Exchange[] {
    return this.calls.map(({ exchange }) => exchange).filter((one) => one.key === key);
  }

  async exchange(exchanges: readonly Exchange[]): Promise<readonly Result[]> {
    return await Promise.all(exchanges.map((exchange) => this.#exchange(exchange, exchanges)));
  }

  slotOf(key: string): number {
    if (this.isOneSlot) return 0;
    if (!this.#slots.has(key)) this.#slots.set(key, this.#slots.size);
    return this.#slots.get(key) as number;
  }

  #exchange(exchange: Exchange, together: readonly Exchange[]): Promise<Result> {
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    let result: Result | undefined;
    const obey = (): Result => {
      result ??= this.model.exchange(exchange, this.#name, this.#time.nowUs);
      return result;
    };
    const call = {
      exchange,
      together,
      atUs: this.#time.nowUs,
      obey: () => void obey(),
      answer: () => resolve(obey()),
      refuse: () => reject(new Error('no')),
    };
    this.calls.push(call);
    if (this.manner === 'answer') call.answer();
    if (this.manner === 'deafen') obey();
    if (this.manner === 'refuse') call.refuse();
    return promise;
  }

  beat(): Promise<number> {
    this.beats += 1;
    return this.isThere ? Promise.resolve(this.instances) : Promise.reject(new Error('no'));
  }

  reconnect(): void {
    this.reconnects += 1;
  }

  async close(): Promise<void> {}
}
