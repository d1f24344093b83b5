/**
 * Streams that were reset here, by their numbers: frames of them may still be on their way, and are
 * nobody's fault. The last ones only: what comes later than that is told that it is late.
 */

const MOST_KNOWN = 1_024;

export class KnownResets {
  readonly #ids = new Set<number>();

  has(id: number): boolean {
    return this.#ids.has(id);
  }

  add(id: number): void {
    this.#ids.add(id);
    if (this.#ids.size <= MOST_KNOWN) return;
    const [oldest] = this.#ids;
    this.#ids.delete(oldest as number);
  }
}
