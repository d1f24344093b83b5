/**
 * One decider's side of a port: accepts connections, counts them, and gives each to its protocol.
 * Beyond MAX_CONNECTIONS a few are still taken, and may ask how the service is.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { monotonicUs } from '../../lib/clock.ts';
import { type Cells, CONNECTIONS } from '../../metrics/cells.ts';
import type { ServiceState } from '../service-state.ts';
import type { Handshakes } from '../tls/handshakes.ts';
import type { Crowd } from './crowd.ts';
import type { ReadBuffer } from './read-buffer.ts';
import { Reserve } from './reserve.ts';

export interface Protocol {
  /** Serves a connection that nothing has been read from. */
  open(socket: Socket): void;
  /** As open(), beyond MAX_CONNECTIONS: calls `refused` once if it sends the connection away. */
  openBeyond(socket: Socket, refused: () => void): void;
  /** Ends the connections that wait for no answer. */
  closeIdle(): void;
  /** Looks after no time limits any more. REQUIRES: it has no connections, and gets none. */
  stop(): void;
}

/**
 * What a listening socket needs whoever accepts from it: the protocols end their side themselves.
 */
export const ACCEPT_OPTIONS = { allowHalfOpen: true, noDelay: true } as const;
export const BACKLOG = 4_096;

/** How long clients have to come and be told that their connection ends, before it just does. */
const TELL_MS = 500;
const CLOSE_IDLE_EVERY_MS = 50;

export interface ListenerParts {
  readonly state: ServiceState;
  readonly cells: Cells;
  readonly crowd: Crowd;
  readonly readBuffer: ReadBuffer;
}

export class Listener {
  readonly #parts: ListenerParts;
  /** HTTP or RESP, and what serves it. */
  readonly #name: number;
  readonly #protocol: Protocol;
  /** Null where there is no TLS. */
  readonly #handshakes: Handshakes | null;
  readonly #reserve: Reserve;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  constructor(
    parts: ListenerParts,
    name: number,
    protocol: Protocol,
    handshakes: Handshakes | null = null,
  ) {
    this.#parts = parts;
    this.#name = name;
    this.#protocol = protocol;
    this.#handshakes = handshakes;
    this.#reserve = new Reserve((socket) => this.#saidBytes(socket));
    this.#server = createServer(ACCEPT_OPTIONS, (socket) => this.adopt(socket));
  }

  /** Resolves once it listens; rejects with what the system said. */
  listen(at: { host: string; port: number; reusePort: boolean }): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', reject);
    this.#server.listen({ ...at, backlog: BACKLOG }, () => {
      this.#server.off('error', reject);
      this.#parts.state.listens();
      resolve();
    });
    return promise;
  }

  /** Serves a connection, perhaps one that another thread accepted and has not read from. */
  adopt(accepted: Socket): void {
    const { state, cells, readBuffer } = this.#parts;
    // What TLS reads it reads by itself.
    const socket = this.#handshakes === null ? readBuffer.over(accepted) : accepted;
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    if (!state.open(this.#name)) {
      this.#adoptBeyond(socket);
      return;
    }
    cells.add(CONNECTIONS + this.#name, 1);
    socket.once('close', () => {
      cells.add(CONNECTIONS + this.#name, -1);
      state.close(this.#name);
    });
    this.#serve(socket, (served) => this.#protocol.open(served));
  }

  /** At once, or where there is TLS when its client is through. */
  #serve(socket: Socket, open: (served: Socket) => void): void {
    if (this.#handshakes === null) open(socket);
    else this.#handshakes.begin(socket, open);
  }

  /** What its client has said to the protocol. */
  #saidBytes(socket: Socket): number {
    const said = this.#handshakes === null ? socket : this.#handshakes.securedOf(socket);
    return said?.bytesRead ?? 0;
  }

  #adoptBeyond(socket: Socket): void {
    const refused = () => this.#parts.crowd.refused(this.#name);
    const gone = this.#reserve.add(socket);
    if (gone !== null) {
      gone.destroy();
      if (this.#saidBytes(gone) === 0) refused();
    }
    this.#serve(socket, (served) => this.#protocol.openBeyond(served, refused));
  }

  /** Stops listening, ends idle connections, and resolves when the last answer is given. */
  async close(): Promise<void> {
    if (this.#server.listening) await this.#stopListening();
    // A connection that is idle may have a request on its way.
    const told = monotonicUs() + TELL_MS * 1_000;
    while (this.#sockets.size > 0) {
      await new Promise((resolve) => setTimeout(resolve, CLOSE_IDLE_EVERY_MS));
      if (monotonicUs() < told) continue;
      this.#handshakes?.closeIdle();
      this.#protocol.closeIdle();
      this.#reserve.closeIdle();
    }
  }

  async #stopListening(): Promise<void> {
    // Once around the event loop: what has connected by now is accepted and not reset.
    for (let i = 0; i < 2; i++) await new Promise((resolve) => setImmediate(resolve));
    this.#server.close();
    this.#parts.state.listensNoMore();
  }
}
