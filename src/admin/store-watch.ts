/** What happens to the store that instances share, as far as it can be seen between two looks. */
import type { StoreStatus } from '../lease/store-status.ts';
import type { Happening } from './happenings.ts';

export class StoreWatch {
  readonly #status: StoreStatus;
  /** The last outage that was told of. */
  #outage: number;
  #wasAway = false;
  #isWhole = true;
  #instances: number;

  constructor(status: StoreStatus) {
    this.#status = status;
    this.#instances = status.instances;
    // One that goes on is told of by the first look.
    this.#outage = status.outage.number - (status.isAway ? 1 : 0);
  }

  /** An outage that came and went between two looks is told of as well. */
  look(nowUs: number): readonly Happening[] {
    const { isAway, outage, usable, instances } = this.#status;
    const happenings: Happening[] = [];
    const isNew = outage.number !== this.#outage;
    if (isNew) {
      const what = 'The store is away: what the fallback says holds meanwhile';
      happenings.push({ kind: 'store-away', what, detail: { outage: outage.number } });
    }
    if (!isAway && (isNew || this.#wasAway)) {
      const seconds = Math.max(0, Math.round((nowUs - outage.sinceUs) / 1_000_000));
      const what = 'The store is back';
      happenings.push({ kind: 'store-back', what, detail: { outage: outage.number, seconds } });
    }
    this.#outage = outage.number;
    this.#wasAway = isAway;
    if (!isAway) happenings.push(...this.#lookAtParts(usable), ...this.#count(instances));
    return happenings;
  }

  #lookAtParts(usable: number): readonly Happening[] {
    const isWhole = usable === 1;
    if (isWhole === this.#isWhole) return [];
    this.#isWhole = isWhole;
    const what = isWhole
      ? 'The store does what is needed for all keys again'
      : 'The store does what is needed for a part of all keys only';
    const kind = isWhole ? 'store-whole' : 'store-part';
    return [{ kind, what, detail: { usableRatio: usable } }];
  }

  #count(instances: number): readonly Happening[] {
    const before = this.#instances;
    if (instances === before) return [];
    this.#instances = instances;
    const what = `Instances that share the store: ${instances}, were ${before}`;
    return [{ kind: 'instances', what, detail: { instances, before } }];
  }
}
