/** The port of operators over a table of the test's own, with policies and rules of Envoy. */
import { bucketName } from '../../../../../src/envoy/bucket-name.ts';
import type { Engine } from '../../../../../src/table/table-memory.ts';
import { KeyScene } from '../../../../admin/keys/key-scene.ts';
import { RULE_FILES } from '../../../../admin/keys/rule-files.ts';
import { AdminHarness } from '../admin-harness.ts';
import { DescribedPort } from './described-port.ts';

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
    scene.load(RULE_FILES);
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
