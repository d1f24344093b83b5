/**
 * Connections of one listener beyond MAX_CONNECTIONS: few, so that a probe gets through, and a
 * crowd costs next to nothing. Where there is no place, the oldest that has said nothing makes
 * room.
 */
import type { Socket } from 'node:net';

/** The most connections that a listener serves beyond MAX_CONNECTIONS. */
export const RESERVE = 16;

export class Reserve {
  readonly #saidBytes: (socket: Socket) => number;
  /** In the order in which they came. */
  readonly #sockets = new Set<Socket>();

  /** `saidBytes`: how much its client has asked so far. */
  constructor(saidBytes: (socket: Socket) => number) {
    this.#saidBytes = saidBytes;
  }

  /** Takes a connection in. Returns the one that must go for it, or null. */
  add(socket: Socket): Socket | null {
    const gone = this.#sockets.size < RESERVE ? null : this.#oldest();
    if (gone !== null) this.#sockets.delete(gone);
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    return gone;
  }

  /** Ends those that have asked nothing. */
  closeIdle(): void {
    for (const socket of this.#sockets) if (this.#saidBytes(socket) === 0) socket.destroy();
  }

  /** The oldest that has said nothing; where all have, the oldest. */
  #oldest(): Socket {
    const sockets = [...this.#sockets];
    return sockets.find((socket) => this.#saidBytes(socket) === 0) ?? (sockets[0] as Socket);
  }
}
