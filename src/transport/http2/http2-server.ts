/** HTTP/2 on the connections of one decider: time limits, and how connections end. */
import type { Socket } from 'node:net';
import { checkEveryMs } from '../connection/check-every.ts';
import type { Protocol } from '../connection/listener.ts';
import { type Admission, Connection, type ConnectionParts } from './connection.ts';
import type { Service } from './service.ts';
import { FrameWriter } from './wire/frame-writer.ts';

export interface Http2Parts extends Omit<ConnectionParts, 'writer'> {
  /** Who serves a connection from this network address. */
  readonly serve: (address: string) => Service;
  /** Who serves one beyond MAX_CONNECTIONS, once; it calls `refused` if it answers no. */
  readonly beyond: (address: string, refused: () => void) => Service;
  /** How old a connection may become; 0 where that is not bounded. */
  readonly mostAgeMs: number;
}

/** Ages differ by this part, lest all that have come together leave together. */
const AGE_SPREAD = 0.1;
/** Spreads numbers that count up evenly over 0 to 1. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

export class Http2Server implements Protocol {
  readonly #parts: Http2Parts;
  readonly #own: ConnectionParts;
  readonly #connections = new Set<Connection>();
  readonly #timer: NodeJS.Timeout;
  #opened = 0;

  constructor(parts: Http2Parts) {
    this.#parts = parts;
    this.#own = { ...parts, writer: new FrameWriter() };
    const { headersTimeoutMs } = parts.times;
    this.#timer = setInterval(() => this.#checkTimes(), checkEveryMs(headersTimeoutMs)).unref();
  }

  open(socket: Socket): void {
    const service = this.#parts.serve(addressOf(socket));
    this.#serve(socket, { service, mostAgeMs: this.#nextAgeMs(), isOnce: false });
  }

  openBeyond(socket: Socket, refused: () => void): void {
    const service = this.#parts.beyond(addressOf(socket), refused);
    this.#serve(socket, { service, mostAgeMs: null, isOnce: true });
  }

  closeIdle(): void {
    for (const connection of this.#connections) connection.leave('shutdown');
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #serve(socket: Socket, admission: Admission): void {
    const connection = new Connection(socket, this.#own, admission);
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
  }

  #nextAgeMs(): number | null {
    const { mostAgeMs } = this.#parts;
    if (mostAgeMs === 0) return null;
    const spread = ((this.#opened++ * GOLDEN) % 1) * 2 - 1;
    return mostAgeMs * (1 + AGE_SPREAD * spread);
  }

  #checkTimes(): void {
    const nowUs = this.#parts.clock();
    for (const connection of this.#connections) connection.checkTime(nowUs);
  }
}

function addressOf({ remoteAddress }: Socket): string {
  return remoteAddress ?? 'a closed connection';
}
