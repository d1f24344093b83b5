/** What this instance knows of those that share its limits, and of their store. */
import { StoreStatus } from '../lease/store-status.ts';

export type InstancesReport =
  | { readonly isShared: false }
  | {
      readonly isShared: true;
      /** As last counted, this one among them. */
      readonly instances: number;
      readonly store: {
        readonly isAway: boolean;
        /** Null while it is there. */
        readonly awaySeconds: number | null;
        /** From 0 to 1: for which part of all keys it does what is needed. */
        readonly usableRatio: number;
      };
    };

/** `store` is null where limits are not shared. */
export function instancesReport(store: SharedArrayBuffer | null, nowUs: number): InstancesReport {
  if (store === null) return { isShared: false };
  const { isAway, outage, usable, instances } = new StoreStatus(store);
  const awaySeconds = isAway ? Math.max(0, Math.round((nowUs - outage.sinceUs) / 1_000_000)) : null;
  return { isShared: true, instances, store: { isAway, awaySeconds, usableRatio: usable } };
}
