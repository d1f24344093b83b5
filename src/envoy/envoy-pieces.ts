/**
 * The rules of Envoy on their way to the deciders, in pieces between those of the policies: each
 * costs a decider a part of a millisecond.
 */
import type { PlacedDomain } from './placing.ts';
import type { EnvoyRule } from './rule.ts';

export interface EnvoyPiece {
  readonly kind: 'envoy';
  readonly parts: readonly EnvoyPart[];
}

export type EnvoyPart =
  /** A domain, as yet without rules. */
  | {
      readonly kind: 'domain';
      readonly name: string;
      readonly file?: string | undefined;
      readonly overridePlace: number;
    }
  /** The next rule of the domain that came last. */
  | { readonly kind: 'rule'; readonly rule: EnvoyRule; readonly place: number };

const PARTS_A_PIECE = 64;

/** What builds these, in order. */
export function* piecesOfDomains(domains: readonly PlacedDomain[]): Generator<EnvoyPiece> {
  let parts: EnvoyPart[] = [];
  for (const part of partsOf(domains)) {
    parts.push(part);
    if (parts.length < PARTS_A_PIECE) continue;
    yield { kind: 'envoy', parts };
    parts = [];
  }
  if (parts.length > 0) yield { kind: 'envoy', parts };
}

function* partsOf(domains: readonly PlacedDomain[]): Generator<EnvoyPart> {
  for (const { domain, places, overridePlace } of domains) {
    yield { kind: 'domain', name: domain.name, file: domain.file, overridePlace };
    for (const [i, rule] of domain.rules.entries()) {
      yield { kind: 'rule', rule, place: places[i] as number };
    }
  }
}
