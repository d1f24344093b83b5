/**
 * A world of instances that share windows, with clocks of their own that are minutes apart: the
 * real code from the limiter to the model of the script. One seed always plays the same.
 */
import type { KeptLimit } from '../../src/bucket/kept-limit.ts';
import { type Limit, limitOf } from '../../src/bucket/limit.ts';
import type { SharingSettings } from '../../src/lease/settings.ts';
import { isReply } from '../../src/lease/terms/exchange.ts';
import type { KeptQuestion } from '../../src/limiter/limiter.ts';
import { windowKind } from '../../src/policies/calendar.ts';
import { OpenWindows } from '../../src/policies/open-windows.ts';
import { WindowClock } from '../../src/policies/window-clock.ts';
import { Chance } from './chance.ts';
import { Instance } from './instance.ts';
import { CALM } from './plan.ts';
import { SharedStore } from './shared-store.ts';
import { Timeline } from './timeline.ts';
import { WindowJudge } from './window-judge.ts';
import { Wire, type WirePlan } from './wire.ts';

export interface WindowKey {
  readonly key: string;
  readonly capacity: number;
  readonly lengthUs: number;
  readonly mostCost: number;
  /** Between two questions, on the average. */
  readonly everyUs: number;
}

export interface WindowPlan {
  readonly seed: number;
  readonly instances: number;
  readonly settings: SharingSettings;
  readonly wire: WirePlan;
  readonly keys: readonly WindowKey[];
  /** Part of all questions that ask for all keys at once, all or none. */
  readonly all: number;
  readonly forUs: number;
  readonly isCalm: boolean;
  /** Whether the store's clock is set now and then. */
  readonly steps: boolean;
}

const MS = 1_000;
const SECOND = 1_000_000;
const START_US = 2_100_000;
const MOST_APART_US = 300 * SECOND;

export function windowPlanOf(seed: number): WindowPlan {
  const chance = new Chance(seed).fork();
  const isCalm = chance.is(0.3);
  const instances = chance.between(2, 4);
  return {
    seed,
    instances,
    settings: {
      sharing: chance.is(0.2) ? 'strict' : 'leased',
      onStoreDown: chance.pick(['local', 'closed'] as const),
      storeTimeoutMs: 20,
      decideWithinMs: 100,
    },
    wire: isCalm ? CALM : troubled(chance),
    keys: Array.from({ length: chance.between(1, 3) }, (_, i) => keyOf(chance, i)),
    all: chance.pick([0, 0.2]),
    forUs: chance.between(2_000, 4_000) * MS,
    isCalm,
    steps: !isCalm && chance.is(0.4),
  };
}

function troubled(chance: Chance): WirePlan {
  const rate = chance.pick([0.01, 0.1]);
  return {
    ...CALM,
    lossOfRequest: rate,
    lossOfReply: rate,
    doubled: rate,
    late: rate,
    lateUs: chance.pick([
      [10 * MS, 40 * MS],
      [100 * MS, 1_500 * MS],
    ]),
  };
}

/** From a few tokens, each asked of the store, to so many that leases are worth it. */
function keyOf(chance: Chance, number: number): WindowKey {
  const capacity = chance.pick([3, 40, 900, 5_000]);
  const lengthUs = chance.pick([250, 500, 1_000, 4_000]) * MS;
  const mostCost = chance.is(0.5) ? 1 : Math.ceil(capacity / 20);
  const demand = chance.pick([0.5, 1.5, 4]);
  const everyUs = Math.max(400, (lengthUs * ((1 + mostCost) / 2)) / (capacity * demand));
  return { key: `key ${number}`, capacity, lengthUs, mostCost, everyUs };
}

/** An instance, and what windows it thinks there are. */
interface Place {
  instance: Instance;
  wire: Wire;
  clocks: ReadonlyMap<string, WindowClock>;
  readonly aheadUs: number;
}

export async function playWindows(plan: WindowPlan): Promise<WindowJudge> {
  return await new WindowWorld(plan).play();
}

class WindowWorld {
  readonly #plan: WindowPlan;
  readonly #timeline = new Timeline();
  readonly #chance: Chance;
  readonly #store: SharedStore;
  readonly #judge: WindowJudge;
  readonly #places: Place[] = [];
  readonly #rates: ReadonlyMap<string, Limit>;
  #started = 0;

  constructor(plan: WindowPlan) {
    this.#plan = plan;
    this.#chance = new Chance(plan.seed);
    this.#store = new SharedStore(this.#timeline, {
      executed: ({ exchange, outcome }) => {
        // An instance looks first whether the store is there.
        if (exchange.windows === undefined) return;
        if (isReply(outcome)) this.#judge.executed(exchange.key, outcome);
        else this.#judge.count(typeof outcome === 'string' ? outcome : 'elsewhere');
      },
      expired: (keys) => this.#judge.expired(keys),
      forgot: () => undefined,
      stepped: () => undefined,
    });
    this.#judge = new WindowJudge(plan, () => this.#store.nowUs);
    this.#rates = new Map(plan.keys.map(({ key, ...limit }) => [key, rateOf(limit)]));
    for (let i = 0; i < plan.instances; i++) this.#places.push(this.#place());
  }

  async play(): Promise<WindowJudge> {
    const { forUs, keys, isCalm } = this.#plan;
    const timeline = this.#timeline;
    await timeline.runUntil(START_US);
    for (const key of keys) this.#askAgain(key);
    if (!isCalm) this.#troubleAgain();
    await timeline.runUntil(START_US + forUs + 2 * SECOND);
    this.#judge.end();
    return this.#judge;
  }

  #place(): Place {
    const aheadUs = this.#chance.between(-MOST_APART_US, MOST_APART_US);
    return { ...this.#start(aheadUs), aheadUs };
  }

  #start(aheadUs: number): Pick<Place, 'instance' | 'wire' | 'clocks'> {
    const { settings, wire: wirePlan, keys } = this.#plan;
    const timeline = this.#timeline;
    const name = `i${this.#started++}`;
    const chance = this.#chance.fork();
    const startUs = this.#store.nowUs - timeline.nowUs;
    const wall = () => startUs + timeline.nowUs + aheadUs;
    const nothing = () => undefined;
    const wire: Wire = new Wire({
      instance: name,
      timeline,
      chance: chance.fork(),
      store: this.#store,
      plan: wirePlan,
      sent: nothing,
      ended: nothing,
      answered: nothing,
      count: nothing,
      lost: () => instance.lost(),
    });
    const instance: Instance = new Instance({
      name,
      timeline,
      chance: chance.fork(),
      settings,
      deciders: 2,
      slots: 64,
      evicts: true,
      store: wire,
      wall,
      spending: {
        lease: (key, tokens) => this.#judge.leaseSpent(key, tokens),
        share: (key, tokens) => this.#judge.shareSpent(key, tokens, clocks.get(key), instance),
        shareAsked: nothing,
        shareDrawn: nothing,
        shareLost: nothing,
      },
      cameLate: nothing,
      count: nothing,
    });
    const shared = new OpenWindows(OpenWindows.reserve());
    const clocks = new Map(
      keys.map(({ key, lengthUs }) => {
        const kind = windowKind({ by: 'length', lengthUs });
        return [key, new WindowClock(kind, shared, wall)] as const;
      }),
    );
    return { instance, wire, clocks };
  }

  #askAgain(key: WindowKey): void {
    const { forUs, all, keys } = this.#plan;
    const us = 1 + Math.floor(-Math.log(1 - this.#chance.next()) * key.everyUs);
    if (this.#timeline.nowUs + us >= START_US + forUs) return;
    this.#timeline.after(us, () => {
      this.#ask(this.#chance.is(all) ? keys : [key]);
      this.#askAgain(key);
    });
  }

  #ask(keys: readonly WindowKey[]): void {
    const { instance, clocks } = this.#chance.pick(this.#places);
    if (!instance.isAlive) return;
    const nowUs = instance.clock();
    const questions = keys.map(({ key, mostCost }): KeptQuestion => {
      const window = (clocks.get(key) as WindowClock).at(nowUs);
      const kept: KeptLimit = { rate: this.#rates.get(key) as Limit, window };
      const cost = this.#chance.between(1, mostCost);
      return { key, kept, cost, overdraft: false, isDry: false };
    });
    const asked = this.#judge.asked(questions);
    const decided = this.#chance.pick(instance.limiters).takeAll(questions, nowUs);
    if (decided instanceof Promise) {
      void decided.then((decisions) => instance.isAlive && this.#judge.told(asked, decisions));
    } else this.#judge.told(asked, decided);
  }

  /** Cuts, crashes, lost connections and clocks that are set, one after the other. */
  #troubleAgain(): void {
    const chance = this.#chance;
    this.#timeline.after(chance.between(100, 900) * MS, () => {
      this.#troubleAgain();
      const place = chance.pick(this.#places);
      const kind = chance.between(0, this.#plan.steps ? 4 : 3);
      if (kind === 0) this.#cut(place);
      else if (kind === 1) for (const one of this.#places) this.#cut(one);
      else if (kind === 2) place.wire.break();
      else if (kind === 3) this.#crash(place);
      else this.#store.step(chance.between(-3 * SECOND, 3 * SECOND));
    });
  }

  #cut({ wire }: Place): void {
    wire.isCut = true;
    this.#timeline.after(this.#chance.between(30, 900) * MS, () => {
      wire.isCut = false;
    });
  }

  /** Another takes its place, which knows nothing of it, and whose clock is no better. */
  #crash(place: Place): void {
    place.instance.isAlive = false;
    Object.assign(place, this.#start(place.aheadUs));
  }
}

function rateOf({ capacity, lengthUs }: { capacity: number; lengthUs: number }): Limit {
  return limitOf({ capacity, count: capacity, periodUs: lengthUs }) as Limit;
}
