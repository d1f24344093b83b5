/** What the admin port answers, as far as this page reads it. docs/run/admin.md says it whole. */

export interface Descriptor {
  readonly key: string;
  readonly value: string;
  readonly isPattern?: true;
}

/** Whose a key is. All of it is text that strangers have sent. */
export interface KeyReport {
  readonly id: string;
  readonly namespace: 'plain' | 'policy' | 'envoy';
  readonly key: string;
  readonly policy?: string;
  readonly limit?: string;
  readonly domain?: string;
  readonly descriptor?: readonly Descriptor[];
  readonly unit?: string;
  readonly cut?: { readonly bytes: number; readonly sha256: string };
}

export interface TopReport {
  readonly by: 'denied' | 'allowed';
  readonly halfLifeSeconds: number;
  readonly keys: readonly (KeyReport & {
    readonly count: number;
    readonly error: number;
    readonly perSecond: number;
  })[];
}

/** What is not known of a bucket is null. */
export interface FoundKey extends KeyReport {
  readonly capacity: number | null;
  readonly remaining: number | null;
  readonly fullInSeconds: number | null;
  readonly state: 'allowed' | 'denied' | null;
}

export interface KeysReport {
  readonly keys: readonly FoundKey[];
  /** Null where all have been looked at. */
  readonly cursor: string | null;
}

export interface Outcomes {
  readonly allowed: number;
  readonly denied: number;
}

export type Store =
  | { readonly isShared: false }
  | {
      readonly isShared: true;
      readonly instances: number;
      readonly store: {
        readonly isAway: boolean;
        readonly awaySeconds: number | null;
        readonly usableRatio: number;
      };
    };

/** The event `now`. */
export interface Now {
  readonly time: string;
  readonly decisionsPerSecond: Readonly<Record<string, Outcomes>>;
  /** Null where nothing was answered; its members, beyond the last bound. */
  readonly answerSeconds: {
    readonly p50AtMost: number | null;
    readonly p99AtMost: number | null;
  } | null;
  readonly keys: number;
  readonly maxKeys: number;
  readonly swapsPerSecond: number;
  readonly store: Store;
}

/** The event `happening`. */
export interface Happening {
  readonly time: string;
  readonly kind: string;
  readonly what: string;
}

/** Everything else is shown as it comes. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [name: string]: Json;
}

/** How a bucket is, and why. */
export type Explanation = KeyReport & {
  /** What is not known of it is null. */
  readonly bucket: {
    readonly used: number;
    readonly remaining: number | null;
    readonly capacity: number | null;
    readonly fullInSeconds: number | null;
    readonly retryAfterSeconds: number | null;
  } | null;
};

export interface PolicyReport {
  readonly name: string;
  readonly file: string;
  readonly line: number;
  readonly overrides: number;
  readonly limits: readonly LimitReport[];
}

export interface LimitReport {
  readonly name: string;
  readonly allowed: number;
  readonly denied: number;
  readonly wouldDeny: number;
}

export interface PoliciesReport {
  readonly policies: readonly PolicyReport[];
}

export interface PolicyRow {
  readonly policy: PolicyReport;
  readonly limit: LimitReport;
}
