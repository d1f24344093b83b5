/** A histogram of the cells as Prometheus text has it. Used by the exposition. */
import type { HistogramCells } from './cells.ts';

export interface Sample {
  readonly metricName: string;
  readonly labels: { readonly le?: string | number };
  readonly value: number;
}

/** `sums`: each cell added up over all rows. */
export function samplesOf(
  name: string,
  { bounds, buckets, sum }: HistogramCells,
  sums: Float64Array,
): Sample[] {
  const samples: Sample[] = [];
  let count = 0;
  for (let i = 0; i <= bounds.length; i++) {
    count += sums[buckets + i] as number;
    const le = i < bounds.length ? (bounds[i] as number) : '+Inf';
    samples.push({ metricName: `${name}_bucket`, labels: { le }, value: count });
  }
  samples.push({ metricName: `${name}_sum`, labels: {}, value: sums[sum] as number });
  samples.push({ metricName: `${name}_count`, labels: {}, value: count });
  return samples;
}
