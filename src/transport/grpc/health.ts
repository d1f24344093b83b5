/**
 * grpc.health.v1.Health: whether the service may be asked, once or for as long as somebody listens.
 *
 * Whoever listens is told of a change within POLL_MS, and that it must look elsewhere when the
 * connection is about to end.
 */
import type { ProtoFile } from '../../lib/proto-file.ts';
import type { Timers } from '../../lib/timers.ts';
import type { Stream, WholeRoute } from '../http2/stream.ts';
import { giveFault, HEAD, PREFIX_BYTES, prefixOf } from './answers.ts';
import type { GrpcFault, GrpcService } from './call.ts';
import { faultOf } from './message-frame.ts';
import { message, readFields } from './protobuf.ts';
import { INVALID_ARGUMENT, NOT_FOUND, RESOURCE_EXHAUSTED } from './statuses.ts';
import { ENDING_TRAILERS, mayStay } from './staying.ts';

export const HEALTH = 'grpc.health.v1.Health';
export const CHECK = 'Check';
export const WATCH = 'Watch';
const POLL_MS = 250;
/** A request only holds the name of a service. */
const MOST_BYTES = 4_096;

const SERVICE = 1;
const STATUS = 1;
const STATUSES = [
  ['UNKNOWN', 0],
  ['SERVING', 1],
  ['NOT_SERVING', 2],
  ['SERVICE_UNKNOWN', 3],
] as const;
const SERVING: Buffer = message([[STATUS, 1]]);
const NOT_SERVING: Buffer = message([[STATUS, 2]]);
const SERVICE_UNKNOWN: Buffer = message([[STATUS, 3]]);

const PACKAGE = 'grpc.health.v1';
const ASKED = { takes: `${PACKAGE}.HealthCheckRequest`, gives: `${PACKAGE}.HealthCheckResponse` };
const DESCRIPTION: ProtoFile = {
  name: 'grpc/health/v1/health.proto',
  package: PACKAGE,
  messages: [
    { name: 'HealthCheckRequest', fields: [{ number: SERVICE, name: 'service', type: 'string' }] },
    {
      name: 'HealthCheckResponse',
      fields: [
        { number: STATUS, name: 'status', type: 'enum', of: `${ASKED.gives}.ServingStatus` },
      ],
      enums: [{ name: 'ServingStatus', values: STATUSES }],
    },
  ],
  services: [
    {
      name: 'Health',
      methods: [
        { name: CHECK, ...ASKED },
        { name: WATCH, ...ASKED, givesMany: true },
      ],
    },
  ],
};

const BAD_MESSAGE: GrpcFault = {
  code: INVALID_ARGUMENT,
  message: 'the message must be a grpc.health.v1.HealthCheckRequest, is none',
};
const UNKNOWN: GrpcFault = { code: NOT_FOUND, message: 'there is no such service here' };
const TOO_LONG: GrpcFault = {
  code: RESOURCE_EXHAUSTED,
  message: `a request must have at most ${MOST_BYTES} bytes, has more`,
};

export interface HealthParts {
  readonly timers: Timers;
  readonly isReady: () => boolean;
  /** Whether there is a service of this name. */
  readonly has: (name: string) => boolean;
  /** Counts a call that is refused because as many stay open as may. */
  readonly tooMany: () => void;
}

/** Who listens, and what it was told last. */
interface Watch {
  readonly stream: Stream;
  told: Buffer;
}

export class Health implements WholeRoute {
  readonly kind = 'whole';
  readonly mostBytes: number = PREFIX_BYTES + MOST_BYTES;
  readonly service: GrpcService;
  readonly #parts: HealthParts;
  readonly #watches = new Map<Stream, Watch>();
  #isPolling = false;

  constructor(parts: HealthParts) {
    this.#parts = parts;
    this.service = {
      name: HEALTH,
      describedBy: DESCRIPTION,
      methods: {
        [CHECK]: {
          handle: ({ message }) => {
            const name = nameIn(message);
            if (name === null) return BAD_MESSAGE;
            return this.#knows(name) ? this.#status : UNKNOWN;
          },
        },
      },
    };
  }

  /** Answers Watch. */
  answer(stream: Stream, body: Uint8Array): void {
    const fault = faultOf(body);
    const name = fault === null ? nameIn(body.subarray(PREFIX_BYTES)) : null;
    if (fault !== null || name === null) giveFault(stream, fault ?? BAD_MESSAGE);
    else if (mayStay(stream, this.#parts.tooMany)) this.#watch(stream, name);
  }

  refuse(stream: Stream): void {
    giveFault(stream, TOO_LONG);
  }

  #watch(stream: Stream, name: string): void {
    const told = this.#knows(name) ? this.#status : SERVICE_UNKNOWN;
    stream.begin(HEAD);
    stream.send(prefixOf(told), told);
    stream.onGone = () => this.#watches.delete(stream);
    stream.onEnding = () => {
      this.#watches.delete(stream);
      stream.end(ENDING_TRAILERS);
    };
    // No service comes into being later.
    if (told === SERVICE_UNKNOWN) return;
    this.#watches.set(stream, { stream, told });
    this.#poll();
  }

  #poll(): void {
    if (this.#isPolling) return;
    this.#isPolling = true;
    this.#parts.timers.after(POLL_MS, () => {
      this.#isPolling = false;
      this.#tell();
      if (this.#watches.size > 0) this.#poll();
    });
  }

  #tell(): void {
    const status = this.#status;
    for (const watch of this.#watches.values()) {
      // Who does not take the last one is told when it has.
      if (watch.told === status || watch.stream.waiting !== null) continue;
      watch.told = status;
      watch.stream.send(prefixOf(status), status);
    }
  }

  get #status(): Buffer {
    return this.#parts.isReady() ? SERVING : NOT_SERVING;
  }

  #knows(name: string): boolean {
    return name === '' || this.#parts.has(name);
  }
}

/** The name in a request, of which the last one counts; null where it is none. */
function nameIn(request: Uint8Array): string | null {
  let name = '';
  const isMessage = readFields(request, {
    bytes: (number, value) => {
      if (number === SERVICE) name = Buffer.from(value).toString('utf8');
    },
  });
  return isMessage ? name : null;
}
