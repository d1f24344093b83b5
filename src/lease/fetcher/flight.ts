/**
 * Exchanges on their way to the store: sent in pieces, several keys a call where they can travel
 * together, and looked after until each is answered or given up.
 *
 * Used by the exchanger, who asks for room before he sends.
 *
 * Invariants:
 *   1. At most MOST_UNDER_WAY exchanges count as under way. One without an answer in the store's
 *      timeout counts no more, or a part of the store that is gone would hold up all others: so
 *      there are at most as many times more as that timeout goes into a question's time.
 *   2. The store is silent once there was no answer for its timeout while something is asked.
 *      `silent` is told, once a silence.
 *   3. Every exchange is told of once: answered, or failed, which is at the latest when a question
 *      that was asked as it was sent has waited as long as it may.
 */
import type { Clock } from '../../lib/clock.ts';
import { DelayQueue } from '../../lib/delay-queue.ts';
import type { Timers } from '../../lib/timers.ts';
import { MOST_TOGETHER, MOST_UNDER_WAY, type SharingSettings } from '../settings.ts';
import type { Store } from '../store/store.ts';
import type { Outcome } from '../terms/exchange.ts';
import type { Sent } from './key-state.ts';

export interface FlightParts {
  readonly settings: SharingSettings;
  readonly store: Pick<Store, 'exchange' | 'slotOf'>;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly answered: (sent: Sent, outcome: Outcome, nowUs: number) => void;
  readonly failed: (sent: Sent) => void;
  readonly silent: () => void;
  /** There is room again, for one that nothing was heard of. */
  readonly moved: () => void;
}

/** More decisions than this in one call would hold the store for long. */
const MOST_COSTS_TOGETHER = 1_000;

export class Flight {
  readonly #parts: FlightParts;
  readonly #timeoutUs: number;
  readonly #all = new Set<Sent>();
  #counted = 0;
  readonly #slow: DelayQueue<Sent>;
  readonly #lost: DelayQueue<Sent>;
  /** The last answer, or the first exchange since nothing was under way. */
  #heardUs = 0;
  #isSilent = false;
  #callOff: (() => void) | null = null;

  constructor(parts: FlightParts) {
    const { settings, clock, timers } = parts;
    this.#parts = parts;
    this.#timeoutUs = settings.storeTimeoutMs * 1_000;
    this.#slow = new DelayQueue({
      delayUs: this.#timeoutUs,
      clock,
      timers,
      due: (sent) => timers.soon(() => this.#passBy(sent)),
    });
    this.#lost = new DelayQueue({
      delayUs: settings.decideWithinMs * 1_000,
      clock,
      timers,
      // Not at once: where this thread was late itself, the answer may be waiting to be read.
      due: (sent) => timers.soon(() => this.#fail(sent)),
    });
  }

  /** How many more may be sent. */
  get room(): number {
    return MOST_UNDER_WAY - this.#counted;
  }

  get isEmpty(): boolean {
    return this.#all.size === 0;
  }

  get isSilent(): boolean {
    return this.#isSilent;
  }

  /** REQUIRES: no two are for one key. */
  send(all: readonly Sent[]): void {
    const { clock } = this.#parts;
    if (this.isEmpty) this.#heardUs = clock();
    for (const sent of all) {
      this.#all.add(sent);
      this.#slow.add(sent, sent.sentUs);
      this.#lost.add(sent, sent.sentUs);
    }
    this.#counted += all.length;
    this.#listen();
    for (const piece of this.#pieces(all)) this.#sendPiece(piece);
  }

  /** Takes one out of the sky; false where it had ended already. */
  end(sent: Sent): boolean {
    if (!this.#all.delete(sent)) return false;
    this.#uncount(sent);
    if (this.isEmpty) this.#rest();
    return true;
  }

  #sendPiece(piece: readonly Sent[]): void {
    this.#parts.store.exchange(piece.map(({ exchange }) => exchange)).then(
      (outcomes) => {
        this.#heard();
        piece.forEach((sent, i) => {
          const outcome = outcomes[i] ?? 'refused';
          if (outcome === 'refused') this.#fail(sent);
          else if (this.end(sent)) this.#parts.answered(sent, outcome, this.#heardUs);
        });
      },
      () => {
        for (const sent of piece) this.#fail(sent);
      },
    );
  }

  /** Those of one slot go together, as many as may, but none about windows with others. */
  #pieces(all: readonly Sent[]): readonly (readonly Sent[])[] {
    const { store } = this.#parts;
    const pieces: Sent[][] = [];
    const open = new Map<string, { piece: Sent[]; costs: number }>();
    for (const sent of all) {
      const { key, costs, windows } = sent.exchange;
      const { length } = costs;
      const place = `${store.slotOf(key)} ${windows === undefined}`;
      const last = open.get(place);
      if (
        last !== undefined &&
        last.piece.length < MOST_TOGETHER &&
        last.costs + length <= MOST_COSTS_TOGETHER
      ) {
        last.piece.push(sent);
        last.costs += length;
        continue;
      }
      const piece = [sent];
      pieces.push(piece);
      open.set(place, { piece, costs: length });
    }
    return pieces;
  }

  #heard(): void {
    this.#heardUs = this.#parts.clock();
    this.#isSilent = false;
    this.#listen();
  }

  /** Looks at the time when it may be silent. */
  #listen(): void {
    if (this.#callOff !== null || this.#isSilent || this.isEmpty) return;
    const { clock, timers } = this.#parts;
    const leftUs = this.#heardUs + this.#timeoutUs - clock();
    const ms = Math.max(0, Math.ceil(leftUs / 1_000));
    const callOff = timers.after(ms, () =>
      // As above: an answer may be waiting to be read.
      timers.soon(() => {
        if (this.#callOff !== callOff) return;
        this.#callOff = null;
        this.#judge();
      }),
    );
    this.#callOff = callOff;
  }

  #judge(): void {
    const { clock, silent } = this.#parts;
    if (this.isEmpty || this.#isSilent) return;
    if (clock() - this.#heardUs < this.#timeoutUs) {
      this.#listen();
      return;
    }
    this.#isSilent = true;
    silent();
  }

  /** It is waited for still, but no longer does it hold up others. */
  #passBy(sent: Sent): void {
    if (!this.#all.has(sent)) return;
    this.#uncount(sent);
    this.#parts.moved();
  }

  #uncount(sent: Sent): void {
    if (!sent.isCounted) return;
    sent.isCounted = false;
    this.#counted -= 1;
  }

  #fail(sent: Sent): void {
    if (this.end(sent)) this.#parts.failed(sent);
  }

  #rest(): void {
    this.#slow.clear();
    this.#lost.clear();
    this.#callOff?.();
    this.#callOff = null;
    this.#isSilent = false;
  }
}
