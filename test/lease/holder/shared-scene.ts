/** A decider and an exchanger in one thread, on a store that answers at once. */
import type { Decision } from '../../../src/bucket/decision.ts';
import type { ToExchanger } from '../../../src/lease/ask-messages.ts';
import { StoreLink } from '../../../src/lease/fetcher/store-link.ts';
import { SharedLimiter } from '../../../src/lease/holder/shared-limiter.ts';
import { LeaseTable } from '../../../src/lease/lease-table.ts';
import type { SharingSettings } from '../../../src/lease/settings.ts';
import { StoreStatus } from '../../../src/lease/store-status.ts';
import type { Asked, Decisions } from '../../../src/limiter/limiter.ts';
import { Cells, sumCells } from '../../../src/metrics/cells.ts';
import { reserveTable } from '../../../src/table/table-memory.ts';
import { calendarBy } from '../../support/calendars.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { FakeStore } from '../fetcher/fake-store.ts';

const MAX_KEYS = 100;

export class SharedScene {
  readonly time = new FakeTime();
  readonly store: FakeStore = new FakeStore(this.time);
  readonly status: StoreStatus;
  readonly leases: LeaseTable;
  readonly limiter: SharedLimiter;
  readonly #cells = Cells.reserve(1);

  constructor(settings: SharingSettings) {
    const { time, store } = this;
    const cells = new Cells(this.#cells, 0);
    const memory = reserveTable(MAX_KEYS, { holds: 'leases', shards: 1 });
    this.status = new StoreStatus(StoreStatus.reserve(1, time.nowUs));
    this.status.comeBack();
    this.leases = new LeaseTable(memory, cells);
    const shared = { settings, status: this.status, cells, clock: time.clock, timers: time };
    const link = new StoreLink({
      ...shared,
      leases: new LeaseTable(memory, cells),
      store,
      calendar: calendarBy(time.clock),
      random: () => 0.5,
      rehearse: async () => undefined,
    });
    const hear = (message: ToExchanger) =>
      link.receive(message, (answer) => this.limiter.receive(answer));
    this.limiter = new SharedLimiter({
      ...shared,
      leases: this.leases,
      maxKeys: MAX_KEYS,
      send: (messages) => {
        for (const message of messages) hear(message);
      },
    });
  }

  get nowUs(): number {
    return this.time.nowUs;
  }

  pass(ms: number): Promise<void> {
    return this.time.pass(ms);
  }

  counted(cell: number): number {
    return sumCells(this.#cells)[cell] as number;
  }

  /** Asks all at one time, and waits for what is told in the end. */
  async takeAll(...asked: readonly Asked[]): Promise<Decisions> {
    const taken = this.limiter.takeAll(asked, this.nowUs);
    let told: Decisions | null = taken instanceof Promise ? null : taken;
    if (taken instanceof Promise) void taken.then((decisions) => (told = decisions));
    for (let i = 0; i < 200 && told === null; i++) await this.pass(i === 0 ? 0 : 1);
    return told ?? (await taken);
  }

  async take(asked: Asked): Promise<Decision> {
    return (await this.takeAll(asked)).each[0] as Decision;
  }
}
