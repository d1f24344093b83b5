/**
 * What happened of late that operators should know: the last ones, each with a number by which a
 * reader goes on where he was.
 *
 * Used by the admin thread alone.
 */
import { assert } from '../lib/assert.ts';
import { isoTime } from '../lib/clock.ts';

/** What is seen to happen. */
export interface Happening {
  readonly kind: string;
  /** One sentence. */
  readonly what: string;
  readonly detail: Readonly<Record<string, number | string>>;
}

export interface NumberedHappening {
  /** 1 and up. */
  readonly number: number;
  /** As ISO 8601 has it. */
  readonly time: string;
  readonly happening: Happening;
}

export const MOST_HAPPENINGS = 200;

export class Happenings {
  readonly #run: string;
  readonly #kept: NumberedHappening[] = [];
  #last = 0;

  /** `run`: of this process and no other; letters and digits. */
  constructor(run: string) {
    assert(/^\w+$/.test(run), 'a run is called by letters and digits');
    this.#run = run;
  }

  /** The number of the last one; 0 where nothing has happened yet. */
  get last(): number {
    return this.#last;
  }

  add(happening: Happening, wallTimeUs: number): void {
    this.#last++;
    const time = isoTime(wallTimeUs);
    this.#kept.push({ number: this.#last, time, happening });
    if (this.#kept.length > MOST_HAPPENINGS) this.#kept.shift();
  }

  /** Those that came after this number and are kept, the first first. */
  after(number: number): readonly NumberedHappening[] {
    return this.#kept.filter((one) => one.number > number);
  }

  /** What a reader is told to come back with. */
  idOf({ number }: NumberedHappening): string {
    return `${this.#run}-${number}`;
  }

  /** After which number one goes on who shows this: 0, so that nothing is missed, where unknown. */
  numberOf(id: string | undefined): number {
    const [, run, digits] = /^(\w+)-(\d{1,15})$/.exec(id ?? '') ?? [];
    const number = Number(digits);
    return run === this.#run && number <= this.#last ? number : 0;
  }
}
