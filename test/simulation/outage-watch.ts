/** Watches which instances take the store to be away: whether none, some or all are cut off. */
import type { Instance } from './instance.ts';
import type { KeyJudge } from './key-judge.ts';

export interface OutageWatchParts {
  readonly instances: readonly Instance[];
  readonly keys: ReadonlyMap<string, KeyJudge>;
  readonly count: (event: string) => void;
}

export class OutageWatch {
  readonly #parts: OutageWatchParts;
  #outage: 'none' | 'some' | 'all' | 'not judged' = 'none';

  constructor(parts: OutageWatchParts) {
    this.#parts = parts;
  }

  get isOfAll(): boolean {
    return this.#outage === 'all';
  }

  /** To be called whenever an instance may have lost the store, or may be back. */
  look(): void {
    const { instances, keys, count } = this.#parts;
    const alive = instances.filter(({ isAlive }) => isAlive);
    const away = alive.filter(({ status }) => status.isAway);
    const isCounted = alive.every(({ status }) => status.instances === alive.length);
    const before = this.#outage;
    if (away.length === 0) this.#outage = 'none';
    else if (!isCounted) this.#outage = 'not judged';
    else if (before === 'none' || before === 'some') {
      this.#outage = away.length === alive.length ? 'all' : 'some';
    } else if (away.length < alive.length) this.#outage = 'not judged';
    if (before === this.#outage) return;
    for (const judge of keys.values()) {
      if (before === 'none') judge.outageBegins();
      if (this.#outage === 'none' || this.#outage === 'not judged') judge.outageEnds();
    }
    if (!this.isOfAll) return;
    count('all cut off');
    const awayUs = alive.map(({ status, clock }) => clock() - status.outage.sinceUs);
    const togetherUs = Math.min(...awayUs);
    const partUs = awayUs.reduce((sum, us) => sum + us - togetherUs, 0) / alive.length;
    for (const judge of keys.values()) judge.allCutOff(partUs);
  }
}
