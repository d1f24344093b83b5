/**
 * What happened of late that operators should know: the last ones, each with a number by which a
 * reader goes on where he was.
 *
 * Used by the admin thread alone.
 */
import { assert } from '../lib/assert.ts';
import { isoTime } from '../lib/clock.ts';

/** What is told each time it comes. */
const EVENTS = [
  'reload',
  'reload-refused',
  'tls-reload',
  'tls-reload-refused',
  'tokens-reload',
  'tokens-reload-refused',
  'store-away',
  'store-back',
  'store-part',
  'store-whole',
  'instances',
  'drain',
] as const;
/** What is told when it begins, and when it is over. */
const EPISODES = [
  'table-full',
  'crowd',
  'flood',
  'memory',
  'guessing',
  'store-forgot',
  'snapshot-failed',
] as const;

export type EventName = (typeof EVENTS)[number];
export type EpisodeName = (typeof EPISODES)[number];
export type HappeningKind = EventName | EpisodeName | `${EpisodeName}-over`;

/** All that there are. */
export const HAPPENING_KINDS: readonly HappeningKind[] = [
  ...EVENTS,
  ...EPISODES.flatMap((name) => [name, `${name}-over`] as const),
];

/** Numbers by what they are called, of which each kind has its own. */
export interface HappeningDetail {
  /** Of policies and Envoy, in force. */
  readonly rules?: number;
  /** Unix time. */
  readonly certificateEndsS?: number;
  /** In force. */
  readonly tokens?: number;
  /** Its number since the start. */
  readonly outage?: number;
  /** From 0 to 1. */
  readonly usableRatio?: number;
  readonly instances?: number;
  /** Instances that there were. */
  readonly before?: number;
  /** How often it has come. */
  readonly times?: number;
  /** For how long it went on. */
  readonly seconds?: number;
}

/** What is seen to happen. */
export interface Happening {
  readonly kind: HappeningKind;
  /** One sentence. */
  readonly what: string;
  readonly detail: HappeningDetail;
}

/** As it is told. */
export interface ToldHappening extends Happening {
  /** As ISO 8601 has it. */
  readonly time: string;
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
