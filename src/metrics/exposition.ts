/** Renders the shared counters as Prometheus text, summed over all threads. The only reader of prom-client. */
import { readdirSync } from 'node:fs';
import { Counter, Gauge, type Histogram, Registry } from 'prom-client';
import { processStartS } from '../lib/clock.ts';
import { mostDescriptors } from '../lib/descriptors.ts';
import {
  ALLOWED,
  AUTH_FAILURES,
  BAD_REQUEST_REASONS,
  BAD_REQUESTS,
  BREAKER_STATE,
  CLIENT_BYTES,
  CLIENTS_CLOSED,
  CONNECTIONS,
  CONNECTIONS_REFUSED,
  DENIED,
  DURATION,
  EVICTIONS,
  EXCHANGE_DURATION,
  EXCHANGES_LOST,
  FALLBACK_ALLOWED,
  FALLBACK_DENIED,
  FORFEITED,
  type HistogramCells,
  INSTANCES,
  LEASES,
  LOCK_CONTENDED,
  NEWER_HASHES,
  REGRESSIONS,
  SEARCH_DEPTH,
  SEARCH_DEPTH_IDEAL,
  SOURCE_NAMES,
  SOURCES,
  STORE_USABLE,
  SWAP_HOLD,
  SWAPS,
  sumCells,
  TABLE_FULL,
  TRANSPORTS,
} from './cells.ts';
import { samplesOf } from './histogram-samples.ts';

export interface MetricSources {
  readonly cells: SharedArrayBuffer;
  readonly version: string;
  readonly maxKeys: number;
  /** Keys in the table now. */
  keys(): number;
  /** Whether limits are shared with other instances. */
  readonly isSharing?: boolean;
}

export class Exposition {
  readonly #registry = new Registry();
  readonly #sources: MetricSources;
  /** All cells added up, as of the scrape that is under way. */
  #sums: Float64Array;
  #rendering: Promise<string> | undefined;

  constructor(sources: MetricSources) {
    this.#sources = sources;
    this.#sums = sumCells(sources.cells);
    this.#addDecisions();
    this.#addTable();
    if (sources.isSharing) this.#addSharing();
    this.#addProcess();
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  /**
   * Scrapes that come in one turn of the event loop share a rendering: a thousand of them, whoever
   * sends them, must not hold the thread.
   */
  render(): Promise<string> {
    if (this.#rendering === undefined) {
      this.#rendering = this.#render();
      setImmediate(() => {
        this.#rendering = undefined;
      });
    }
    return this.#rendering;
  }

  #render(): Promise<string> {
    this.#sums = sumCells(this.#sources.cells);
    return this.#registry.metrics();
  }

  #addDecisions(): void {
    this.#counter('argus_decisions_total', 'Decisions made.', ['transport', 'outcome'], (counter) =>
      TRANSPORTS.forEach((transport, i) => {
        counter.inc({ transport, outcome: 'allowed' }, this.#sum(ALLOWED + i));
        counter.inc({ transport, outcome: 'denied' }, this.#sum(DENIED + i));
      }),
    );
    this.#histogram(
      'argus_decision_duration_seconds',
      'From a whole request to its answer handed to the socket.',
      DURATION,
    );
    this.#counter('argus_bad_requests_total', 'Requests refused.', ['reason'], (counter) =>
      BAD_REQUEST_REASONS.forEach((reason, i) => {
        counter.inc({ reason }, this.#sum(BAD_REQUESTS + i));
      }),
    );
    const byProtocol = [
      ['argus_auth_failures_total', 'Wrong admin tokens.', AUTH_FAILURES],
      ['argus_connections_refused_total', 'Connections sent away.', CONNECTIONS_REFUSED],
    ] as const;
    for (const [name, help, cell] of byProtocol) {
      this.#counter(name, help, ['protocol'], (counter) =>
        TRANSPORTS.forEach((protocol, i) => void counter.inc({ protocol }, this.#sum(cell + i))),
      );
    }
    this.#gauge('argus_connections', 'Connections open.', ['protocol'], (gauge) =>
      TRANSPORTS.forEach((protocol, i) => void gauge.set({ protocol }, this.#sum(CONNECTIONS + i))),
    );
    this.#counter(
      'argus_clients_closed_total',
      'Clients closed for what they made a thread hold.',
      ['reason'],
      (counter) => counter.inc({ reason: 'memory' }, this.#sum(CLIENTS_CLOSED)),
    );
    this.#value('argus_client_bytes', 'What clients make all threads hold.', () =>
      this.#sum(CLIENT_BYTES),
    );
    this.#gauge('argus_build_info', 'What is running; always 1.', ['version', 'node'], (gauge) =>
      gauge.set({ version: this.#sources.version, node: process.version }, 1),
    );
  }

  #addTable(): void {
    this.#value('argus_keys', 'Keys that have a bucket of their own.', () => this.#sources.keys());
    this.#value('argus_max_keys', 'Most keys that can have one.', () => this.#sources.maxKeys);
    this.#total('argus_evictions_total', 'Full buckets forgotten.', EVICTIONS);
    this.#total('argus_swaps_total', 'Shadow trees made live.', SWAPS);
    this.#histogram(
      'argus_swap_hold_seconds',
      "For how long a swap held its shard's lock, all its steps together.",
      SWAP_HOLD,
    );
    this.#value('argus_search_depth', 'Mean nodes passed by a recent search.', () =>
      this.#sum(SEARCH_DEPTH),
    );
    this.#value(
      'argus_search_depth_ideal',
      'What that would be if every tree were perfectly balanced.',
      () => this.#sum(SEARCH_DEPTH_IDEAL),
    );
    this.#total(
      'argus_lock_contended_total',
      "Times a decision or a reset found its shard's lock held.",
      LOCK_CONTENDED,
    );
    this.#total('argus_table_full_total', 'Times no slot was left for a key.', TABLE_FULL);
  }

  #addSharing(): void {
    this.#counter(
      'argus_decisions_by_source_total',
      'Where decisions came from.',
      ['source'],
      (c) =>
        SOURCE_NAMES.forEach((source, i) => {
          c.inc({ source }, this.#sum(SOURCES + i));
        }),
    );
    this.#counter(
      'argus_fallback_decisions_total',
      'Decisions made without the store.',
      ['outcome'],
      (counter) => {
        counter.inc({ outcome: 'allowed' }, this.#sum(FALLBACK_ALLOWED));
        counter.inc({ outcome: 'denied' }, this.#sum(FALLBACK_DENIED));
      },
    );
    this.#counter('argus_exchanges_total', 'Exchanges with the store.', ['outcome'], (counter) => {
      counter.inc({ outcome: 'answered' }, this.#count(EXCHANGE_DURATION));
      counter.inc({ outcome: 'lost' }, this.#sum(EXCHANGES_LOST));
    });
    this.#histogram(
      'argus_exchange_duration_seconds',
      'From an exchange handed to the connection to its answer.',
      EXCHANGE_DURATION,
    );
    const totals = [
      [
        'forfeited_tokens',
        'Tokens leased or given back that nobody could spend any more.',
        FORFEITED,
      ],
      ['version_regressions', 'Times the store had forgotten what it had said.', REGRESSIONS],
      ['newer_hashes', 'Exchanges refused because a newer version wrote the key.', NEWER_HASHES],
    ] as const;
    for (const [name, help, cell] of totals) this.#total(`argus_${name}_total`, help, cell);
    const sharing = [
      ['argus_leases', 'Keys that this instance has a lease of.', LEASES],
      ['argus_store_breaker_state', '0 closed, 1 half-open, 2 open.', BREAKER_STATE],
      [
        'argus_store_usable_ratio',
        'Part of all keys for which the store does what is needed, 0 to 1.',
        STORE_USABLE,
      ],
      ['argus_instances', 'Instances that share the store, as last counted.', INSTANCES],
    ] as const;
    for (const [name, help, cell] of sharing) this.#value(name, help, () => this.#sum(cell));
  }

  #addProcess(): void {
    const seconds = (microseconds: number) => microseconds / 1_000_000;
    const cpu = (name: string, what: string, read: (used: NodeJS.CpuUsage) => number) =>
      this.#counter(name, what, [], (counter) => counter.inc(seconds(read(process.cpuUsage()))));
    cpu('process_cpu_user_seconds_total', 'CPU time of the program.', ({ user }) => user);
    cpu('process_cpu_system_seconds_total', 'CPU time of the kernel for it.', (cpu) => cpu.system);
    cpu('process_cpu_seconds_total', 'CPU time of both.', ({ user, system }) => user + system);
    this.#reading('process_resident_memory_bytes', 'Memory in use.', process.memoryUsage.rss);
    const startS = processStartS();
    this.#value('process_start_time_seconds', 'When it started, Unix time.', () => startS);
    if (process.platform !== 'linux') return;
    this.#reading('process_open_fds', 'Open file descriptors.', () => {
      return readdirSync('/proc/self/fd').length;
    });
    this.#reading('process_max_fds', 'Most file descriptors it may open.', () => {
      return mostDescriptors() ?? Number.NaN;
    });
  }

  #sum(cell: number): number {
    return this.#sums[cell] as number;
  }

  /** How many observations a histogram has. */
  #count({ bounds, buckets }: HistogramCells): number {
    let count = 0;
    for (let i = 0; i <= bounds.length; i++) count += this.#sum(buckets + i);
    return count;
  }

  #total(name: string, help: string, cell: number): void {
    this.#counter(name, help, [], (counter) => counter.inc(this.#sum(cell)));
  }

  #value(name: string, help: string, read: () => number): void {
    this.#gauge(name, help, [], (gauge) => gauge.set(read()));
  }

  /** As #value, of something the system may refuse to tell: with no descriptor left, for one. */
  #reading(name: string, help: string, read: () => number): void {
    this.#value(name, help, () => {
      try {
        return read();
      } catch {
        return Number.NaN;
      }
    });
  }

  #counter<L extends string>(
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

  #gauge<L extends string>(
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
  #histogram(name: string, help: string, cells: HistogramCells): void {
    const type = 'histogram';
    const get = async () => ({ name, help, type, values: samplesOf(name, cells, this.#sums) });
    this.#registry.registerMetric({ name, get } as unknown as Histogram);
  }
}
