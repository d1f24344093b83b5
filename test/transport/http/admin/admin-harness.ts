/** The port of operators in the test's own process, over reports and a life of the test's own. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { type HappeningKind, Happenings } from '../../../../src/admin/happenings.ts';
import type { NowReport } from '../../../../src/admin/now-report.ts';
import { ProfileAsker, type ProfileRequest } from '../../../../src/admin/profiles/profile-asker.ts';
import type { ProfileKind } from '../../../../src/admin/profiles/taken-profile.ts';
import { DEFAULTS } from '../../../../src/config.ts';
import { monotonicUs } from '../../../../src/lib/clock.ts';
import { Cells, CLIENT_BYTES, rowOfCells } from '../../../../src/metrics/cells.ts';
import { ACCEPT_OPTIONS, type Protocol } from '../../../../src/transport/connection/listener.ts';
import { Turns } from '../../../../src/transport/connection/turns.ts';
import { EventStreams } from '../../../../src/transport/http/admin/event-streams.ts';
import type { AdminKeys } from '../../../../src/transport/http/admin/told.ts';
import { createAdminHttp } from '../../../../src/transport/http/admin-protocol.ts';
import { TOKEN } from '../../../support/reset.ts';
import { forgetfulGuard } from '../../access/token-guards.ts';
import { clientBytesOf } from '../../connection/client-bytes-scene.ts';

export interface AdminHarnessOptions {
  readonly requestTimeoutMs?: number;
  /** Bytes that each second's numbers have beside their own. */
  readonly padding?: number;
  /** Who answers questions about keys; left out, nobody who knows any. */
  readonly keys?: AdminKeys;
  /** Whether profiles are empty, and over at once; or this Node cannot take any. */
  readonly profiles?: 'given' | 'unable';
}

const NO_KEYS: AdminKeys = { ask: async () => ({ kind: 'told', json: '{}' }) };

export class AdminHarness {
  readonly happenings = new Happenings('run');
  /** How often it was worked out how the service does. */
  worked = 0;
  /** The sockets that are open, as the service has them. */
  readonly sockets = new Set<Socket>();
  /** As long as a profile is at the least. */
  profileBytes = 0;
  /** What the main thread was asked for. */
  readonly requests: ProfileRequest[] = [];
  readonly profiles: ProfileAsker;
  readonly #cells = Cells.reserve(1);
  readonly #http: Protocol;
  readonly #streams: EventStreams;
  readonly #server: Server;

  private constructor(options: AdminHarnessOptions) {
    const { requestTimeoutMs = 10_000, padding = 0, keys = NO_KEYS } = options;
    this.profiles = new ProfileAsker({
      send: (request) => {
        this.requests.push(request);
        if (options.profiles === 'given' && request.kind === 'profile') this.#give(request.of);
      },
      fileOf: async ({ kind }) => Buffer.from(`a file of ${kind}`.padEnd(this.profileBytes)),
      isAble: options.profiles !== 'unable',
    });
    const cells = new Cells(this.#cells, 0);
    this.#streams = new EventStreams({
      happenings: this.happenings,
      now: () => {
        this.worked++;
        return { keys: this.worked, padding: 'x'.repeat(padding) } as unknown as NowReport;
      },
    });
    this.#http = createAdminHttp({
      times: { ...DEFAULTS, headersTimeoutMs: requestTimeoutMs, requestTimeoutMs },
      reports: {
        top: (by) => ({ by, halfLifeSeconds: 60, keys: [] }),
        threads: () => ({ threads: [] }),
        instances: () => ({ isShared: false }),
      },
      version: '0.0.0',
      streams: this.#streams,
      keys,
      profiles: this.profiles,
      tokenGuard: forgetfulGuard(TOKEN, cells),
      cells,
      clock: monotonicUs,
      turns: new Turns(monotonicUs),
      clientBytes: clientBytesOf(cells),
      fail: (error) => {
        throw error;
      },
    });
    this.#server = createServer(ACCEPT_OPTIONS, (socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
      this.#http.open(socket);
    });
  }

  static async start(options: AdminHarnessOptions = {}): Promise<AdminHarness> {
    const harness = new AdminHarness(options);
    harness.#server.listen(0, '127.0.0.1');
    await once(harness.#server, 'listening');
    return harness;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** What all clients are counted for. */
  get clientBytes(): number {
    return rowOfCells(this.#cells, 0)[CLIENT_BYTES] as number;
  }

  /** What waits in this process to be taken by clients. */
  get waitingBytes(): number {
    return [...this.sockets].reduce((all, socket) => all + socket.writableLength, 0);
  }

  #give(kind: ProfileKind): void {
    this.profiles.receive({ kind, beganUs: 0, tookUs: 0, threads: [], late: [] });
  }

  happen(kind: string): void {
    this.happenings.add({ kind: kind as HappeningKind, what: `It was ${kind}`, detail: {} }, 0);
  }

  /** A second is over. */
  tell(): void {
    this.#streams.tell();
  }

  end(): void {
    this.#streams.end();
  }

  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.sockets) socket.destroy();
    await closed;
    this.#http.stop();
  }
}
