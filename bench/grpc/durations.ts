/** How long calls took, counted in microseconds: adding one costs next to nothing. */

/** From a microsecond to a second. */
const MOST_US = 1_000_000;

export class Durations {
  readonly #counts = new Uint32Array(MOST_US);
  #count = 0;

  add(us: number): void {
    const at = Math.min(MOST_US - 1, us);
    this.#counts[at] = (this.#counts[at] as number) + 1;
    this.#count++;
  }

  /** In milliseconds. */
  quantileMs(part: number): number {
    let left = this.#count * part;
    const us = this.#counts.findIndex((count) => {
      left -= count;
      return left <= 0;
    });
    return us / 1_000;
  }
}
