/**
 * HTTP of one decider in the test's own process, on a real port, over whatever limiter it is given.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type Config, DEFAULTS } from '../../../src/config.ts';
import { BAD_REQUEST_REASONS } from '../../../src/contract/reasons.ts';
import { monotonicUs } from '../../../src/lib/clock.ts';
import { systemTimers } from '../../../src/lib/timers.ts';
import type { Limiter } from '../../../src/limiter/limiter.ts';
import {
  ALLOWED,
  BAD_REQUESTS,
  Cells,
  DENIED,
  DURATION,
  HTTP,
  sumCells,
} from '../../../src/metrics/cells.ts';
import { Exposition } from '../../../src/metrics/exposition.ts';
import { Crowd } from '../../../src/transport/connection/crowd.ts';
import { ACCEPT_OPTIONS, Listener } from '../../../src/transport/connection/listener.ts';
import { ReadBuffer } from '../../../src/transport/connection/read-buffer.ts';
import { Turns } from '../../../src/transport/connection/turns.ts';
import { createHttp } from '../../../src/transport/http/http-protocol.ts';
import { type Phase, ServiceState } from '../../../src/transport/service-state.ts';
import { envoyOver } from '../../envoy/envoy-scene.ts';
import { policiesOver } from '../../policies/policy-scene.ts';
import { get } from '../../support/ask.ts';
import { forgetfulGuard } from '../access/token-guards.ts';
import { clientBytesOf } from '../connection/client-bytes-scene.ts';
import { handshakesOf } from '../tls/handshakes-scene.ts';

const PATIENCE_MS = 15_000;

/** What was counted so far. */
export interface Counted {
  readonly allowed: number;
  readonly denied: number;
  /** Observations of how long an answer took. */
  readonly answered: number;
  /** Refusals by their reasons, those that there were. */
  readonly refused: Readonly<Record<string, number>>;
}

/** Where a thread's read buffer cannot be used: connections are read as Node does. */
export class OrdinaryReads extends ReadBuffer {
  override over(accepted: Socket): Socket {
    return accepted;
  }
}

export class HttpHarness {
  /** What is added to the time of the clock. */
  laterUs = 0;
  readonly #state = new ServiceState(ServiceState.reserve(), 1_000);
  readonly #cells = Cells.reserve(1);
  readonly #listener: Listener;
  /** The same service, over TLS. */
  readonly #secureListener: Listener;
  readonly #server: Server;
  readonly #secureServer: Server;

  private constructor(
    limiter: Limiter,
    config: Partial<Config>,
    policies: string,
    readBuffer: ReadBuffer,
  ) {
    const sources = {
      cells: this.#cells,
      version: '1.2.3',
      maxKeys: 1,
      keys: () => 0,
      isSharing: false,
    };
    const cells = new Cells(this.#cells, 0);
    const http = createHttp({
      config: { ...DEFAULTS, ...config },
      version: '1.2.3',
      limiter,
      policies: policiesOver(limiter, policies),
      envoyAsker: envoyOver(limiter, []).asker,
      policySchema: '{}',
      cells,
      tokenGuard: forgetfulGuard(config.adminToken ?? '', cells),
      clock: () => monotonicUs() + this.laterUs,
      state: this.#state,
      turns: new Turns(monotonicUs),
      clientBytes: clientBytesOf(cells, config.maxClientBytes),
      exposition: new Exposition(sources),
      caller: null,
      fail: (error) => {
        throw error;
      },
    });
    const timers = systemTimers;
    const log = { warn: () => undefined, info: () => undefined };
    const crowd = new Crowd({ state: this.#state, cells, timers, log, maxConnections: 1_000 });
    const parts = { state: this.#state, cells, crowd, readBuffer };
    this.#listener = new Listener(parts, HTTP, http);
    this.#secureListener = new Listener(parts, HTTP, http, handshakesOf('http', cells));
    this.#server = createServer(ACCEPT_OPTIONS, (socket) => this.#listener.adopt(socket));
    this.#secureServer = createServer(ACCEPT_OPTIONS, (socket) =>
      this.#secureListener.adopt(socket),
    );
  }

  /** Resolves once it serves. `policies`: YAML. */
  static async start(
    limiter: Limiter,
    config: Partial<Config> = {},
    policies = '',
    readBuffer = new ReadBuffer(),
  ): Promise<HttpHarness> {
    const harness = new HttpHarness(limiter, config, policies, readBuffer);
    harness.phase = 'serving';
    for (const server of [harness.#server, harness.#secureServer]) {
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
    }
    return harness;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Of the same service over TLS. */
  get securePort(): number {
    return (this.#secureServer.address() as AddressInfo).port;
  }

  set phase(phase: Phase) {
    this.#state.phase = phase;
  }

  get counted(): Counted {
    const sums = sumCells(this.#cells);
    const at = (cell: number) => sums[cell] as number;
    const refused = BAD_REQUEST_REASONS.map((reason, i) => [reason, at(BAD_REQUESTS + i)] as const);
    const durations = sums.subarray(
      DURATION.buckets,
      DURATION.buckets + DURATION.bounds.length + 1,
    );
    return {
      allowed: at(ALLOWED + HTTP),
      denied: at(DENIED + HTTP),
      answered: durations.reduce((sum, count) => sum + count, 0),
      refused: Object.fromEntries(refused.filter(([, count]) => count !== 0)),
    };
  }

  /** Resolves when so few connections are open. */
  async connectionsAreAtMost(count: number): Promise<void> {
    const deadline = Date.now() + PATIENCE_MS;
    const open = async () =>
      (await connectionsOf(this.#server)) + (await connectionsOf(this.#secureServer));
    while ((await open()) > count) {
      if (Date.now() > deadline) throw new Error(`More than ${count} connections are open`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }

  /** Resolves when what was sent before on other connections has most likely come in, too. */
  async servesOthers(): Promise<void> {
    for (let time = 0; time < 3; time++) await get(this, '/livez');
  }

  /** Accepts no more, and resolves when the last answer is given and every connection closed. */
  async close(): Promise<void> {
    this.phase = 'closing';
    this.#server.close();
    this.#secureServer.close();
    await Promise.all([this.#listener.close(), this.#secureListener.close()]);
  }
}

function connectionsOf(server: Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.getConnections((error, count) => (error ? reject(error) : resolve(count)));
  });
}
