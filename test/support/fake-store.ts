/** A store that does what exchange.lua does, in a time that the test moves, as well as it is told to. */
import type { Exchange, Outcome } from '../../src/store/exchange.ts';
import { ExchangeModel } from '../../src/store/exchange-model.ts';
import type { Store } from '../../src/store/store.ts';
import type { FakeTime } from './fake-time.ts';

/**
 * What becomes of an exchange. `answer`: it is obeyed and answered at once. `hold`: by hand. `deafen`:
 * it is obeyed, but no answer comes. `swallow`: neither. `refuse`: it is rejected at once.
 */
export type Manner = 'answer' | 'hold' | 'deafen' | 'swallow' | 'refuse';

export interface Call {
  readonly exchange: Exchange;
  readonly atUs: number;
  /** Obeys it now, and answers. */
  answer(): void;
  refuse(): void;
}

export class FakeStore implements Store {
  manner: Manner = 'answer';
  instances = 1;
  /** What is said to a beat; null for no answer. */
  isThere = true;
  readonly calls: Call[] = [];
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

  exchange(exchange: Exchange): Promise<Outcome> {
    const { promise, resolve, reject } = Promise.withResolvers<Outcome>();
    const obey = () => this.model.exchange(exchange, this.#name, this.#time.nowUs);
    const call = {
      exchange,
      atUs: this.#time.nowUs,
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
