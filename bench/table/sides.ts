/**
 * Sides that take turns: each has a process of its own, so that each pays for its own garbage, has
 * its own compiled code, and evicts only its own cache lines. They share one core and take short
 * turns on it, so that whatever else the machine does meets all alike.
 */
import { Child } from '../support/child.ts';
import { allowedCores } from '../support/pinned.ts';
import type { Report } from '../support/report.ts';
import { median, range } from '../support/statistics.ts';
import { KEYS_A_BATCH, type SideName, type SideQuestion, type Turn } from './decisions-side.ts';

export interface SidePlan {
  readonly name: SideName;
  /** Keys that are in, and asked for. */
  readonly keys: number;
  /** For how many keys a table has memory. */
  readonly maxKeys: number;
}

export interface TurnsPlan {
  readonly turns: number;
  readonly batchesATurn: number;
}

/** The first turns are not counted: code is still being compiled. */
const WARM_UP_TURNS = 5;

/** Nanoseconds a decision in each turn, a list for each side. */
export async function takeTurns(
  report: Report,
  plans: readonly SidePlan[],
  { turns, batchesATurn }: TurnsPlan,
): Promise<readonly (readonly number[])[]> {
  const sides = plans.map((plan) => ({ plan, child: startSide(plan), ns: [] as number[] }));
  type Side = (typeof sides)[number];
  const ask = async ({ child, plan }: Side, question: SideQuestion): Promise<Turn> => {
    const turn = await child.ask<Turn>(question);
    report.check(turn.size === plan.keys, `${plan.keys} keys are in, ${turn.size} are counted`);
    return turn;
  };
  try {
    for (const side of sides) await ask(side, { ask: 'load', keys: side.plan.keys });
    for (const seed of range(WARM_UP_TURNS + turns)) {
      const answers = new Map<number, Turn>();
      // Another begins each time.
      for (const i of range(sides.length)) {
        const side = sides[(seed + i) % sides.length] as Side;
        const turn = await ask(side, { ask: 'turn', seed, batches: batchesATurn });
        side.ns.push(turn.nsADecision);
        report.check(turn.allowed === batchesATurn * KEYS_A_BATCH, 'the bench denies nobody');
        const other = answers.get(side.plan.keys) ?? turn;
        const agree = turn.remaining === other.remaining;
        report.check(agree, `all sides decide alike at ${side.plan.keys} keys`);
        answers.set(side.plan.keys, turn);
      }
    }
    return sides.map(({ ns }) => ns.slice(WARM_UP_TURNS));
  } finally {
    await Promise.all(sides.map(({ child }) => child.end()));
  }
}

/** The median of the turns' own ratios. */
export function ratioOf(over: readonly number[], under: readonly number[]): number {
  return median(over.map((ns, turn) => ns / (under[turn] as number)));
}

function startSide({ name, maxKeys }: SidePlan): Child {
  return new Child({
    script: new URL('./decisions-side.ts', import.meta.url),
    arguments: [name, String(maxKeys)],
    core: allowedCores()[0],
  });
}
