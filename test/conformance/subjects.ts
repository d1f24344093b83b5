/**
 * What is held against the promise here: a limiter in a time that a test moves, once with buckets
 * of its own and once with two instances that share a store. Everything is the real code but the
 * store, which is the model of its script, and the wire to it, on which all takes the same short
 * time.
 */
import type { Decision } from '../../src/bucket/decision.ts';
import type { Limit } from '../../src/bucket/limit.ts';
import { SETTINGS } from '../lease/fetcher/exchanger-scene.ts';
import { Chance } from '../simulation/chance.ts';
import { Instance } from '../simulation/instance.ts';
import { SharedStore } from '../simulation/shared-store.ts';
import { Timeline } from '../simulation/timeline.ts';
import { Wire } from '../simulation/wire.ts';
import { TestTable } from '../table/tables.ts';

export interface Subject {
  readonly nowUs: number;
  /** Asks for each cost, all at one time and in this order. */
  askAll(limit: Limit, costs: readonly number[]): Promise<readonly Decision[]>;
  pass(us: number): Promise<void>;
}

const KEY = 'alice';

export function localSubject(): Subject {
  const table = new TestTable(100);
  return {
    get nowUs() {
      return table.nowUs;
    },
    askAll: async (limit, costs) => costs.map((cost) => table.take(KEY, limit, cost)),
    pass: async (us) => {
      table.nowUs += us;
    },
  };
}

/** The least of everything: nothing is late, lost or drifting, and a run can be told to the ms. */
class NoChance extends Chance {
  constructor() {
    super(0);
  }

  override next(): number {
    return 0.5;
  }

  override between(least: number): number {
    return least;
  }

  override is(): boolean {
    return false;
  }

  override fork(): Chance {
    return this;
  }
}

const PLAN = {
  latencyUs: [100, 100] as const,
  lossOfRequest: 0,
  lossOfReply: 0,
  doubled: 0,
  late: 0,
  lateUs: [0, 0] as const,
  isCluster: false,
};
/** The instances know of each other and of the store by then. */
const READY_US = 2_500_000;
/** More than an answer of the store takes. */
const ANSWERED_US = 600;

/**
 * Two instances, asked by turns. `strict`: the store decides each question; else leases do, where
 * a limit is large enough for one.
 */
export async function sharedSubject({ strict = true } = {}): Promise<Subject> {
  const timeline = new Timeline();
  const store = new SharedStore(timeline, {
    executed: () => undefined,
    expired: () => undefined,
    forgot: () => undefined,
    stepped: () => undefined,
  });
  const instances = ['one', 'other'].map((name) => startInstance(name, timeline, store));
  await timeline.runUntil(READY_US);
  let asked = 0;
  return {
    get nowUs() {
      return timeline.nowUs;
    },
    askAll: async (limit, costs) => {
      const atUs = timeline.nowUs;
      const decisions = costs.map((cost) => {
        const { limiters, clock } = instances[asked++ % instances.length] as Instance;
        return limiters[0]?.take({ key: KEY, limit, cost, strict }, clock()) as Decision;
      });
      if (decisions.some((decision) => (decision as unknown) instanceof Promise)) {
        await timeline.runUntil(atUs + ANSWERED_US);
      }
      return Promise.all(decisions);
    },
    pass: (us) => timeline.runUntil(timeline.nowUs + us),
  };
}

function startInstance(name: string, timeline: Timeline, store: SharedStore): Instance {
  const chance = new NoChance();
  const nothing = () => undefined;
  const wire: Wire = new Wire({
    instance: name,
    timeline,
    chance,
    store,
    plan: PLAN,
    sent: nothing,
    ended: nothing,
    answered: nothing,
    count: nothing,
    lost: () => instance.lost(),
  });
  const instance: Instance = new Instance({
    name,
    timeline,
    chance,
    settings: SETTINGS,
    deciders: 1,
    slots: 100,
    evicts: false,
    store: wire,
    spending: {
      lease: nothing,
      shareAsked: nothing,
      shareDrawn: nothing,
      share: nothing,
      shareLost: nothing,
    },
    cameLate: nothing,
    count: nothing,
  });
  return instance;
}
