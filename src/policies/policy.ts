/**
 * What a policy comes to once its file is read: limits as whole numbers, and who is excepted. Plain
 * data, which goes from thread to thread as it is.
 */
import type { Limit } from '../bucket/limit.ts';
import type { Windows } from '../bucket/window.ts';
import type { ForwardRule } from './forward-rule.ts';
import type { Keyed } from './overrides.ts';

/** How a limit's tokens come back: steadily, or all at once when a window ends. */
export type PolicyLimit = {
  readonly name: string;
  readonly capacity: number;
  /** What a question takes, whatever cost it names; null where that is the question's own. */
  readonly cost: number | null;
} & (
  | { readonly kind: 'bucket'; readonly rate: Limit }
  | { readonly kind: 'window'; readonly windows: Windows }
);

/** What holds for a key instead of the policy's limits. */
export type Exception =
  | { readonly kind: 'limits'; readonly limits: readonly PolicyLimit[] }
  | { readonly kind: 'always'; readonly allowed: boolean };

export interface Policy {
  readonly name: string;
  readonly description: string;
  /** 1 to 8; a question takes from all or from none. */
  readonly limits: readonly PolicyLimit[];
  /** The first that matches a key holds. */
  readonly overrides: readonly Keyed<Exception>[];
  /** Counted and reported, never denied. */
  readonly dryRun: boolean;
  /** How forward-auth finds the key; null where the policy cannot be asked that way. */
  readonly forward: ForwardRule | null;
  /** Left out where it was not read from a file. */
  readonly where?: PolicyPlace;
}

/** Where a policy stands, for people who ask. */
export interface PolicyPlace {
  readonly file: string;
  readonly line: number;
  /** The lines of its limits, and of its overrides, in their order. */
  readonly limits: readonly number[];
  readonly overrides: readonly number[];
}

export type Policies = ReadonlyMap<string, Policy>;
