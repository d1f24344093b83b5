/**
 * A world of instances that share a store, played as a plan says: the real code from the limiter to
 * the model of the script, with everything injected that is not of its own making. One plan always
 * plays the same.
 */
import type { Outcome } from '../../src/lease/terms/exchange.ts';
import { Chance } from './chance.ts';
import { Instance } from './instance.ts';
import { Judges } from './judges.ts';
import { type Answer, Load } from './load.ts';
import { type Fault, isHealthy, type Plan } from './plan.ts';
import { type Execution, SharedStore } from './shared-store.ts';
import { Timeline } from './timeline.ts';
import { Wire } from './wire.ts';

export interface Run {
  readonly faults: readonly string[];
  readonly counts: ReadonlyMap<string, number>;
  /** Every answer and every exchange. */
  readonly log: readonly string[];
  readonly history: readonly Happening[];
  readonly answers: readonly Answer[];
}

/** What the store did, in its order: an exchange, or a key that was forgotten. */
export type Happening = Execution | { readonly forgotten: string };

/** What is kept of a run beside its faults. */
export interface Keeping {
  readonly log?: boolean;
  readonly history?: boolean;
}

/** A number of the plan, and who has it at this time. */
interface Place {
  instance: Instance;
  wire: Wire;
  isDraining: boolean;
}

/** Instances have seen the store by then, and each other. */
const START_US = 2_100_000;
/** By then all is known that there is to know: of the last outage, of the last exchange. */
const SETTLED_US = 3_500_000;
const DRAINED_US = 1_500_000;
const COPY_EVERY_US = 90_000;

export async function play(plan: Plan, keeping: Keeping = {}): Promise<Run> {
  return await new World(plan, keeping).play();
}

class World {
  readonly #plan: Plan;
  readonly #timeline = new Timeline();
  readonly #chance: Chance;
  readonly #store: SharedStore;
  readonly #judges: Judges;
  readonly #load: Load;
  readonly #instances: Instance[] = [];
  readonly #places: Place[] = [];
  readonly #counts = new Map<string, number>();
  readonly #log: string[] = [];
  readonly #history: Happening[] = [];
  readonly #keeping: Keeping;
  #started = 0;

  constructor(plan: Plan, keeping: Keeping) {
    this.#plan = plan;
    this.#keeping = keeping;
    this.#chance = new Chance(plan.seed).fork();
    const timeline = this.#timeline;
    const count = (event: string) => this.#countOne(event);
    const log = (line: () => string) => this.#say(line);
    this.#store = new SharedStore(timeline, {
      executed: (execution) => this.#executed(execution),
      expired: (keys) => {
        this.#judges.expired(keys);
        for (const forgotten of keys) this.#keep({ forgotten });
      },
      forgot: () => this.#judges.forgot(),
      stepped: (byUs) => this.#judges.stepped(byUs),
    });
    const limits = new Map(plan.keys.map(({ key, limits }) => [key, limits]));
    this.#judges = new Judges({
      timeline,
      store: this.#store,
      instances: this.#instances,
      limits,
      decideWithinMs: plan.settings.decideWithinMs,
      isHealthy: isHealthy(plan),
      isPolicyLocal: plan.settings.onStoreDown === 'local',
      count,
    });
    this.#load = new Load({
      plan,
      timeline,
      chance: this.#chance.fork(),
      judges: this.#judges,
      instance: (number) => {
        const { instance, isDraining } = this.#places[number] as Place;
        return instance.isAlive && !isDraining ? instance : undefined;
      },
      log,
      count,
    });
    for (let i = 0; i < plan.instances; i++) this.#places.push(this.#start());
  }

  async play(): Promise<Run> {
    const plan = this.#plan;
    const timeline = this.#timeline;
    this.#copyAgain();
    await timeline.runUntil(START_US);
    this.#load.start();
    for (const { atUs, fault } of plan.faults) timeline.after(atUs, () => this.#happen(fault));
    await timeline.runUntil(START_US + plan.forUs);
    this.#heal();
    await timeline.runUntil(START_US + plan.forUs + SETTLED_US);
    await this.#end();
    return {
      faults: this.#judges.faults,
      counts: this.#counts,
      log: this.#log,
      history: this.#history,
      answers: this.#load.answers,
    };
  }

  #start(): Place {
    const plan = this.#plan;
    const name = `i${this.#started++}`;
    const chance = this.#chance.fork();
    const wire: Wire = new Wire({
      instance: name,
      timeline: this.#timeline,
      chance: chance.fork(),
      store: this.#store,
      plan: plan.wire,
      sent: (exchange) => this.#judges.sent(instance, exchange),
      ended: (exchange) => this.#judges.ended(name, exchange),
      answered: (exchange, reply) => this.#judges.answered(instance, exchange, reply),
      count: (event) => this.#countOne(event),
      lost: () => instance.lost(),
    });
    const instance: Instance = new Instance({
      name,
      timeline: this.#timeline,
      chance: chance.fork(),
      settings: plan.settings,
      deciders: plan.deciders,
      slots: plan.slots,
      evicts: plan.evicts,
      store: wire,
      spending: {
        lease: (key, tokens) => this.#judges.leaseSpent(name, key, tokens),
        shareAsked: (key) => this.#judges.shareAsked(instance, key),
        share: (key, tokens) => this.#judges.shareSpent(instance, key, tokens),
        shareDrawn: (key, tokens) => this.#judges.shareDrawn(name, key, tokens),
        shareLost: (key, tokens) => this.#judges.shareLost(name, key, tokens),
      },
      cameLate: (refund) => this.#judges.cameLate(name, refund),
      count: (event, times) => this.#countOne(event, times),
    });
    this.#instances.push(instance);
    return { instance, wire, isDraining: false };
  }

  #happen(fault: Fault): void {
    this.#say(() => `fault ${JSON.stringify(fault)}`);
    this.#countOne(fault.kind);
    switch (fault.kind) {
      case 'cut':
        for (const number of fault.instances) this.#cut(number, fault.forUs);
        break;
      case 'freeze':
        this.#store.freeze(true);
        this.#timeline.after(fault.forUs, () => this.#store.freeze(false));
        break;
      case 'hold':
        for (const { wire } of this.#places) wire.hold(fault);
        break;
      case 'slow': {
        const { wire } = this.#places[fault.instance] as Place;
        wire.slowUs = fault.byUs;
        this.#timeline.after(fault.forUs, () => {
          wire.slowUs = 0;
        });
        break;
      }
      case 'crash of the store':
        this.#crashStore(fault);
        break;
      case 'crash':
        this.#crash(fault.instance, fault.forUs);
        break;
      case 'drain':
        void this.#drain(this.#places[fault.instance] as Place);
        break;
      case 'connection lost':
        this.#places[fault.instance]?.wire.break();
        break;
      case 'step':
        this.#store.step(fault.byUs);
        break;
      default:
        fault satisfies never;
    }
  }

  #cut(number: number, forUs: number): void {
    const { wire } = this.#places[number] as Place;
    wire.isCut = true;
    this.#timeline.after(forUs, () => {
      wire.isCut = false;
    });
  }

  #crashStore({ forUs, memory }: Extract<Fault, { readonly kind: 'crash of the store' }>): void {
    this.#store.isUp = false;
    if (memory === 'lost') this.#store.wipe();
    if (memory === 'older') this.#store.failOver();
    for (const { wire } of this.#places) wire.break();
    this.#timeline.after(forUs, () => {
      this.#store.isUp = true;
    });
  }

  /** Another takes its place, which knows nothing of it. */
  #crash(number: number, forUs: number): void {
    const place = this.#places[number] as Place;
    if (!place.instance.isAlive) return;
    place.instance.isAlive = false;
    this.#timeline.after(forUs, () => Object.assign(place, this.#start()));
  }

  async #drain(place: Place): Promise<void> {
    if (place.isDraining || !place.instance.isAlive) return;
    place.isDraining = true;
    await place.instance.drain();
    this.#countOne('drained');
  }

  #heal(): void {
    this.#store.isUp = true;
    this.#store.freeze(false);
    for (const { wire } of this.#places) {
      wire.isCut = false;
      wire.slowUs = 0;
      wire.isReliable = true;
    }
  }

  /** All is settled, given back, and in the books. */
  async #end(): Promise<void> {
    const alive = this.#places.filter(
      ({ instance, isDraining }) => instance.isAlive && !isDraining,
    );
    const { faults } = this.#judges;
    if (this.#load.unanswered > 0) faults.push(`${this.#load.unanswered} were never answered`);
    for (const place of alive) void this.#drain(place);
    await this.#timeline.runUntil(this.#timeline.nowUs + DRAINED_US);
    this.#judges.judgeKeys();
    for (const { instance } of alive) this.#judges.judgeBooks(instance.name);
    for (const instance of this.#instances) instance.count();
  }

  #executed(execution: Execution): void {
    this.#judges.executed(execution);
    this.#keep(execution);
    const { exchange, instance, outcome } = execution;
    this.#say(() => `${instance} in the store ${told(exchange)} ${told(outcome)}`);
  }

  #copyAgain(): void {
    const isNeeded = this.#plan.faults.some(
      ({ fault }) => fault.kind === 'crash of the store' && fault.memory === 'older',
    );
    if (!isNeeded) return;
    this.#timeline.after(COPY_EVERY_US, () => {
      if (this.#store.isUp) this.#store.copy();
      this.#copyAgain();
    });
  }

  #countOne(event: string, times = 1): void {
    this.#counts.set(event, (this.#counts.get(event) ?? 0) + times);
  }

  #say(line: () => string): void {
    if (this.#keeping.log) this.#log.push(`${this.#timeline.nowUs} ${line()}`);
  }

  #keep(happening: Happening): void {
    if (this.#keeping.history) this.#history.push(happening);
  }
}

function told(what: Execution['exchange'] | Outcome): string {
  return JSON.stringify(what);
}
