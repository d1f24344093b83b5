/** The secret that a reset must present, over whatever transport. */
import { hash, timingSafeEqual } from 'node:crypto';

/** What somebody is told who would reset a key of a service that has none. */
export const NO_ADMIN_TOKEN = 'keys cannot be reset: the service has no ADMIN_TOKEN';

export class AdminToken {
  /** Whether there is one at all; without one nobody can reset anything. */
  readonly isSet: boolean;
  readonly #digest: Buffer;

  constructor(token: string) {
    this.isSet = token !== '';
    this.#digest = digest(token);
  }

  /** Takes as long however much of it is right: digests have one length, and are compared whole. */
  matches(text: string): boolean {
    return timingSafeEqual(digest(text), this.#digest) && this.isSet;
  }
}

function digest(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
