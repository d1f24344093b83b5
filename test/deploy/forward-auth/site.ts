/** A site of a test: an application, the service, and a proxy before both. */
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { get } from '../../support/ask.ts';
import type { ProxyProcess } from '../../support/proxy-process.ts';
import type { Answer } from '../../support/raw-http.ts';
import { scrape, total } from '../../support/scrape.ts';
import { type Service, startService } from '../../support/service.ts';
import { broken, read } from '../deployment-facts.ts';
import { type FakeInstance, type Reaction, startFakeInstance } from '../fake-instance.ts';
import { type FakeApp, startFakeApp } from './fake-app.ts';
import { type Alter, type ForwardProxy, POLICIES } from './proxies.ts';

/** What one address may ask in the tests: no token comes back meanwhile. */
export const MOST = 3;

/** What a test has started, to be stopped in the opposite order. */
export class Started {
  readonly #stops: (() => Promise<unknown>)[] = [];

  async app(): Promise<FakeApp> {
    const app = await startFakeApp();
    this.#stops.push(() => app.stop());
    return app;
  }

  async fake(react: (before: number) => Reaction): Promise<FakeInstance> {
    const instance = await startFakeInstance(react);
    this.#stops.push(() => instance.stop());
    return instance;
  }

  /** With the policies of deploy/forward-auth/, but for the numbers. */
  async service(): Promise<Service> {
    const folder = mkdtempSync(join(tmpdir(), 'argus-policies-'));
    this.#stops.push(async () => rmSync(folder, { recursive: true }));
    const file = join(folder, 'policies.yaml');
    const numbers = `capacity: ${MOST}, interval: 1d`;
    writeFileSync(file, broken(read(POLICIES), 'capacity: 20, interval: 10s', numbers));
    const service = await startService({ flags: ['--threads', '1', '--policies', file] });
    this.#stops.push(() => service.stop('SIGKILL'));
    return service;
  }

  async proxy(
    { start }: ForwardProxy,
    argus: { readonly port: number },
    app: FakeApp,
    alter?: Alter,
  ): Promise<ProxyProcess> {
    const proxy = await start({ argus: argus.port, app: app.port }, alter);
    this.#stops.push(() => proxy.stop());
    return proxy;
  }

  async stop(): Promise<void> {
    for (const stop of this.#stops.splice(0).reverse()) await stop();
  }
}

export async function decisions(service: Service): Promise<number> {
  return total(await scrape(service), 'argus_decisions_total');
}

/** One client of a proxy, with an address of his own. */
export class SiteClient {
  static #count = 0;
  readonly port: number;
  readonly from: string;

  constructor({ port }: ProxyProcess) {
    this.port = port;
    this.from = `127.0.${1 + (SiteClient.#count >> 7)}.${1 + (SiteClient.#count++ & 127)}`;
  }

  /** Uses up what he may ask. */
  async exhaust(): Promise<readonly Answer[]> {
    const answers: Answer[] = [];
    for (let i = 0; i < MOST; i++) answers.push(await get(this, '/'));
    return answers;
  }

  /** Of an answer that may end with its connection, as those that a proxy gives to bad requests. */
  async statusOf(request: string): Promise<number> {
    const socket = connect({ host: '127.0.0.1', localAddress: this.from, port: this.port });
    let text = '';
    socket.setEncoding('latin1').on('data', (more: string) => {
      text += more;
    });
    socket.write(request);
    while (!text.includes('\r\n')) await once(socket, 'data');
    socket.destroy();
    return Number(text.split(' ', 2)[1]);
  }
}
