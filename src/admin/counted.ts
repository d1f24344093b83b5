/** Reads what was counted in a row of cells, or between two looks at one. */
import { type HistogramCells, TRANSPORTS, type TransportName } from '../metrics/cells.ts';

export type HistogramReport = { readonly count: 0 } | CountedReport;

/** Of what was counted at least once. */
export interface CountedReport {
  readonly count: number;
  readonly mean: number;
  /** A bound below which half of them lie; null beyond the last. */
  readonly p50AtMost: number | null;
  readonly p99AtMost: number | null;
}

export type ByTransport<T> = Readonly<Record<TransportName, T>>;

export class Counted {
  readonly #row: Float64Array;

  constructor(row: Float64Array) {
    this.#row = row;
  }

  of(cell: number): number {
    return this.#row[cell] as number;
  }

  byTransport<T>(read: (place: number) => T): ByTransport<T> {
    return named(TRANSPORTS, read);
  }

  /** A quantile is the bound of the bucket that it lies in: at most that; null beyond the last. */
  histogram({ bounds, sum, buckets }: HistogramCells): HistogramReport {
    const counts = Array.from({ length: bounds.length + 1 }, (_, i) => this.of(buckets + i));
    const count = counts.reduce((all, one) => all + one, 0);
    if (count === 0) return { count: 0 };
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

/** What is read of each, by what it is called. */
export function named<Name extends string, T>(
  names: readonly Name[],
  read: (place: number) => T,
): Readonly<Record<Name, T>> {
  return Object.fromEntries(names.map((name, i) => [name, read(i)])) as Record<Name, T>;
}
