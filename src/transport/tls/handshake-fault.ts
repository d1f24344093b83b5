/** Why a handshake came to nothing, as it is counted: a few words for what OpenSSL has hundreds. */
import type { TLSSocket } from 'node:tls';
import type { HandshakeFault } from '../../metrics/cells.ts';

/** By the names that Node makes of OpenSSL's; of alerts, which are what the client says. */
const FAULTS: readonly (readonly [RegExp, HandshakeFault])[] = [
  [/^(ECONNRESET|EPIPE|ECONNABORTED)$/, 'gone'],
  [/TIMEOUT/, 'timeout'],
  [/NO_APPLICATION_PROTOCOL/, 'alpn'],
  [
    /ALERT_(BAD_CERTIFICATE|CERTIFICATE_(UNKNOWN|EXPIRED|REVOKED)|UNKNOWN_CA|UNSUPPORTED_CERT)/,
    'not_trusted',
  ],
  [/PEER_DID_NOT_RETURN_A_CERTIFICATE|CERTIFICATE_VERIFY_FAILED/, 'client_certificate'],
  [/PROTOCOL|VERSION|CIPHER|NO_SUITABLE|NO_SHARED/, 'unsupported'],
];

export function faultOf(
  { code = '' }: Error & { readonly code?: string },
  { authorizationError }: Pick<TLSSocket, 'authorizationError'>,
): HandshakeFault {
  // Found by Node, after a handshake that was good to OpenSSL.
  if (authorizationError) return 'client_certificate';
  return FAULTS.find(([pattern]) => pattern.test(code))?.[1] ?? 'malformed';
}
