/** What a list of measurements comes to. */

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The median of the rounds' own ratios. */
export function medianRatio(over: readonly number[], under: readonly number[]): number {
  return median(over.map((value, round) => value / (under[round] ?? Number.NaN)));
}

/** The smallest value that at least this share of the values does not exceed; NaN of none. */
export function quantile(values: ArrayLike<number>, share: number): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? Number.NaN;
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** 0, 1, … up to `count`. */
export function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}
