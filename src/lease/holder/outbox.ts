/** What a decider tells the exchanger: all of one turn of the event loop in one message. */
import type { Timers } from '../../lib/timers.ts';
import type { ToExchanger } from '../ask-messages.ts';

export class Outbox {
  readonly #timers: Timers;
  readonly #send: (messages: readonly ToExchanger[]) => void;
  #messages: ToExchanger[] = [];

  constructor(timers: Timers, send: (messages: readonly ToExchanger[]) => void) {
    this.#timers = timers;
    this.#send = send;
  }

  post(message: ToExchanger): void {
    if (this.#messages.push(message) > 1) return;
    this.#timers.soon(() => {
      const messages = this.#messages;
      this.#messages = [];
      this.#send(messages);
    });
  }
}
