/** The time that callers wait at most: one timer for all that is asked for them meanwhile. */

export class Deadline {
  readonly ms: number;
  readonly #timer: NodeJS.Timeout;
  readonly #waiting = new Set<() => void>();
  #hasPassed = false;

  /** `ms`: from now, at most 2^31 - 1, beyond which Node would make it 1. */
  constructor(ms: number) {
    this.ms = ms;
    // After a look at the connections: in a busy process the answer may have come in time.
    this.#timer = setTimeout(() => setImmediate(() => this.#pass()), ms);
  }

  /** Calls it once when the time is over, at once if it is; what is returned calls that off. */
  whenPassed(call: () => void): () => void {
    if (this.#hasPassed) call();
    else this.#waiting.add(call);
    return () => this.#waiting.delete(call);
  }

  /** Nobody waits any more. */
  end(): void {
    clearTimeout(this.#timer);
  }

  #pass(): void {
    this.#hasPassed = true;
    for (const call of [...this.#waiting]) call();
    this.#waiting.clear();
  }
}
