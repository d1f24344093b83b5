/** The limiter of instances that share limits: it does what every limiter does. */
import { describe } from 'vitest';
import type { ToExchanger } from '../../../src/lease/ask-messages.ts';
import { StoreLink } from '../../../src/lease/fetcher/store-link.ts';
import { SharedLimiter } from '../../../src/lease/holder/shared-limiter.ts';
import { LeaseTable } from '../../../src/lease/lease-table.ts';
import type { SharingSettings } from '../../../src/lease/settings.ts';
import { StoreStatus } from '../../../src/lease/store-status.ts';
import { Cells } from '../../../src/metrics/cells.ts';
import { reserveTable } from '../../../src/table/table-memory.ts';
import { type LimiterScene, limiterCases } from '../../limiter/limiter.cases.ts';
import { FakeTime } from '../../support/fake-time.ts';
import { SETTINGS } from '../fetcher/exchanger-scene.ts';
import { FakeStore } from '../fetcher/fake-store.ts';

describe.each(['leased', 'strict'] as const)('%s', (sharing) => {
  limiterCases(() => openShared({ ...SETTINGS, sharing }));
});

/** A decider and an exchanger in one thread, on a store that answers at once. */
function openShared(settings: SharingSettings): LimiterScene {
  const time = new FakeTime();
  const cells = new Cells(Cells.reserve(1), 0);
  const memory = reserveTable(100, { holds: 'leases', shards: 1 });
  const status = new StoreStatus(StoreStatus.reserve(1, time.nowUs));
  status.comeBack();
  const shared = { settings, status, cells, clock: time.clock, timers: time };
  const link = new StoreLink({
    ...shared,
    leases: new LeaseTable(memory, cells),
    store: new FakeStore(time),
    random: () => 0.5,
    rehearse: async () => undefined,
  });
  const hear = (message: ToExchanger) => link.receive(message, (answer) => limiter.receive(answer));
  const limiter: SharedLimiter = new SharedLimiter({
    ...shared,
    leases: new LeaseTable(memory, cells),
    maxKeys: 100,
    send: (messages) => {
      for (const message of messages) hear(message);
    },
  });
  return {
    limiter,
    get nowUs() {
      return time.nowUs;
    },
    pass: (ms) => time.pass(ms),
  };
}
