/**
 * A decider's table of leases, of which all that is spent there and put back is told to the judges.
 */
import type { Decision } from '../../src/bucket/decision.ts';
import { LeaseTable, type Share, type SharedTaking } from '../../src/lease/lease-table.ts';
import type { Cells } from '../../src/metrics/cells.ts';
import type { OwnTaking } from '../../src/table/table.ts';
import type { TableMemory } from '../../src/table/table-memory.ts';

export interface Spending {
  lease(key: string, tokens: number): void;
  /** A share is asked. */
  shareAsked(key: string): void;
  /** What is taken of a share in any case. */
  shareDrawn(key: string, tokens: number): void;
  /** Below 0: put back. */
  share(key: string, tokens: number): void;
  /** What was to be put back and was not. */
  shareLost(key: string, tokens: number): void;
}

export class WatchedLeases extends LeaseTable {
  readonly #spending: Spending;

  constructor(memory: TableMemory, cells: Cells, spending: Spending) {
    super(memory, cells);
    this.#spending = spending;
  }

  override take(taking: OwnTaking, nowUs: number): Decision | null {
    const decision = super.take(taking, nowUs);
    if (decision?.allowed && taking.cost > 0) this.#spending.lease(taking.key, taking.cost);
    return decision;
  }

  override takeAll(takings: readonly SharedTaking[], nowUs: number): readonly (Decision | null)[] {
    const each = super.takeAll(takings, nowUs);
    const isTaken = takings.every(({ isDry }, i) => each[i]?.allowed || (each[i] && isDry));
    takings.forEach(({ key, cost }, i) => {
      if (isTaken && each[i]?.allowed && cost > 0) this.#spending.lease(key, cost);
    });
    return each;
  }

  override takeShare(taking: SharedTaking, share: Share, nowUs: number): Decision {
    const { key, cost, overdraft } = taking;
    this.#spending.shareAsked(key);
    const decision = super.takeShare(taking, share, nowUs);
    if (overdraft && cost > 0) this.#spending.shareDrawn(key, cost);
    else if (decision.allowed && cost > 0) this.#spending.share(key, cost);
    return decision;
  }

  override putBackShare(taking: OwnTaking, share: Share, nowUs: number): boolean {
    const isBack = super.putBackShare(taking, share, nowUs);
    const { key, cost } = taking;
    if (isBack) this.#spending.share(key, -cost);
    else this.#spending.shareLost(key, cost);
    return isBack;
  }
}
