/**
 * A token as one connection shows it with call after call, where nobody can be made to wait: who
 * asks there goes on without an answer that is late.
 */
import { type Grant, NOTHING } from '../../access/grant.ts';
import type { Pass } from '../../access/token-book.ts';
import type { Showing, TokenGuard } from './token-guard.ts';

export class ShownToken {
  readonly #guard: TokenGuard;
  readonly #showing: Showing;
  #pass: Pass | null = null;
  /** Of the tokens by which it was wrong; by others it may be right. */
  #generation = -1;

  constructor(guard: TokenGuard, showing: Showing) {
    this.#guard = guard;
    this.#showing = showing;
  }

  get grant(): Grant {
    const { generation } = this.#guard.book;
    if (this.#pass === null && this.#generation !== generation) {
      const verdict = this.#guard.checkNow(this.#showing);
      if (typeof verdict !== 'string') this.#pass = verdict;
      else if (verdict === 'wrong') this.#generation = generation;
    }
    return this.#pass?.grant ?? NOTHING;
  }
}
