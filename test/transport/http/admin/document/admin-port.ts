/** The port of operators over a table of the test's own, with policies and rules of Envoy. */
import { bucketName } from '../../../../../src/envoy/bucket-name.ts';
import type { Engine } from '../../../../../src/table/table-memory.ts';
import { KeyScene } from '../../../../admin/keys/key-scene.ts';
import { AdminHarness } from '../admin-harness.ts';
import { DescribedPort } from './described-port.ts';

export const FILES = {
  'limits.yaml': `policies:
  api:
    limits:
      - {name: minute, capacity: 4, interval: 8s}
      - {name: daily, capacity: 6, calendar: day}
    overrides:
      - keys: [gold-*]
        limits: [{name: minute, capacity: 40, interval: 8s}]
      - {keys: [staff], always: allow}
      - {keys: [banned], always: deny}
  trial:
    dryRun: true
    limits: [{name: only, capacity: 2, interval: 2s, cost: 2}]
`,
  'envoy.yaml': `domain: site
descriptors:
  - key: path
    value: /login
    rate_limit: {unit: minute, requests_per_unit: 3}
    descriptors:
      - key: ip
        shadow_mode: true
        rate_limit: {unit: hour, requests_per_unit: 5, algorithm: token_bucket}
  - key: free
    rate_limit: {unlimited: true}
`,
};

/** The name of one of Envoy's buckets, with the mark of its namespace. */
export function envoyName(entries: readonly string[], unit = 0, shared: string | null = null) {
  return bucketName({ domain: 'site', entries, shared: shared === null ? null : [shared], unit });
}

export class AdminPort extends DescribedPort {
  readonly scene: KeyScene;
  readonly #harness: AdminHarness;

  private constructor(harness: AdminHarness, scene: KeyScene) {
    super(harness.port);
    this.#harness = harness;
    this.scene = scene;
  }

  static async start(engine: Engine['kind'] = 'tree', maxKeys = 100): Promise<AdminPort> {
    const scene = new KeyScene(engine, maxKeys);
    scene.load(FILES);
    const keys = { ask: scene.answers.answer.bind(scene.answers) };
    const port = new AdminPort(await AdminHarness.start({ keys, profiles: 'given' }), scene);
    await port.readDocument();
    return port;
  }

  async stop(): Promise<void> {
    this.hangUp();
    await this.#harness.stop();
  }
}
