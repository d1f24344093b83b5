/**
 * Policies on their way from the thread that reads them to the deciders, in pieces: each costs a
 * decider a part of a millisecond, so that no question waits for thousands of overrides.
 *
 * A decider builds aside what comes, and puts it in force with the last piece. It is sent one piece
 * at a time, and says when it has dealt with it.
 */

import { type PackedOverride, packed } from './live-policy.ts';
import type { PlacedPolicy } from './placement.ts';
import type { Policy } from './policy.ts';

export type PolicyPiece =
  /** What was built aside before, and never put in force, is thrown away. */
  | { readonly kind: 'begin' }
  | { readonly kind: 'build'; readonly parts: readonly PolicyPart[] }
  | { readonly kind: 'commit' };

export type PolicyPart =
  /** A policy, as yet without overrides. */
  | { readonly kind: 'policy'; readonly policy: Policy; readonly places: readonly number[] }
  /**
   * An override of the policy that came last, or some of its keys; where it stands, 0 where that
   * was not read from a file. `isMore`: of the override before it.
   */
  | {
      readonly kind: 'override';
      readonly override: PackedOverride;
      readonly line: number;
      readonly isMore: boolean;
    };

/** Hands one piece to a decider, and resolves once that has dealt with it. */
export type SendPiece<Other = never> = (piece: PolicyPiece | Other) => Promise<void>;

/** Overrides, and their keys, in a piece: 128 of one key each take a quarter of a millisecond. */
const PIECE_WEIGHT = 256;
/** What is made of a limit of a policy: as much as of so many of those. */
const POLICY_WEIGHT = 4;

/**
 * Resolves once all deciders have put these in force, and no others. `more`: pieces of other rules
 * that are put in force with them.
 */
export async function distribute<Other = never>(
  policies: readonly PlacedPolicy[],
  deciders: readonly SendPiece<Other>[],
  more: () => Iterable<Other> = () => [],
): Promise<void> {
  const build = async (send: SendPiece<Other>) => {
    await send({ kind: 'begin' });
    for (const piece of piecesOf(policies)) await send(piece);
    for (const piece of more()) await send(piece);
  };
  await Promise.all(deciders.map(build));
  // Once all can: whoever asks two of them in turn goes back to the old ones for a moment at most.
  await Promise.all(deciders.map((send) => send({ kind: 'commit' })));
}

/** What builds these, in order. */
export function* piecesOf(policies: readonly PlacedPolicy[]): Generator<PolicyPiece> {
  let parts: PolicyPart[] = [];
  let weight = 0;
  for (const [part, partWeight] of partsOf(policies)) {
    if (weight > 0 && weight + partWeight > PIECE_WEIGHT) {
      yield { kind: 'build', parts };
      parts = [];
      weight = 0;
    }
    parts.push(part);
    weight += partWeight;
  }
  if (weight > 0) yield { kind: 'build', parts };
}

function* partsOf(policies: readonly PlacedPolicy[]): Generator<[PolicyPart, number]> {
  for (const { policy, places } of policies) {
    const { overrides, where, ...rest } = policy;
    const policyWeight = POLICY_WEIGHT * policy.limits.length;
    const bare = { ...rest, overrides: [], ...(where && { where: { ...where, overrides: [] } }) };
    yield [{ kind: 'policy', policy: bare, places }, policyWeight];
    for (const [i, override] of overrides.entries()) {
      const line = where?.overrides[i] ?? 0;
      const { keys, value } = packed(override);
      // In its pieces it is as many overrides in a row, which hold for the same keys in all.
      for (let from = 0; from < keys.length; from += PIECE_WEIGHT) {
        const some = keys.slice(from, from + PIECE_WEIGHT);
        const part = { keys: some, value };
        yield [{ kind: 'override', override: part, line, isMore: from > 0 }, some.length + 1];
      }
    }
  }
}
