/**
 * What a port shows over TLS, and whom it lets in: read and checked together, handed on together,
 * and never changed. Whoever has an object of these can serve by it.
 */
import { constants } from 'node:crypto';
import { createSecureContext, type SecureContextOptions } from 'node:tls';

/** What the files say, as PEM. */
export interface Pems {
  /** The certificate of the service, then those that lead to whoever vouches for it. */
  readonly cert: string;
  readonly key: string;
  /** Who vouches for clients, which must show a certificate then; null where they need none. */
  readonly clientCa: string | null;
}

export interface Credentials extends Pems {
  /**
   * The same in all threads: a client comes back to whichever accepts it, and goes on with its
   * session. Others with each change, so that no session outlives what let it begin.
   */
  readonly ticketKeys: Uint8Array;
}

/** Of session tickets, as OpenSSL wants them. */
export const TICKET_KEY_BYTES = 48;

/** How long a client may go on with a session. */
const SESSION_S = 300;

/** As Node takes them, with what is the same for all ports. */
export function contextOptions({ cert, key, clientCa }: Pems): SecureContextOptions {
  return {
    cert,
    key,
    ...(clientCa !== null && { ca: clientCa }),
    minVersion: 'TLSv1.2',
    honorCipherOrder: true,
    // Each would cost a handshake, as often as a client likes.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    sessionTimeout: SESSION_S,
    // Sessions go from thread to thread, and not to another service that is handed their tickets.
    sessionIdContext: 'argus',
  };
}

/** Throws what OpenSSL has against them. */
export function tryContext(pems: Pems): void {
  createSecureContext(contextOptions(pems));
}
