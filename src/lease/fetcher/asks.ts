/**
 * Questions that wait for the store: each is answered once, by what the store decided or, when it
 * has waited as long as it may, by why there is no decision.
 *
 * Used by the exchanger.
 */
import type { Decision } from '../../bucket/decision.ts';
import type { Clock } from '../../lib/clock.ts';
import { DelayQueue } from '../../lib/delay-queue.ts';
import type { Timers } from '../../lib/timers.ts';
import { givenUpUs, type SharingSettings } from '../settings.ts';
import type { Unanswered } from '../unanswered.ts';
import type { Ask, KeyState, Sent } from './key-state.ts';

export interface AsksParts {
  readonly settings: SharingSettings;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly stateOf: (key: string) => KeyState | undefined;
  /** Whether the store answers nothing at the moment. */
  readonly isSilent: () => boolean;
}

export class Asks {
  readonly #parts: AsksParts;
  readonly #timeouts: DelayQueue<Ask>;
  #open = 0;

  constructor(parts: AsksParts) {
    const { settings, clock, timers } = parts;
    this.#parts = parts;
    this.#timeouts = new DelayQueue({
      delayUs: givenUpUs(settings),
      clock,
      timers,
      // Not at once: where this thread was late itself, the answer may be waiting to be read.
      due: (ask) => timers.soon(() => this.#giveUp(ask)),
    });
  }

  /** It has its time from now on. */
  add(ask: Ask): void {
    this.#open += 1;
    this.#timeouts.add(ask, ask.askedUs);
  }

  /**
   * Gives up those of a key that have waited as long as they may: nobody waits for an answer to
   * them.
   */
  giveUpLate(state: KeyState, nowUs: number): void {
    const lastUs = nowUs - givenUpUs(this.#parts.settings);
    for (const ask of state.waiting) if (ask.askedUs <= lastUs) this.#giveUp(ask);
  }

  /** Tells all who wait for a key that the store is away. */
  refuse(state: KeyState): void {
    for (const ask of state.waiting.splice(0)) {
      draft(state, ask);
      this.decline(ask, 'fallback');
    }
    for (const answer of state.resets.splice(0)) answer(null);
  }

  decline(ask: Ask, why: Unanswered['why']): void {
    const sinceUs = this.#parts.stateOf(ask.key)?.emptySinceUs ?? ask.askedUs;
    this.#answer(ask, { why, sinceUs }, 0);
  }

  /**
   * Gives on what the store decided. Returns the tokens that it took in vain: those who were to
   * have them were told no, or have them from a share, unless all are allowed without it. What was
   * to be taken in any case is not in vain.
   */
  tell({ state, asks }: Sent, decisions: readonly Decision[], hasRoom: boolean): number {
    const isOpen = this.#parts.settings.onStoreDown === 'open';
    let vain = 0;
    asks.forEach((ask, i) => {
      const decision = decisions[i] as Decision;
      const { holds, cost, overdraft, isOver } = ask;
      if (isOver) {
        if (decision.allowed && !holds && !overdraft && !isOpen) vain += Math.max(0, cost);
        // What was to be held, and for which there is no slot, is not there.
      } else if (holds && decision.allowed && !hasRoom) this.decline(ask, 'fallback');
      else this.#answer(ask, decision, state.answered);
    });
    return vain;
  }

  #giveUp(ask: Ask): void {
    const state = this.#parts.stateOf(ask.key);
    if (state?.waiting.includes(ask)) draft(state, ask);
    const isAsked = state?.sent !== null || this.#parts.isSilent();
    this.decline(ask, isAsked ? 'late' : 'overloaded');
  }

  #answer(ask: Ask, answer: Decision | Unanswered, seq: number): void {
    if (ask.isOver) return;
    ask.isOver = true;
    ask.answer(answer, seq);
    this.#open -= 1;
    if (this.#open === 0) this.#timeouts.clear();
  }
}

/** What is to be taken in any case is told to the store, though nobody waits for its answer. */
function draft(state: KeyState, { overdraft, cost, isOver, limit }: Ask): void {
  if (overdraft && !isOver) state.draft(Math.max(0, cost), limit);
}
