/**
 * The protocols that may be served. A new one is a row here, its name in TRANSPORTS, and who makes
 * it in a decider: what listens, hands on, counts and says where it serves goes by these.
 */
import type { Config } from '../config.ts';
import { GRPC, HTTP, RESP, type TRANSPORTS } from '../metrics/cells.ts';

export type ProtocolName = (typeof TRANSPORTS)[number];

/** The port of each protocol that is served. */
export type Ports = { readonly [Name in ProtocolName]?: number };

interface ProtocolKind {
  /** Its index in TRANSPORTS. */
  readonly place: number;
  /** What its URLs begin with. */
  readonly scheme: string;
  /** What the configuration says, 0 for any; null where it is not to be served. */
  readonly portOf: (config: Config) => number | null;
  /** The end of the message that its port is taken: what to do about it. */
  readonly otherwise: string;
}

export const PROTOCOLS: Readonly<Record<ProtocolName, ProtocolKind>> = {
  http: { place: HTTP, scheme: 'http', portOf: ({ port }) => port, otherwise: '' },
  resp: {
    place: RESP,
    scheme: 'redis',
    portOf: ({ respPort }) => (respPort === 0 ? null : respPort),
    otherwise: '; RESP_PORT=0 does without the Redis protocol',
  },
  grpc: {
    place: GRPC,
    scheme: 'grpc',
    portOf: ({ grpcPort }) => (grpcPort === 0 ? null : grpcPort),
    otherwise: '; GRPC_PORT=0 does without gRPC',
  },
};

const PROTOCOL_NAMES: readonly ProtocolName[] = Object.keys(PROTOCOLS) as ProtocolName[];

/** Those that are to be served, each with its port, in the order in which ports are taken. */
export function servedBy(config: Config): readonly (readonly [ProtocolName, number])[] {
  return PROTOCOL_NAMES.flatMap((name) => {
    const port = PROTOCOLS[name].portOf(config);
    return port === null ? [] : [[name, port] as const];
  });
}

export function entriesOf(ports: Ports): readonly (readonly [ProtocolName, number])[] {
  return Object.entries(ports) as [ProtocolName, number][];
}
