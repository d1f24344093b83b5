/**
 * An exchanger and the table whose leases it fetches, on a store and in a time that the test moves.
 */
import type { Decision } from '../../../src/bucket/decision.ts';
import type { Limit } from '../../../src/bucket/limit.ts';
import type { StandIn } from '../../../src/contract/sources.ts';
import { Exchanger } from '../../../src/lease/fetcher/exchanger.ts';
import { LeaseTable } from '../../../src/lease/lease-table.ts';
import type { SharingSettings } from '../../../src/lease/settings.ts';
import { StoreStatus } from '../../../src/lease/store-status.ts';
import { isUnanswered, type Unanswered } from '../../../src/lease/unanswered.ts';
import { Cells, sumCells } from '../../../src/metrics/cells.ts';
import { reserveTable, type TableMemory } from '../../../src/table/table-memory.ts';
import { calendarBy } from '../../support/calendars.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { limitOf } from '../../table/tables.ts';
import { FakeStore } from './fake-store.ts';

/** Large enough to be leased: ten tokens a millisecond. */
export const LARGE: Limit = limitOf(100_000, 10);

export const SETTINGS: SharingSettings = {
  sharing: 'leased',
  onStoreDown: 'local',
  storeTimeoutMs: 20,
  decideWithinMs: 100,
};

export interface Asking {
  readonly limit?: Limit;
  readonly strict?: boolean;
  readonly holds?: boolean;
  readonly overdraft?: boolean;
  readonly askedUs?: number;
}

export class ExchangerScene {
  /** What each that was told why was told of the store's last answer. */
  readonly sinceUs: number[] = [];
  readonly time = new FakeTime();
  /** How far its wall clock is ahead of the store's. */
  wallAheadUs = 0;
  /** And by how much more whenever it is read. */
  wallStepUs = 0;
  readonly store: FakeStore = new FakeStore(this.time);
  readonly status: StoreStatus;
  readonly memory: TableMemory;
  readonly leases: LeaseTable;
  readonly exchanger: Exchanger;
  /**
   * Whether exchanges were answered in time, as the breaker is told; and each silence of the store.
   */
  readonly answered: (boolean | 'silent')[] = [];
  readonly #cells = Cells.reserve(2);

  constructor(settings: Partial<SharingSettings> = {}, maxKeys = 1_000) {
    const { time, store } = this;
    const cells = new Cells(this.#cells, 0);
    this.status = new StoreStatus(StoreStatus.reserve(1, time.nowUs));
    this.status.comeBack();
    this.memory = reserveTable(maxKeys, { holds: 'leases', shards: 1 });
    this.leases = new LeaseTable(this.memory, new Cells(this.#cells, 1));
    this.exchanger = new Exchanger({
      settings: { ...SETTINGS, ...settings },
      leases: this.leases,
      store,
      status: this.status,
      calendar: calendarBy(() => {
        this.wallAheadUs += this.wallStepUs;
        return time.nowUs + this.wallAheadUs;
      }),
      cells,
      clock: time.clock,
      timers: time,
      answered: (inTime) => this.answered.push(inTime),
      silent: () => this.answered.push('silent'),
    });
  }

  /**
   * Asks for each cost in one turn. What each is told stands in the list once it is, or why
   * nothing.
   */
  ask(key: string, costs: readonly number[], more: Asking = {}) {
    const told: (Decision | StandIn)[] = [];
    const { limit = LARGE, askedUs = this.time.nowUs } = more;
    const { strict = false, holds = false, overdraft = false } = more;
    costs.forEach((cost, i) => {
      const answer = (one: Decision | Unanswered) => {
        told[i] = isUnanswered(one) ? one.why : one;
        if (isUnanswered(one)) this.sinceUs.push(one.sinceUs);
      };
      const isOver = false;
      const how = { strict, holds, overdraft, askedUs };
      this.exchanger.ask({ key, limit, cost, ...how, answer, isOver });
    });
    return told;
  }

  /** Asks until there is a lease, which then has some tokens left. */
  async lease(key: string): Promise<void> {
    this.ask(
      key,
      Array.from({ length: 100 }, () => 1),
    );
    await this.time.settle();
  }

  counted(cell: number): number {
    return sumCells(this.#cells)[cell] as number;
  }
}
