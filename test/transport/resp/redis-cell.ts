/**
 * How redis-cell counts, in a few lines of its own: it keeps no tokens but a time, that at which a
 * key will have paid for all it took. Whole nanoseconds throughout.
 */
const MS = 1_000_000n;
const SECOND = 1_000n * MS;

export interface CellCall {
  readonly maxBurst: number;
  readonly count: number;
  readonly periodS: number;
  readonly quantity: number;
}

/** Limited, limit, remaining, seconds until this passes or -1, seconds until full. */
export type CellReply = readonly [number, number, number, number, number];

export interface CellAnswer {
  readonly reply: CellReply;
  /** The two waits before they were made seconds; null where there is none. */
  readonly retryNs: bigint | null;
  readonly resetNs: bigint;
}

/** One key, which is always asked for under one limit. */
export class CellKey {
  /** Once it has passed the key is gone. */
  #paidAtNs = 0n;

  ask(call: CellCall, nowNs: bigint): CellAnswer {
    const tokenNs = tokenTimeNs(call);
    const limit = BigInt(call.maxBurst) + 1n;
    const burstNs = tokenNs * limit;
    const costNs = tokenNs * BigInt(call.quantity);
    const paidAtNs = this.#paidAtNs > nowNs ? this.#paidAtNs : nowNs;
    const nextPaidAtNs = paidAtNs + costNs;
    const earlyNs = nextPaidAtNs - burstNs - nowNs;
    const isLimited = earlyNs > 0n;
    if (!isLimited) this.#paidAtNs = nextPaidAtNs;
    const resetNs = (isLimited ? paidAtNs : nextPaidAtNs) - nowNs;
    const retryNs = isLimited && costNs <= burstNs ? earlyNs : null;
    return {
      reply: [
        isLimited ? 1 : 0,
        Number(limit),
        remaining(burstNs - resetNs, tokenNs),
        retryNs === null ? -1 : seconds(retryNs),
        seconds(resetNs),
      ],
      retryNs,
      resetNs,
    };
  }
}

/** The time in which one token comes back, cut to a nanosecond. */
export function tokenTimeNs({ count, periodS }: CellCall): bigint {
  return BigInt(Math.trunc((periodS * 1e9) / count));
}

function remaining(freeNs: bigint, tokenNs: bigint): number {
  if (freeNs <= -tokenNs) return 0;
  return Math.trunc(Number(freeNs / 1_000n) / Number(tokenNs / 1_000n));
}

/** One more for a rest of a millisecond or longer. */
function seconds(ns: bigint): number {
  return Number(ns / SECOND) + (ns % SECOND >= MS ? 1 : 0);
}

/** Whether our seconds may be one more: our waits round up, whatever the rest. */
export function hasShortRest(ns: bigint | null): boolean {
  return ns !== null && ns % SECOND > 0n && ns % SECOND < MS;
}
