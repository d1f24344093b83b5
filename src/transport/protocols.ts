/**
 * The protocols that may be served. A new one is a row here, its name in TRANSPORTS, and who makes
 * it in a decider: what listens, hands on, counts and says where it serves goes by these.
 */
import type { Config } from '../config.ts';
import { GRPC, HTTP, RESP, type TRANSPORTS } from '../metrics/cells.ts';
import { httpInPlain, respInPlain } from './tls/client-hello.ts';
import type { Alpn } from './tls/handshakes.ts';

export type ProtocolName = (typeof TRANSPORTS)[number];

/** The port of each protocol that is served. */
export type Ports = { readonly [Name in ProtocolName]?: number };

interface ProtocolKind {
  /** Its index in TRANSPORTS. */
  readonly place: number;
  /** What its URLs begin with, without TLS and with it. */
  readonly schemes: readonly [plain: string, tls: string];
  /** What a client may name by ALPN, or must; null where it may name nothing. */
  readonly alpn: Alpn | null;
  /** What a client is told that speaks without TLS where there is TLS, by how it begins. */
  readonly toldInPlain: (begin: string) => string | null;
  /** What the configuration says, 0 for any; null where it is not to be served. */
  readonly portOf: (config: Config) => number | null;
  /** The end of the message that its port is taken: what to do about it. */
  readonly otherwise: string;
}

export const PROTOCOLS: Readonly<Record<ProtocolName, ProtocolKind>> = {
  http: {
    place: HTTP,
    schemes: ['http', 'https'],
    alpn: { name: 'http/1.1', isNeeded: false },
    toldInPlain: httpInPlain,
    portOf: ({ port }) => port,
    otherwise: '',
  },
  resp: {
    place: RESP,
    schemes: ['redis', 'rediss'],
    alpn: null,
    toldInPlain: respInPlain,
    portOf: ({ respPort }) => (respPort === 0 ? null : respPort),
    otherwise: '; RESP_PORT=0 does without the Redis protocol',
  },
  grpc: {
    place: GRPC,
    schemes: ['grpc', 'grpcs'],
    // HTTP/2 is not spoken over TLS without it.
    alpn: { name: 'h2', isNeeded: true },
    toldInPlain: httpInPlain,
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
