/** A site of a test: an application, instances of the service, and the real Envoy before them. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { broken } from '../deploy/deployment-facts.ts';
import { type FakeApp, startFakeApp } from '../deploy/forward-auth/fake-app.ts';
import { type Alter, asItIs, startEnvoy } from '../support/envoy.ts';
import { freePort } from '../support/free-port.ts';
import type { ProxyProcess } from '../support/proxy-process.ts';
import { type Service, startService } from '../support/service.ts';

export interface SiteOptions {
  /** A file of rules of Envoy. */
  readonly rules: string;
  /** Gives the file of Envoy as it should be instead. */
  readonly alter?: Alter;
  /** More flags of the service. */
  readonly flags?: readonly string[];
  readonly instances?: number;
  readonly concurrency?: number;
}

export interface Instance {
  readonly grpcPort: number;
  service: Service;
}

export interface EnvoySite {
  readonly app: FakeApp;
  readonly instances: readonly Instance[];
  /** The first of them. */
  readonly argus: Service;
  readonly proxy: ProxyProcess;
  /** Ends an instance as a rollout does, and starts it anew in its place. */
  restart(instance: Instance): Promise<void>;
}

/** What a test has started, to be stopped in the opposite order. */
export class EnvoySites {
  readonly #stops: (() => Promise<unknown>)[] = [];

  async start(options: SiteOptions): Promise<EnvoySite> {
    const folder = mkdtempSync(join(tmpdir(), 'argus-envoy-'));
    this.#stops.push(async () => rmSync(folder, { recursive: true }));
    writeFileSync(join(folder, 'rules.yaml'), options.rules);
    const app = await startFakeApp();
    this.#stops.push(() => app.stop());
    const run = (grpcPort: number) => {
      const flags = ['--threads', '2', '--policies', folder, '--grpc-port', String(grpcPort)];
      return startService({ flags: [...flags, ...(options.flags ?? [])] });
    };
    const instances: Instance[] = [];
    for (let i = 0; i < (options.instances ?? 1); i++) {
      const grpcPort = await freePort();
      const instance = { grpcPort, service: await run(grpcPort) };
      this.#stops.push(() => instance.service.stop('SIGKILL'));
      instances.push(instance);
    }
    const { alter = asItIs, concurrency = 2 } = options;
    const proxy = await startEnvoy({
      app: app.port,
      argus: instances.map(({ grpcPort }) => grpcPort),
      // A busy machine is no fault of anybody's here.
      alter: (text, argus) => broken(alter(text, argus), 'timeout: 0.1s', 'timeout: 5s'),
      concurrency,
    });
    this.#stops.push(() => proxy.stop());
    const [first] = instances as [Instance];
    return {
      app,
      instances,
      argus: first.service,
      proxy,
      restart: async (instance) => {
        await instance.service.stop('SIGTERM');
        instance.service = await run(instance.grpcPort);
      },
    };
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0).reverse()) await stop();
  }
}

/** Has Envoy ask about this header, too: each of its values is a value of the descriptor. */
export function asksBy(text: string, header: string, key: string): string {
  return broken(
    text,
    'rate_limits:',
    `rate_limits:
                              - actions:
                                  - request_headers: {header_name: ${header}, descriptor_key: ${key}}`,
  );
}
