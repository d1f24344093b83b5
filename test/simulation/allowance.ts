/**
 * What may still be admitted at one moment, if over every stretch of time it is to be no more than
 * capacity + rate x time: a bucket that starts full, as the largest excess of any stretch that ends
 * now comes to. Below 0 that was broken.
 *
 * Time is what the store's clock has gone forward: where it is set forward, the stretch is that
 * much longer, and where it is set back, no shorter.
 */

/** A millionth of a token: sums of doubles are not exact, and no fault is so small. */
export const EPSILON = 1e-6;

export class Allowance {
  readonly capacity: number;
  readonly #perUs: number;
  #level: number;
  #atUs: number;
  #extras: { readonly tokens: number; readonly untilUs: number }[] = [];

  /** `level` is what may be admitted at `atUs`. */
  constructor(capacity: number, perUs: number, level: number, atUs: number) {
    this.capacity = capacity;
    this.#perUs = perUs;
    this.#level = level;
    this.#atUs = atUs;
  }

  /** Goes on from where this is, by itself. */
  copy(): Allowance {
    const copy = new Allowance(this.capacity, this.#perUs, this.#level, this.#atUs);
    copy.#extras = [...this.#extras];
    return copy;
  }

  levelAt(nowUs: number): number {
    this.#level = Math.min(this.#mostAt(nowUs), this.#level + (nowUs - this.#atUs) * this.#perUs);
    this.#atUs = nowUs;
    return this.#level;
  }

  /** Below 0 gives back. */
  take(tokens: number, nowUs: number): number {
    this.#level = this.levelAt(nowUs) - tokens;
    return this.levelAt(nowUs);
  }

  fill(nowUs: number): void {
    this.#level = this.#mostAt(nowUs);
    this.#atUs = nowUs;
  }

  /** For so long as much more than the capacity may be there. */
  widen(tokens: number, nowUs: number, forUs: number): void {
    this.levelAt(nowUs);
    this.#extras.push({ tokens: Math.min(tokens, this.capacity), untilUs: nowUs + forUs });
  }

  /** How much more than the capacity may be there. */
  onTopAt(nowUs: number): number {
    return this.#mostAt(nowUs) - this.capacity;
  }

  #mostAt(nowUs: number): number {
    this.#extras = this.#extras.filter(({ untilUs }) => untilUs > nowUs);
    return this.#extras.reduce((sum, { tokens }) => sum + tokens, this.capacity);
  }
}
