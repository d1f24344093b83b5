/** The field grpc-timeout: how long a client waits. */

const FORM = /^(\d{1,8})([HMSmun])$/;
const UNITS_US: Readonly<Record<string, number>> = {
  H: 3_600_000_000,
  M: 60_000_000,
  S: 1_000_000,
  m: 1_000,
  u: 1,
  n: 0.001,
};

/** In whole microseconds, rounded down; NaN where it is none. */
export function timeoutUs(text: string): number {
  const [, count, unit] = FORM.exec(text) ?? [];
  if (count === undefined || unit === undefined) return Number.NaN;
  return Math.floor(Number(count) * (UNITS_US[unit] as number));
}
