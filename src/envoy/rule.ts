/**
 * The rules of Envoy as a file says them, once it is read. Plain data, which goes from thread to
 * thread as it is.
 */
import type { Limit } from '../bucket/limit.ts';

/** How the tokens of a limit come back: all at once when a unit of time ends, or steadily. */
export const ALGORITHMS = ['fixed_window', 'token_bucket'] as const;
export type Algorithm = (typeof ALGORITHMS)[number];

export interface RuleLimit {
  readonly isUnlimited: boolean;
  /** 0: always over. */
  readonly requests: number;
  /** See unit.ts; 0 where it is unlimited. */
  readonly unit: number;
  /** The token bucket; null where it counts by windows. */
  readonly rate: Limit | null;
  /** Empty where it has none. */
  readonly name: string;
  /** Names of limits that do not count in a request for which this one does. */
  readonly replaces: readonly string[];
  /** Takes what a request costs in any case. */
  readonly overdraft: boolean;
}

/** One descriptor of a file. */
export interface EnvoyRule {
  /** From 1: it is within the last before it that is one less deep. */
  readonly depth: number;
  /** Bytes, see request.ts. */
  readonly key: string;
  /** Bytes; may hold stars; empty for any value. */
  readonly value: string;
  /** Null where nothing is limited. */
  readonly limit: RuleLimit | null;
  /** Counted, never denied. */
  readonly isShadow: boolean;
  /** Whether all values that its stars match have one bucket. */
  readonly sharesBucket: boolean;
  /** Whether metrics tell values apart: that of this descriptor; or all, where it is the last. */
  readonly countsValue: boolean;
  readonly countsAll: boolean;
  /** Where it stands in its file; left out where it was not read from one. */
  readonly line?: number;
}

export interface EnvoyDomain {
  /** Text; its bytes are what requests name it by. */
  readonly name: string;
  /** Where it stands; left out where it was not read from a file. */
  readonly file?: string;
  /** Each behind what it is within, and in the order of the file. */
  readonly rules: readonly EnvoyRule[];
}

/** By their names. */
export type EnvoyDomains = ReadonlyMap<string, EnvoyDomain>;

/** By which a limit is counted that a descriptor brings along. */
export const OVERRIDE_LABEL = '(limit)';
