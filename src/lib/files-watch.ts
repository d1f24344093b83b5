/**
 * Looks every second whether files say something else than before.
 *
 * By what they say, not by their times or by what the system tells of changes: so it is all one
 * whether a file was written, renamed, or is reached by a link that leads elsewhere now. What has
 * changed is taken once two looks in a row have found the same, so that no half-written file is.
 */
import { createHash } from 'node:crypto';
import type { Timers } from './timers.ts';

export const LOOK_EVERY_MS = 1_000;
/** Between the look that has found a change, and the one that finds that it has settled. */
export const SETTLE_MS = 500;

/** What was found there. */
export interface Look<Found> {
  readonly found: Found;
  /** The same for the same files, or the same faults. */
  readonly identity: string;
}

/** Of texts in their order: the same only where all are. */
export function identityOf(texts: Iterable<string>): string {
  const identity = createHash('sha256');
  for (const text of texts) identity.update(JSON.stringify(text));
  return identity.digest('base64');
}

export interface FilesWatchParts<Found> {
  readonly look: () => Promise<Look<Found>>;
  /** Told of what has changed, or was asked for; looks go on once that is done. */
  readonly load: (found: Found) => Promise<void>;
  readonly timers: Timers;
  /** Whether what somebody asks for has to settle first, too. Left out, it is loaded as it is. */
  readonly settlesFirst?: boolean;
}

export class FilesWatch<Found> {
  readonly #parts: FilesWatchParts<Found>;
  /** What was loaded last, be it good or bad. */
  #loaded = '';
  /** What the last look has found. */
  #seen = '';
  /** Whether somebody wants it loaded now, changed or not. */
  #isAsked = false;
  /** Calls off the next look; null while one is under way. */
  #callOff: (() => void) | null = null;

  constructor(parts: FilesWatchParts<Found>) {
    this.#parts = parts;
  }

  /** `loaded` is what was loaded already. */
  begin(loaded: Look<Found>): void {
    this.#loaded = loaded.identity;
    this.#seen = loaded.identity;
    this.#wait(this.#isAsked ? 0 : LOOK_EVERY_MS);
  }

  /** Loads what is there now. */
  ask(): void {
    this.#isAsked = true;
    if (this.#callOff === null) return;
    this.#callOff();
    this.#wait(0);
  }

  #wait(ms: number): void {
    this.#callOff = this.#parts.timers.after(ms, () => {
      this.#callOff = null;
      void this.#look();
    });
  }

  async #look(): Promise<void> {
    const isAsked = this.#isAsked;
    this.#isAsked = false;
    const { found, identity } = await this.#parts.look();
    const isSettled = identity === this.#seen;
    const isChanged = identity !== this.#loaded;
    this.#seen = identity;
    const isWaitedFor = isChanged && !isSettled;
    const mustWait = isWaitedFor && this.#parts.settlesFirst === true;
    if (mustWait) this.#isAsked ||= isAsked;
    else if (isAsked || (isChanged && isSettled)) {
      this.#loaded = identity;
      await this.#parts.load(found);
    }
    this.#wait(this.#isAsked && !mustWait ? 0 : isWaitedFor ? SETTLE_MS : LOOK_EVERY_MS);
  }
}
