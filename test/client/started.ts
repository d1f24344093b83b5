/** Clients and fake services that a test starts. What it started is stopped when it has ended. */
import { afterEach } from 'vitest';
import { ArgusClient, type ClientOptions } from '../../src/client/client.ts';
import { type FakeService, PATIENCE_MS, type Respond, startFake } from './fake-service.ts';

export interface Started {
  /** Has this called when the test has ended: the last first. */
  readonly atEnd: (stop: () => unknown) => void;
  readonly clientOf: (url: string, options?: Partial<ClientOptions>) => ArgusClient;
  readonly fakeOf: (respond?: Respond) => Promise<FakeService>;
  /** A client of a fake service. */
  readonly both: (respond?: Respond, options?: Partial<ClientOptions>) => Promise<Both>;
}

interface Both {
  readonly fake: FakeService;
  readonly client: ArgusClient;
}

/** REQUIRES: to be called once a file, outside of its tests. */
export function started(): Started {
  const stops: (() => unknown)[] = [];
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });
  const clientOf = (url: string, options: Partial<ClientOptions> = {}) => {
    const client = new ArgusClient({ url, timeoutMs: PATIENCE_MS, ...options });
    stops.push(() => client.close());
    return client;
  };
  const fakeOf = async (respond?: Respond) => {
    const fake = await startFake(respond);
    stops.push(() => fake.stop());
    return fake;
  };
  return {
    atEnd: (stop) => void stops.push(stop),
    clientOf,
    fakeOf,
    both: async (respond, options) => {
      const fake = await fakeOf(respond);
      return { fake, client: clientOf(fake.url, options) };
    },
  };
}
