/**
 * How far what was admitted exceeds a rate, over any stretch of time whatever.
 *
 * Whoever asks knows of a decision only that it fell between question and answer. A stretch has
 * those that surely fell within it, from the one question to the other answer; so if they are more
 * than a limit allows, it was broken.
 */

export interface Admitted {
  readonly sentUs: number;
  readonly receivedUs: number;
}

/**
 * The most by which the number admitted within a stretch exceeds what comes back in it: at most the
 * capacity, where the limit was kept.
 */
export function mostAboveRate(admitted: readonly Admitted[], ratePerSecond: number): number {
  const ratePerUs = ratePerSecond / 1_000_000;
  const originUs = Math.min(...admitted.slice(0, 1).map(({ sentUs }) => sentUs));
  const bySending = admitted.toSorted((one, other) => one.sentUs - other.sentUs);
  const byReceipt = bySending
    .map(({ sentUs, receivedUs }, place) => ({ place, sentUs, receivedUs }))
    .toSorted((one, other) => one.receivedUs - other.receivedUs);
  const stretches = new Stretches(admitted.length);
  let most = 0;
  for (const { place, sentUs, receivedUs } of byReceipt) {
    stretches.admit(place, (sentUs - originUs) * ratePerUs);
    most = Math.max(most, stretches.most - (receivedUs - originUs) * ratePerUs);
  }
  return most;
}

/**
 * All stretches that end now, by the question they begin with: a tree whose leaves are the
 * questions in the order of their sending. Each node knows how many of its questions have been
 * admitted, and the most that one of its stretches is worth, its beginning and what it admits
 * within the node together.
 */
class Stretches {
  readonly #leaves: number;
  readonly #counts: Float64Array;
  readonly #worths: Float64Array;

  constructor(questions: number) {
    this.#leaves = 2 ** Math.ceil(Math.log2(Math.max(1, questions)));
    this.#counts = new Float64Array(2 * this.#leaves);
    this.#worths = new Float64Array(2 * this.#leaves).fill(Number.NEGATIVE_INFINITY);
  }

  /** The question at `place` has been admitted. `start` is what came back before it was sent. */
  admit(place: number, start: number): void {
    let node = this.#leaves + place;
    this.#counts[node] = 1;
    this.#worths[node] = start + 1;
    for (node >>= 1; node > 0; node >>= 1) {
      const [before, after] = [2 * node, 2 * node + 1];
      const later = this.#counts[after] as number;
      this.#counts[node] = (this.#counts[before] as number) + later;
      const worths = this.#worths;
      worths[node] = Math.max(worths[after] as number, (worths[before] as number) + later);
    }
  }

  /** What the best of them admits, and what came back before it began. */
  get most(): number {
    return this.#worths[1] as number;
  }
}
