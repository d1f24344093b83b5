/** One time that Redis was away under load, as the load saw it. */
import { INSTANCES } from './fleet.ts';
import type { KeyGroup } from './load.ts';
import {
  isAllowed,
  isLost,
  isWithin,
  latencyMs,
  type Phase,
  partOf,
  type Sample,
} from './samples.ts';
import { mostAboveRate } from './stretch.ts';

/** The first second of a phase is looked at by itself: it is the one in which things change. */
const SECOND_US = 1_000_000;

export interface OutageParts {
  readonly samples: readonly Sample[];
  /** The first is one key. */
  readonly groups: readonly KeyGroup[];
  readonly beginUs: number;
  readonly endUs: number;
}

/** When Redis is there, at the beginning of it being away, and so on. */
type PhaseName = 'usual' | 'firstAway' | 'away' | 'firstBack' | 'back';

export class Outage {
  readonly #parts: OutageParts;
  readonly #phases: Readonly<Record<PhaseName, Phase>>;

  constructor(parts: OutageParts) {
    const { beginUs, endUs, samples } = parts;
    this.#parts = parts;
    const startUs = samples[0]?.dueUs ?? 0;
    this.#phases = {
      // Without its first second, in which nothing is warm.
      usual: [startUs + SECOND_US, beginUs],
      firstAway: [beginUs, beginUs + SECOND_US],
      away: [beginUs, endUs],
      firstBack: [endUs, endUs + SECOND_US],
      back: [endUs, Number.POSITIVE_INFINITY],
    };
  }

  get lost(): number {
    return this.#parts.samples.filter(isLost).length;
  }

  p99Ms(phase: PhaseName): number {
    return latencyMs(this.#within(phase), 0.99);
  }

  get worstP99Ms(): number {
    const phases: PhaseName[] = ['firstAway', 'away', 'firstBack', 'back'];
    return Math.max(...phases.map((phase) => this.p99Ms(phase)));
  }

  get longestMs(): number {
    return latencyMs(this.#parts.samples, 1);
  }

  /** The part of the answers while Redis was away that a fallback gave. */
  get fallback(): number {
    return partOf(this.#within('away'), ({ source }) => source === 'fallback');
  }

  /**
   * What the first group's key was admitted while Redis was away, of what came back in that time.
   */
  get admitted(): number {
    const { beginUs, endUs, groups } = this.#parts;
    const { name, capacity, interval } = groups[0] as KeyGroup;
    const admitted = this.#within('away').filter((one) => one.key === name && isAllowed(one));
    const seconds = (endUs - beginUs) / SECOND_US;
    return admitted.length / ((capacity / interval) * seconds);
  }

  /** From Redis' return until every instance has an answer from a lease or from the store. */
  get backMs(): number {
    const { samples, endUs } = this.#parts;
    const firstUs: number[] = new Array(INSTANCES).fill(Number.POSITIVE_INFINITY);
    for (const { instance, receivedUs, source } of samples) {
      const isBack = receivedUs >= endUs && (source === 'lease' || source === 'store');
      if (isBack) firstUs[instance] = Math.min(firstUs[instance] as number, receivedUs);
    }
    return (Math.max(...firstUs) - endUs) / 1_000;
  }

  /** Answers of a fallback that were still given `seconds` after Redis was back, or later. */
  fallbackAfter(seconds: number): number {
    const fromUs = this.#parts.endUs + seconds * SECOND_US;
    const isLate = ({ dueUs, source }: Sample) => dueUs >= fromUs && source === 'fallback';
    return this.#parts.samples.filter(isLate).length;
  }

  /**
   * The most that was admitted above the rate in any stretch, over the capacity, of any key: before
   * Redis was back, and in all.
   */
  burst(when: 'before' | 'in all'): number {
    const { groups, samples, endUs } = this.#parts;
    const mostUs = when === 'before' ? endUs : Number.POSITIVE_INFINITY;
    const admitted = samples.filter((one) => isAllowed(one) && one.receivedUs < mostUs);
    const byKey = Map.groupBy(admitted, ({ key }) => key);
    let most = 0;
    for (const { name, capacity, interval } of groups) {
      for (const [key, ofKey] of byKey) {
        if (!key.startsWith(name)) continue;
        most = Math.max(most, mostAboveRate(ofKey, capacity / interval) / capacity);
      }
    }
    return most;
  }

  #within(phase: PhaseName): readonly Sample[] {
    return this.#parts.samples.filter((sample) => isWithin(sample, this.#phases[phase]));
  }
}
