/** What Envoy is answered, however it is written. */

export interface RateLimitResponse {
  readonly isOver: boolean;
  /** One for each descriptor, in order. */
  readonly statuses: readonly DescriptorStatus[];
  /** Whole seconds, from 1 on; null where nobody is denied, or no wait helps. */
  readonly retryAfterS: number | null;
}

export interface DescriptorStatus {
  readonly isOver: boolean;
  /** Null where nothing limits it. */
  readonly limit: CurrentLimit | null;
  readonly remaining: number;
  /** Whole seconds, rounded up; null where nothing limits it. */
  readonly resetS: number | null;
}

export interface CurrentLimit {
  readonly requests: number;
  /** See unit.ts. */
  readonly unit: number;
  /** Text; empty where it has none. */
  readonly name: string;
  /** The same as the wire has it, made once. */
  readonly wire: Uint8Array;
}

/** As much as the field holds. */
export const MOST_REMAINING = 0xffff_ffff;

/** No rule, or one that limits nothing. */
export const UNRULED: DescriptorStatus = {
  isOver: false,
  limit: null,
  remaining: 0,
  resetS: null,
};

export const UNLIMITED: DescriptorStatus = { ...UNRULED, remaining: MOST_REMAINING };
