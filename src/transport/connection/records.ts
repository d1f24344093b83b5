/**
 * What one connection is given in a turn. Without TLS it is one read: whatever fills that has more
 * to follow, and waits. With TLS each record is given by itself, and a read may have thousands of a
 * few bytes, each of which would count as the first piece of a turn. So a connection that was given
 * something in this turn already waits, once there is no time left in it.
 */
import type { Socket } from 'node:net';
import type { Turns } from './turns.ts';

const NONE = -1;

export class Records {
  readonly #turns: Pick<Turns, 'hasTime' | 'number'>;
  readonly #isTls: boolean;
  /** The turn in which something was given last. */
  #last = NONE;

  constructor(socket: Socket, turns: Pick<Turns, 'hasTime' | 'number'>) {
    this.#turns = turns;
    this.#isTls = 'encrypted' in socket;
  }

  /** Whether what follows has to wait for another turn. To be asked once for what was given. */
  mustWait(): boolean {
    if (!this.#isTls) return false;
    const { number } = this.#turns;
    const isFirst = number !== this.#last;
    this.#last = number;
    return !isFirst && !this.#turns.hasTime();
  }
}
