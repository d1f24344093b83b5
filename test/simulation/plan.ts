/**
 * What one seed makes happen: how many instances under which settings, what is asked, what fails.
 */
import { type AskedLimit, type Limit, limitOf } from '../../src/bucket/limit.ts';
import { MOST_UNDER_WAY, type SharingSettings } from '../../src/lease/settings.ts';
import { Chance } from './chance.ts';
import type { WirePlan } from './wire.ts';

export interface KeyPlan {
  readonly key: string;
  /** The first alone, but where they are mixed. */
  readonly limits: readonly [Limit, ...Limit[]];
  /** Tokens that one question costs, at most. */
  readonly mostCost: number;
  readonly phases: readonly Phase[];
  /** Whether the service keeps the limits: of several now one is in force, and now another. */
  readonly isKept: boolean;
}

/** A time of asking alike. */
export interface Phase {
  readonly forUs: number;
  /** Between two questions, on the average; 0 for no questions. */
  readonly everyUs: number;
  /** Questions that come at once. */
  readonly burst: number;
  /** The instances that are asked, as numbers. */
  readonly at: readonly number[];
}

export type Fault =
  | { readonly kind: 'cut'; readonly instances: readonly number[]; readonly forUs: number }
  | { readonly kind: 'freeze'; readonly forUs: number }
  | { readonly kind: 'hold'; readonly forUs: number; readonly everyUs: number }
  | {
      readonly kind: 'slow';
      readonly instance: number;
      readonly byUs: number;
      readonly forUs: number;
    }
  | { readonly kind: 'crash of the store'; readonly forUs: number; readonly memory: Memory }
  | { readonly kind: 'crash'; readonly instance: number; readonly forUs: number }
  | { readonly kind: 'drain'; readonly instance: number }
  | { readonly kind: 'connection lost'; readonly instance: number }
  | { readonly kind: 'step'; readonly byUs: number };

/** What a store that died has when it is back: all, what a copy had, or nothing. */
export type Memory = 'kept' | 'older' | 'lost';

/** So many new keys in one piece, again and again, and one new key between them. */
export interface Flood {
  readonly keys: number;
  readonly everyUs: number;
  readonly innocentUs: number;
}

export interface PlannedFault {
  readonly atUs: number;
  readonly fault: Fault;
}

export interface Plan {
  readonly seed: number;
  readonly settings: SharingSettings;
  readonly instances: number;
  readonly deciders: number;
  readonly slots: number;
  readonly evicts: boolean;
  readonly wire: WirePlan;
  readonly keys: readonly [KeyPlan, ...KeyPlan[]];
  readonly faults: readonly PlannedFault[];
  readonly forUs: number;
  /** Parts of all questions. */
  readonly strict: number;
  readonly all: number;
  readonly resets: number;
  readonly refunds: number;
  /** Of those under limits that the service keeps. */
  readonly dry: number;
  readonly overdrafts: number;
  /** New keys in great numbers at one instance; null for none. */
  readonly flood: Flood | null;
  /** Whether each waits for his answer, and if denied as long as he is told, and asks again. */
  readonly isPatient?: boolean;
}

const MS = 1_000;
const SECOND = 1_000_000;

export const CALM: WirePlan = {
  latencyUs: [100, 900],
  lossOfRequest: 0,
  lossOfReply: 0,
  doubled: 0,
  late: 0,
  lateUs: [0, 0],
  isCluster: false,
};

const MOST_IN_TWO_TRIPS = 2 * MOST_UNDER_WAY;
const FAR_US = [2_000, 15_000] as const;

/** Whether nothing is planned that could keep the store from answering at once. */
export function isHealthy({ faults, wire }: Plan): boolean {
  const { lossOfRequest, lossOfReply, late, latencyUs } = wire;
  const isReliable = lossOfRequest + lossOfReply + late === 0;
  return faults.length === 0 && isReliable && latencyUs[1] <= CALM.latencyUs[1];
}

export function planOf(seed: number): Plan {
  const chance = new Chance(seed);
  const instances = chance.between(2, 5);
  const forUs = chance.between(1_500, 3_000) * MS;
  const keys = chance.between(2, 5);
  const isMixed = chance.is(0.12);
  const flood = floodOf(chance);
  // An instance has too much to do where the store is far, and time short: each in two trips or
  // never.
  const isHard = flood !== null && chance.is(0.5);
  const settings = isHard ? hardSettings(chance) : someSettings(chance);
  return {
    seed,
    settings,
    instances,
    deciders: chance.between(1, 2),
    slots: chance.is(0.2) ? chance.between(1, 3) : 64,
    evicts: chance.is(0.5),
    wire: isHard ? { ...CALM, latencyUs: FAR_US } : wirePlan(chance, settings.decideWithinMs),
    keys: Array.from({ length: keys }, (_, i) =>
      keyPlan(chance, { key: `key ${i}`, isHot: i === 0, isMixed, instances, forUs }),
    ) as [KeyPlan, ...KeyPlan[]],
    faults: faultsOf(chance, instances, forUs),
    forUs,
    strict: chance.pick([0, 0.05, 0.3]),
    all: chance.pick([0, 0.05, 0.2]),
    resets: chance.is(0.2) ? 0.01 : 0,
    refunds: chance.is(0.2) ? 0.03 : 0,
    dry: chance.pick([0, 0.3]),
    overdrafts: chance.pick([0, 0, 0.05]),
    flood: isHard ? { ...flood, keys: flood.keys + MOST_IN_TWO_TRIPS } : flood,
  };
}

function someSettings(chance: Chance): SharingSettings {
  const storeTimeoutMs = chance.pick([20, 20, 100, 300]);
  return {
    sharing: chance.is(0.15) ? 'strict' : 'leased',
    onStoreDown: chance.pick(['local', 'local', 'local', 'closed', 'open'] as const),
    storeTimeoutMs,
    decideWithinMs: storeTimeoutMs * chance.pick([5, 5, 2]),
  };
}

function hardSettings(chance: Chance): SharingSettings {
  const onStoreDown = chance.pick(['local', 'open'] as const);
  return { sharing: 'leased', onStoreDown, storeTimeoutMs: 20, decideWithinMs: 40 };
}

function floodOf(chance: Chance): Flood | null {
  if (chance.is(0.85)) return null;
  const everyUs = chance.between(250, 700) * MS;
  return { keys: chance.between(100, 700), everyUs, innocentUs: chance.between(5, 40) * MS };
}

/** What is late is to be late for whoever asked too: that goes by how long a question may take. */
function wirePlan(chance: Chance, decideWithinMs: number): WirePlan {
  if (chance.is(0.25)) return CALM;
  const rate = chance.pick([0.01, 0.05, 0.15]);
  const some = () => (chance.is(0.6) ? rate : 0);
  return {
    latencyUs: chance.pick([[100, 900] as const, [100, 4_000] as const, FAR_US]),
    lossOfRequest: some(),
    lossOfReply: some(),
    doubled: some(),
    late: some(),
    lateUs: chance.pick([
      [10 * MS, 40 * MS] as const,
      [0, 2 * decideWithinMs * MS] as const,
      [100 * MS, 1_500 * MS] as const,
    ]),
    isCluster: chance.is(0.3),
  };
}

interface KeyTraits {
  readonly key: string;
  readonly isHot: boolean;
  readonly isMixed: boolean;
  readonly instances: number;
  readonly forUs: number;
}

function keyPlan(chance: Chance, traits: KeyTraits): KeyPlan {
  const { key, isHot, isMixed, instances, forUs } = traits;
  const limits = Array.from({ length: isMixed ? chance.between(2, 3) : 1 }, () =>
    someLimit(chance, isHot),
  ) as [Limit, ...Limit[]];
  const { capacity, count, period, tickUs } = limits[0];
  // Demand from a little below what the limit allows to many times that.
  const perUs = (count / period / tickUs) * chance.pick([0.8, 2, 5, 10]);
  const usualUs = isHot ? chance.between(3, 8) * MS : chance.between(15, 120) * MS;
  const cost = Math.ceil(2 * perUs * usualUs);
  const mostCost = Math.max(1, Math.min(capacity, chance.is(0.7) ? cost : capacity));
  const phases: Phase[] = [];
  for (let leftUs = forUs; leftUs > 0; leftUs -= phases.at(-1)?.forUs ?? leftUs) {
    phases.push(phase(chance, usualUs, instances));
  }
  return { key, limits, mostCost, phases, isKept: chance.is(0.3) };
}

function phase(chance: Chance, usualUs: number, instances: number): Phase {
  const all = Array.from({ length: instances }, (_, i) => i);
  const at = chance.is(0.6) ? all : all.filter(() => chance.is(0.5));
  const everywhere = at.length > 0 ? at : all;
  const kind = chance.between(0, 4);
  if (kind === 0) return { forUs: chance.between(200, 900) * MS, everyUs: 0, burst: 0, at: all };
  if (kind === 1) {
    const burst = chance.between(5, 25);
    return { forUs: chance.between(100, 600) * MS, everyUs: 30 * usualUs, burst, at: everywhere };
  }
  return { forUs: chance.between(200, 900) * MS, everyUs: usualUs, burst: 1, at: everywhere };
}

/** Large enough to be leased, or not; slow ones; one that ticks in milliseconds. */
function someLimit(chance: Chance, isHot: boolean): Limit {
  const kind = isHot ? chance.between(0, 4) : chance.between(0, 9);
  if (kind <= 4) {
    const capacity = chance.between(40, 800);
    return limit({ capacity, count: chance.between(100, 2_000), periodUs: SECOND });
  }
  if (kind <= 6) {
    const capacity = chance.between(1, 20);
    return limit({ capacity, count: chance.between(1, 30), periodUs: SECOND });
  }
  if (kind === 7) return limit({ capacity: 1_000, count: 1_000, periodUs: 60 * SECOND });
  if (kind === 8) return limit({ capacity: 100, count: 7, periodUs: 13 * MS });
  return limit({ capacity: 999_983, count: 999_979, periodUs: 86_400 * SECOND });
}

function limit(asked: AskedLimit): Limit {
  return limitOf(asked) as Limit;
}

function faultsOf(chance: Chance, instances: number, forUs: number): readonly PlannedFault[] {
  if (chance.is(0.35)) return [];
  return Array.from({ length: chance.between(1, 4) }, () => ({
    atUs: chance.between(0, forUs),
    fault: faultOf(chance, instances),
  }));
}

function faultOf(chance: Chance, instances: number): Fault {
  const instance = chance.between(0, instances - 1);
  const forUs = chance.between(30, 1_200) * MS;
  const all = Array.from({ length: instances }, (_, i) => i);
  switch (chance.between(0, 12)) {
    case 0:
    case 1:
      return { kind: 'cut', instances: all, forUs };
    case 2:
    case 3:
      return { kind: 'cut', instances: all.filter(() => chance.is(0.5)), forUs };
    case 4:
      return { kind: 'freeze', forUs };
    case 5:
      return { kind: 'slow', instance, byUs: chance.between(5, 300) * MS, forUs };
    case 6:
      return { kind: 'crash of the store', forUs, memory: 'kept' };
    case 7:
      return { kind: 'crash of the store', forUs, memory: chance.pick(['older', 'lost'] as const) };
    case 8:
      return { kind: 'crash', instance, forUs };
    case 9:
      return { kind: 'drain', instance };
    case 10:
      return { kind: 'connection lost', instance };
    case 11: {
      const everyUs = chance.between(300, 1_000) * MS;
      return { kind: 'hold', forUs: chance.between(10, 250) * MS, everyUs };
    }
    default:
      return { kind: 'step', byUs: chance.between(-2_000, 1_000) * MS };
  }
}
