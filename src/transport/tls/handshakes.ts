/**
 * TLS on the connections of one port in one thread: from what was accepted to what a protocol can
 * serve, or to a refusal that is counted.
 *
 * Used by listeners, with the credentials that the thread was given last. A connection goes on with
 * those it began with: a change closes none. It must be through its handshake in time, whatever it
 * sends meanwhile; half-open it is only after that.
 */
import type { Socket } from 'node:net';
import { createServer, type Server, type TLSSocket, type TlsOptions } from 'node:tls';
import { assert } from '../../lib/assert.ts';
import type { Timers } from '../../lib/timers.ts';
import type { Cells, HandshakeFault } from '../../metrics/cells.ts';
import { badRequest, beginOf, textOf } from './client-hello.ts';
import { type Credentials, contextOptions } from './credentials.ts';
import { faultOf } from './handshake-fault.ts';

export interface HandshakeParts {
  readonly credentials: Credentials;
  /** The one protocol that a client may name; null where it may name none. */
  readonly alpn: Alpn | null;
  /** What a client is told that speaks without TLS, by how it begins; null for nothing. */
  readonly toldInPlain: (begin: string) => string | null;
  readonly cells: Cells;
  readonly timers: Timers;
  readonly headersTimeoutMs: number;
}

export interface Alpn {
  readonly name: string;
  /** Whether a client must name it. */
  readonly isNeeded: boolean;
}

type Open = (socket: Socket) => void;

interface Begun {
  readonly open: Open;
  /** Calls off the end of its time. */
  readonly callOff: () => void;
}

/** How long a client that is refused may take to read why. */
const LINGER_MS = 1_000;

export class Handshakes {
  readonly #parts: HandshakeParts;
  readonly #server: Server;
  /** Those under way, by what was accepted. */
  readonly #underWay = new Map<Socket, Begun>();
  readonly #secured = new WeakMap<Socket, TLSSocket>();

  constructor(parts: HandshakeParts) {
    const { credentials, alpn, headersTimeoutMs } = parts;
    const needsCertificate = credentials.clientCa !== null;
    this.#parts = parts;
    // It never listens itself.
    this.#server = createServer({
      ...withTickets(credentials),
      requestCert: needsCertificate,
      rejectUnauthorized: needsCertificate,
      // Ours is over before: it counts from when the connection came.
      handshakeTimeout: 2 * headersTimeoutMs,
      // Asked where a client names some; where none of them is named back, it is refused.
      ALPNCallback: ({ protocols }) => protocols.find((name) => name === alpn?.name),
    })
      .on('secureConnection', (socket) => this.#isThrough(socket))
      .on('tlsClientError', (error, socket) => {
        this.#giveUp(acceptedOf(socket), faultOf(error, socket));
      });
  }

  /** Connections that begin from now on are shown these. */
  use(credentials: Credentials): void {
    this.#server.setSecureContext(withTickets(credentials));
  }

  /**
   * Calls `open` with what can be served, once its client is through. REQUIRES: nothing was read
   * from it.
   */
  begin(accepted: Socket, open: Open): void {
    const { timers, headersTimeoutMs } = this.#parts;
    const callOff = timers.after(headersTimeoutMs, () => this.#giveUp(accepted, 'timeout'));
    this.#underWay.set(accepted, { open, callOff });
    accepted
      // It only says that the client is gone; 'close' follows.
      .on('error', () => undefined)
      .once('end', () => this.#giveUp(accepted, 'gone'))
      // What TLS has to say of it comes after it is closed.
      .once('close', () => setImmediate(() => this.#giveUp(accepted, 'gone')));
    this.#look(accepted, NOTHING);
  }

  /** What is served over it; undefined before its client is through. */
  securedOf(accepted: Socket): Socket | undefined {
    return this.#secured.get(accepted);
  }

  /** Closes those whose clients are not through. */
  closeIdle(): void {
    for (const accepted of this.#underWay.keys()) {
      this.#end(accepted);
      accepted.destroy();
    }
  }

  /** Looks whether it is TLS at all. `before`: what has come of its beginning. */
  #look(accepted: Socket, before: Buffer): void {
    accepted.once('data', (chunk: Buffer) => {
      const bytes = before.length === 0 ? chunk : Buffer.concat([before, chunk]);
      const begin = beginOf(bytes);
      if (begin === 'early') {
        this.#look(accepted, bytes);
      } else if (begin === 'tls') {
        // Put back, TLS reads it first.
        accepted.pause().unshift(bytes);
        accepted.allowHalfOpen = false;
        this.#server.emit('connection', accepted);
      } else {
        const words = begin === 'plain_text' ? this.#parts.toldInPlain(textOf(bytes)) : null;
        this.#refuse(accepted, begin, words);
      }
    });
    // One that another thread has accepted is paused.
    accepted.resume();
  }

  #isThrough(socket: TLSSocket): void {
    const { alpn } = this.#parts;
    const accepted = acceptedOf(socket);
    const begun = this.#underWay.get(accepted);
    if (begun === undefined) {
      socket.destroy();
      return;
    }
    socket.allowHalfOpen = true;
    if (alpn?.isNeeded === true && socket.alpnProtocol !== alpn.name) {
      socket.on('error', () => undefined);
      this.#refuse(
        accepted,
        'alpn',
        badRequest(`a client must ask for ${alpn.name} by ALPN\n`),
        socket,
      );
      return;
    }
    this.#end(accepted);
    this.#secured.set(accepted, socket);
    begun.open(socket);
  }

  /** Counts it, tells the client why if there is a way to, and closes. */
  #refuse(
    accepted: Socket,
    fault: HandshakeFault,
    words: string | null,
    socket: Socket = accepted,
  ): void {
    this.#end(accepted);
    this.#parts.cells.handshakeFailed(fault);
    if (words === null) {
      socket.destroy();
      return;
    }
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    // Closed while the client still writes, it would be reset, and the answer be lost with it.
    socket
      .on('data', () => undefined)
      .once('end', () => socket.destroy())
      .once('close', () => clearTimeout(timer))
      .end(words);
    socket.resume();
  }

  #giveUp(accepted: Socket, fault: HandshakeFault): void {
    if (!this.#end(accepted)) return;
    // Who only looks whether the port is open, as proxies do, has begun nothing.
    if (accepted.bytesRead > 0 || fault !== 'gone') this.#parts.cells.handshakeFailed(fault);
    accepted.destroy();
  }

  /** False where it has ended before. */
  #end(accepted: Socket): boolean {
    this.#underWay.get(accepted)?.callOff();
    return this.#underWay.delete(accepted);
  }
}

const NOTHING = Buffer.alloc(0);

function withTickets(credentials: Credentials): TlsOptions {
  const { ticketKeys } = credentials;
  return { ...contextOptions(credentials), ticketKeys: Buffer.from(ticketKeys) };
}

/** What a server of TLS was given: it says of nothing it tells which connection that was. */
function acceptedOf(socket: TLSSocket): Socket {
  const { _parent: accepted } = socket as TLSSocket & { readonly _parent?: Socket };
  assert(accepted !== undefined, 'a socket of TLS knows what it is over');
  return accepted;
}
