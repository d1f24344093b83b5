/** Metrics that read the shared counters as they are scraped. The only reader of prom-client. */
import { Counter, Gauge, type Histogram, Registry } from 'prom-client';
import { type HistogramCells, sumCells } from './cells.ts';
import { samplesOf } from './histogram-samples.ts';

export class MetricRegistry {
  readonly #registry = new Registry();
  readonly #cells: SharedArrayBuffer;
  /** All cells added up, as of the scrape that is under way. */
  #sums: Float64Array;

  constructor(cells: SharedArrayBuffer) {
    this.#cells = cells;
    this.#sums = sumCells(cells);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /** All metrics as Prometheus text, as they are now. */
  render(): Promise<string> {
    this.#sums = sumCells(this.#cells);
    return this.#registry.metrics();
  }

  /** What a cell holds, added up over all threads. */
  sum(cell: number): number {
    return this.#sums[cell] as number;
  }

  /** How many observations a histogram has. */
  count({ bounds, buckets }: HistogramCells): number {
    let count = 0;
    for (let i = 0; i <= bounds.length; i++) count += this.sum(buckets + i);
    return count;
  }

  total(name: string, help: string, cell: number): void {
    this.counter(name, help, [], (counter) => counter.inc(this.sum(cell)));
  }

  value(name: string, help: string, read: () => number): void {
    this.gauge(name, help, [], (gauge) => gauge.set(read()));
  }

  /** As value(), of something the system may refuse to tell: with no descriptor left, for one. */
  reading(name: string, help: string, read: () => number): void {
    this.value(name, help, () => {
      try {
        return read();
      } catch {
        return Number.NaN;
      }
    });
  }

  counter<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    fill: (counter: Counter<L>) => void,
  ): void {
    const counter: Counter<L> = new Counter({
      name,
      help,
      labelNames,
      registers: [this.#registry],
      collect: () => {
        counter.reset();
        fill(counter);
      },
    });
  }

  gauge<L extends string>(
    name: string,
    help: string,
    labelNames: readonly L[],
    fill: (gauge: Gauge<L>) => void,
  ): void {
    const gauge: Gauge<L> = new Gauge({
      name,
      help,
      labelNames,
      registers: [this.#registry],
      collect: () => fill(gauge),
    });
  }

  /** A Histogram counts by itself; a registry only ever asks a metric for its name and values. */
  histogram(name: string, help: string, cells: HistogramCells): void {
    const type = 'histogram';
    const get = async () => ({ name, help, type, values: samplesOf(name, cells, this.#sums) });
    this.#registry.registerMetric({ name, get } as unknown as Histogram);
  }
}
