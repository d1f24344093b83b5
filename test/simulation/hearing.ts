/** What each instance has heard of the store about a key, and when. By the names of both in one. */
import type { Question } from '../../src/limiter/limiter.ts';
import { EPSILON } from './allowance.ts';

/** When an answer came, and what was in use as the store gave it. */
export interface Heard {
  readonly atUs: number;
  /** By the clock of the instance. */
  readonly clockUs: number;
  /** Whether it came in time for whoever sent it. */
  readonly isBelieved: boolean;
  readonly inUse: number;
}

/** Answers for a key that may matter yet. */
const MOST_HEARD = 50;
/** A decider knows by then what the exchanger was told. */
const TOLD_US = 1_000;
/** The longest that a note holds, by a slow clock. */
const NOTE_US = 100_500;

export class Hearing {
  readonly #asked = new Map<string, number>();
  readonly #heard = new Map<string, readonly Heard[]>();

  /** For the first time at this time of its clock, if it is the first. */
  asked(id: string, clockUs: number): void {
    if (!this.#asked.has(id)) this.#asked.set(id, clockUs);
  }

  answered(id: string, heard: Heard): void {
    this.#heard.set(id, [...(this.#heard.get(id) ?? []).slice(-MOST_HEARD), heard]);
  }

  /** The last answer that all of the instance know by now; or since when the key was asked for. */
  sinceUs(id: string, nowUs: number): number {
    const known = this.#heard
      .get(id)
      ?.findLast((one) => one.isBelieved && one.atUs <= nowUs - TOLD_US);
    return known?.clockUs ?? this.#asked.get(id) ?? 0;
  }

  /** Whether an answer that is no older than a note says that there was not enough. */
  denies(id: string, { limit, cost }: Question, askedUs: number): boolean {
    const heard = this.#heard.get(id) ?? [];
    return heard.some(({ atUs, inUse }) => {
      return atUs >= askedUs - NOTE_US && limit.capacity - inUse < cost + EPSILON;
    });
  }
}
