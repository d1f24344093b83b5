/** gRPC on a port of this process, as a decider serves it, with methods of the test. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { TokenBook } from '../../../src/access/token-book.ts';
import { DEFAULTS } from '../../../src/config.ts';
import { monotonicUs } from '../../../src/lib/clock.ts';
import { systemTimers } from '../../../src/lib/timers.ts';
import { LocalLimiter } from '../../../src/limiter/local-limiter.ts';
import { Cells, GOAWAY_REASONS, GOAWAYS, sumCells } from '../../../src/metrics/cells.ts';
import { ACCEPT_OPTIONS, type Protocol } from '../../../src/transport/connection/listener.ts';
import { ReadBuffer } from '../../../src/transport/connection/read-buffer.ts';
import { Turns } from '../../../src/transport/connection/turns.ts';
import type { GrpcService, UnaryMethod } from '../../../src/transport/grpc/call.ts';
import { createGrpc } from '../../../src/transport/grpc/grpc-protocol.ts';
import { ServiceState } from '../../../src/transport/service-state.ts';
import { TestTable } from '../../table/tables.ts';
import { forgetfulGuard } from '../access/token-guards.ts';
import { clientBytesOf } from '../connection/client-bytes-scene.ts';
import { handshakesOf } from '../tls/handshakes-scene.ts';

export const SERVICE = 'test.Echo';
export const ECHO: string = `/${SERVICE}/Echo`;
export const LATE: string = `/${SERVICE}/Late`;
export const FAIL: string = `/${SERVICE}/Fail`;
export const BOUNDED: string = `/${SERVICE}/Bounded`;

export interface HarnessOptions {
  readonly config?: Partial<typeof DEFAULTS>;
  /** How long Late takes. */
  readonly lateMs?: number;
  readonly mostClientBytes?: number;
  readonly isTls?: boolean;
  /** Left out, nobody needs one. */
  readonly tokens?: TokenBook;
  readonly methods?: Readonly<Record<string, UnaryMethod>>;
  /** Beside the one of the harness. */
  readonly services?: readonly GrpcService[];
}

export class GrpcHarness {
  readonly port: number;
  readonly protocol: Protocol;
  readonly state: ServiceState;
  /** Calls that came to a method. */
  readonly calls: { message: string; deadlineUs: number | null }[];
  readonly #memory: SharedArrayBuffer;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(
    parts: Pick<GrpcHarness, 'port' | 'protocol' | 'state' | 'calls'>,
    memory: SharedArrayBuffer,
    server: Server,
    sockets: Set<Socket>,
  ) {
    this.port = parts.port;
    this.protocol = parts.protocol;
    this.state = parts.state;
    this.calls = parts.calls;
    this.#memory = memory;
    this.#server = server;
    this.#sockets = sockets;
  }

  /** `isBeyond`: whether connections are beyond MAX_CONNECTIONS. */
  static async start(options: HarnessOptions = {}, isBeyond = false): Promise<GrpcHarness> {
    const memory = Cells.reserve(1);
    const cells = new Cells(memory, 0);
    const table = new TestTable(100);
    const state = new ServiceState(ServiceState.reserve(), 100);
    state.phase = 'serving';
    const calls: GrpcHarness['calls'] = [];
    const protocol = createGrpc({
      config: { ...DEFAULTS, ...options.config },
      limiter: new LocalLimiter(table.memory, cells),
      cells,
      clock: monotonicUs,
      timers: systemTimers,
      caller: null,
      tokenGuard: forgetfulGuard(options.config?.adminToken ?? '', cells, options.tokens),
      state,
      turns: new Turns(monotonicUs),
      clientBytes: clientBytesOf(cells, options.mostClientBytes),
      services: [echo(calls, options), ...(options.services ?? [])],
    });
    const buffer = new ReadBuffer();
    const sockets = new Set<Socket>();
    const handshakes = options.isTls === true ? handshakesOf('grpc', cells) : null;
    const open = (socket: Socket) => {
      if (isBeyond) protocol.openBeyond(socket, () => cells.badRequest('malformed_http'));
      else protocol.open(socket);
    };
    const server = createServer(ACCEPT_OPTIONS, (accepted) => {
      const socket = handshakes === null ? buffer.over(accepted) : accepted;
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
      if (handshakes === null) open(socket);
      else handshakes.begin(socket, open);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    return new GrpcHarness({ port, protocol, state, calls }, memory, server, sockets);
  }

  get connections(): number {
    return this.#sockets.size;
  }

  counted(cell: number): number {
    return sumCells(this.#memory)[cell] as number;
  }

  goAways(reason: (typeof GOAWAY_REASONS)[number]): number {
    return this.counted(GOAWAYS + GOAWAY_REASONS.indexOf(reason));
  }

  stop(): void {
    this.protocol.stop();
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

function echo(calls: GrpcHarness['calls'], { lateMs = 5, methods }: HarnessOptions): GrpcService {
  const taken = ({ message, deadlineUs }: { message: Uint8Array; deadlineUs: number | null }) => {
    const copy = Buffer.from(message);
    calls.push({ message: copy.toString('latin1'), deadlineUs });
    return copy;
  };
  return {
    name: SERVICE,
    methods: {
      Echo: { handle: taken, decides: true },
      Late: {
        decides: true,
        handle: async (call) => {
          const copy = taken(call);
          await new Promise((resolve) => setTimeout(resolve, lateMs));
          return copy;
        },
      },
      Fail: { handle: () => ({ code: 3, message: 'no, 100 % not: ü' }) },
      Bounded: { handle: taken, overBound: Buffer.from('over') },
      ...methods,
    },
  };
}
