/**
 * Counts frames that lead to nothing: more than MOST_IDLE_FRAMES within a second, and no request
 * among them, are no client's. Frames otherwise only cost the connection's own turns: a proxy takes
 * back every request whose own client went away, and some clients send a PING after each answer.
 */

export const MOST_IDLE_FRAMES = 10_000;
const SECOND_US = 1_000_000;

export class Flood {
  #frames = 0;
  #sinceUs = 0;

  /** A request has come. */
  call(nowUs: number): void {
    this.#frames = 0;
    this.#sinceUs = nowUs;
  }

  /** Another frame has come; whether it is one too many. */
  frame(nowUs: number): boolean {
    this.#frames++;
    if (this.#frames <= MOST_IDLE_FRAMES) return false;
    if (nowUs - this.#sinceUs <= SECOND_US) return true;
    this.call(nowUs);
    return false;
  }
}
