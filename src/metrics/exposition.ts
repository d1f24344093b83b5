/** All metrics as Prometheus text, summed over all threads. Used by the route that is scraped. */
import { addAccessMetrics } from './access-metrics.ts';
import { addAdminMetrics } from './admin-metrics.ts';
import { addDecisionMetrics } from './decision-metrics.ts';
import { addEnvoyMetrics, type EnvoySources, envoyRulesText } from './envoy-metrics.ts';
import { addGrpcMetrics } from './grpc-metrics.ts';
import { MetricRegistry } from './metric-registry.ts';
import { addPolicyMetrics, type PolicySources, policyDecisionsText } from './policy-metrics.ts';
import { addProcessMetrics } from './process-metrics.ts';
import { addSharingMetrics } from './sharing-metrics.ts';
import { addSnapshotMetrics } from './snapshot-metrics.ts';
import { addTableMetrics, type TableSize } from './table-metrics.ts';
import { addTlsMetrics } from './tls-metrics.ts';

export interface MetricSources extends TableSize {
  readonly cells: SharedArrayBuffer;
  readonly version: string;
  /** Whether limits are shared with other instances. */
  readonly isSharing?: boolean;
  /** Whether gRPC is served. */
  readonly hasGrpc?: boolean;
  /** Whether there is a file of tokens. */
  readonly hasTokens?: boolean;
  /** Whether operators have a port. */
  readonly hasAdmin?: boolean;
  /** Whether snapshots are written. */
  readonly hasSnapshots?: boolean;
  /** Whether ports speak TLS. */
  readonly hasTls?: boolean;
  /** Null, or left out, where there are no policies. */
  readonly policies?: PolicySources | null;
  /** Null, or left out, where there are no rules of Envoy. */
  readonly envoy?: EnvoySources | null;
}

export class Exposition {
  readonly #metrics: MetricRegistry;
  readonly #policies: PolicySources | null;
  readonly #envoy: EnvoySources | null;
  #rendering: Promise<string> | undefined;

  constructor(sources: MetricSources) {
    const metrics = new MetricRegistry(sources.cells);
    this.#metrics = metrics;
    addDecisionMetrics(metrics, sources.version);
    addTableMetrics(metrics, sources);
    if (sources.hasGrpc) addGrpcMetrics(metrics);
    if (sources.isSharing) addSharingMetrics(metrics);
    if (sources.hasTokens) addAccessMetrics(metrics);
    if (sources.hasAdmin) addAdminMetrics(metrics);
    if (sources.hasSnapshots) addSnapshotMetrics(metrics);
    if (sources.hasTls) addTlsMetrics(metrics);
    this.#policies = sources.policies ?? null;
    if (this.#policies !== null) addPolicyMetrics(metrics);
    this.#envoy = sources.envoy ?? null;
    if (this.#envoy !== null) addEnvoyMetrics(metrics);
    addProcessMetrics(metrics);
  }

  get contentType(): string {
    return this.#metrics.contentType;
  }

  /**
   * Scrapes that come while one is rendered share it: a thousand of them, whoever sends them, must
   * not hold the thread.
   */
  render(): Promise<string> {
    if (this.#rendering === undefined) {
      this.#rendering = this.#render();
      const done = () => {
        setImmediate(() => {
          this.#rendering = undefined;
        });
      };
      this.#rendering.then(done, done);
    }
    return this.#rendering;
  }

  async #render(): Promise<string> {
    let text = await this.#metrics.render();
    if (this.#policies !== null) text += await policyDecisionsText(this.#policies);
    if (this.#envoy !== null) text += await envoyRulesText(this.#envoy);
    return text;
  }
}
