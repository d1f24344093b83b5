/** Reads what was counted in a row of cells, or between two looks at one. */
import { type HistogramCells, TRANSPORTS } from '../metrics/cells.ts';

export interface HistogramReport {
  readonly count: number;
  /** Left out, all three, where nothing was counted. */
  readonly mean?: number;
  /** A bound below which half of them lie; null beyond the last. */
  readonly p50AtMost?: number | null;
  readonly p99AtMost?: number | null;
}

export class Counted {
  readonly #row: Float64Array;

  constructor(row: Float64Array) {
    this.#row = row;
  }

  of(cell: number): number {
    return this.#row[cell] as number;
  }

  byTransport<T>(read: (place: number) => T): Readonly<Record<string, T>> {
    return Object.fromEntries(TRANSPORTS.map((name, i) => [name, read(i)]));
  }

  /** A quantile is the bound of the bucket that it lies in: at most that; null beyond the last. */
  histogram({ bounds, sum, buckets }: HistogramCells): HistogramReport {
    const counts = Array.from({ length: bounds.length + 1 }, (_, i) => this.of(buckets + i));
    const count = counts.reduce((all, one) => all + one, 0);
    if (count === 0) return { count };
    const atMost = (part: number): number | null => {
      let seen = 0;
      const place = counts.findIndex((one) => {
        seen += one;
        return seen >= part * count;
      });
      return bounds[place] ?? null;
    };
    const mean = Number((this.of(sum) / count).toPrecision(4));
    return { count, mean, p50AtMost: atMost(0.5), p99AtMost: atMost(0.99) };
  }
}
