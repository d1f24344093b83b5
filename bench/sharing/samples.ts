/** What the load saw of each request, and what that comes to. All times are of one clock. */
import type { Source } from '../../src/contract/sources.ts';
import { quantile } from '../support/statistics.ts';

export interface Sample {
  readonly instance: number;
  readonly key: string;
  /** When it was to be sent. From then on its latency counts, whatever held it up. */
  readonly dueUs: number;
  sentUs: number;
  receivedUs: number;
  /** 0 where there was no answer. */
  status: number;
  /** Undefined where the answer names none. */
  source?: Source | undefined;
}

/** A time, and one after it that is no part of it. */
export type Phase = readonly [fromUs: number, toUs: number];

const ALLOWED = 200;
const DENIED = 429;

export function isAllowed({ status }: Sample): boolean {
  return status === ALLOWED;
}

/** Whether there was no answer, or one that neither allows nor denies. */
export function isLost({ status }: Sample): boolean {
  return status !== ALLOWED && status !== DENIED;
}

export function isWithin({ dueUs }: Sample, [fromUs, toUs]: Phase): boolean {
  return dueUs >= fromUs && dueUs < toUs;
}

/** The part of them that satisfies it. */
export function partOf(samples: readonly Sample[], is: (sample: Sample) => boolean): number {
  return samples.filter(is).length / samples.length;
}

/**
 * The latency that this share of them does not exceed; of one without an answer there is no end.
 */
export function latencyMs(samples: readonly Sample[], share: number): number {
  const latencies = samples.map(({ dueUs, receivedUs, status }) =>
    status === 0 ? Number.POSITIVE_INFINITY : (receivedUs - dueUs) / 1_000,
  );
  return quantile(latencies, share);
}

/** From the first request to the last answer, in seconds: no decision can lie outside. */
export function spanSeconds(samples: readonly Sample[]): number {
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  for (const { sentUs, receivedUs } of samples) {
    first = Math.min(first, sentUs);
    last = Math.max(last, receivedUs);
  }
  return (last - first) / 1_000_000;
}
