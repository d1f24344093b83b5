/** TLS as a port has it, by the certificate that is for tests, for servers in a test's process. */
import { systemTimers } from '../../../src/lib/timers.ts';
import { Cells } from '../../../src/metrics/cells.ts';
import { PROTOCOLS, type ProtocolName } from '../../../src/transport/protocols.ts';
import { Handshakes } from '../../../src/transport/tls/handshakes.ts';
import { CERTIFICATE, CERTIFICATE_KEY } from '../../support/certificate.ts';

export function handshakesOf(
  name: ProtocolName,
  cells: Cells = new Cells(Cells.reserve(1), 0),
): Handshakes {
  return new Handshakes({
    ...PROTOCOLS[name],
    credentials: {
      cert: CERTIFICATE,
      key: CERTIFICATE_KEY,
      clientCa: null,
      ticketKeys: new Uint8Array(48),
    },
    cells,
    timers: systemTimers,
    headersTimeoutMs: 10_000,
  });
}
