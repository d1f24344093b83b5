/** How the store has one key, read from its hash; reckoned with here apart from the source. */
import type { Lease } from '../lease/model/exchange-entry.ts';

export interface Picture {
  readonly used: number;
  readonly atUs: number;
  readonly count: number;
  readonly period: number;
  readonly tickUs: number;
  readonly seenUs: number;
  readonly leases: ReadonlyMap<string, Readonly<Lease>>;
}

/** What is in use at one time, in units. */
export interface InUse {
  /** Leased tokens are not among it. */
  readonly used: number;
  /** Those that have not ended. */
  readonly leases: ReadonlyMap<string, Readonly<Lease>>;
  /** Their tokens. */
  readonly held: number;
  /** The least that was used since it was written. */
  readonly lowest: number;
}

export function pictureOf(hash: Readonly<Record<string, string>> | null): Picture | null {
  if (hash === null) return null;
  const leases = new Map<string, Lease>();
  for (const name of Object.keys(hash)) {
    if (!name.startsWith('i:')) continue;
    const [seq = 0, held = 0, expiryUs = 0, grant = 0, booked = 0] = numbersIn(hash[name]);
    leases.set(name.slice(2), { seq, held, expiryUs, grant, booked });
  }
  const [, used = 0, sinceUs = 0, , seenUs = 0] = numbersIn(hash['bucket']);
  const [count = 0, period = 0, tickUs = 0] = numbersIn(hash['limit']);
  return { used, atUs: seenUs - sinceUs, count, period, tickUs, seenUs, leases };
}

function numbersIn(field = ''): readonly number[] {
  return field.split(':').map(Number);
}

/**
 * Leased tokens occupy the bucket until their lease ends, and are used from then on: those of all
 * that have ended from the end of the last of them. Between ticks the bucket refills too.
 */
export function inUseAt(picture: Picture, nowUs: number): InUse {
  const { period, tickUs, leases: all } = picture;
  const slipUs = Math.max(0, picture.seenUs - nowUs);
  const perUs = picture.count / tickUs;
  let { used } = picture;
  let atUs = picture.atUs - slipUs;
  const leases = new Map<string, Readonly<Lease>>();
  let held = 0;
  let ended = 0;
  let endedUs = atUs;
  for (const [instance, lease] of all) {
    if (lease.expiryUs - slipUs > nowUs) {
      leases.set(instance, lease);
      held += lease.held;
    } else {
      ended += lease.held;
      endedUs = Math.max(endedUs, lease.expiryUs - slipUs);
    }
  }
  let lowest = used;
  if (ended > 0) {
    lowest = Math.max(0, used - (endedUs - atUs) * perUs);
    used = lowest + ended * period;
    atUs = endedUs;
  }
  used = Math.max(0, used - (nowUs - atUs) * perUs);
  return { used, leases, held, lowest: Math.min(lowest, used) };
}

/** Tokens that are not to be had, leased ones among them. */
export function tokensInUse(picture: Picture | null, nowUs: number): number {
  if (picture === null) return 0;
  const { used, held } = inUseAt(picture, nowUs);
  return used / picture.period + held;
}
