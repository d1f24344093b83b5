/** What an operator is told at the start, since it may not be what he meant. */
import type { Config } from '../config.ts';
import { mostDescriptors } from '../lib/descriptors.ts';
import type { Log } from '../lib/log.ts';
import { TRANSPORTS } from '../metrics/cells.ts';
import { RESERVE } from '../transport/connection/reserve.ts';

type Warner = Pick<Log, 'warn'>;

/** Descriptors that the process has open by itself: in all, and for each decider. */
const OWN_DESCRIPTORS = 64;
const OWN_A_DECIDER = 8;

/** A connection without a descriptor is never accepted, and nobody would know why. */
export function warnOfDescriptors(maxConnections: number, deciders: number, log: Warner): void {
  const descriptors = mostDescriptors();
  const wanted =
    maxConnections + OWN_DESCRIPTORS + deciders * (OWN_A_DECIDER + RESERVE * TRANSPORTS.length);
  if (descriptors === null || descriptors >= wanted) return;
  log.warn(
    { descriptors, wanted, maxConnections },
    `too few open files are allowed for MAX_CONNECTIONS: ulimit -n is ${descriptors}, ` +
      `wanted is ${wanted} or more`,
  );
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}

/** Once it serves: who cannot listen has more to see to. */
export function warnOfStrangers(config: Config, log: Warner): void {
  const { host, authTokensFile, tlsClientCaFile } = config;
  if (authTokensFile !== '' || tlsClientCaFile !== '' || isLoopback(host)) return;
  log.warn(
    `whoever reaches ${host} may ask, under any limit, about any key: AUTH_TOKENS_FILE or ` +
      'TLS_CLIENT_CA_FILE says who may, and HOST=127.0.0.1 listens to this machine alone',
  );
}
