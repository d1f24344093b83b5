/** The service that Envoy asks: the bytes of a request to those of its answer. */
import type { Grant } from '../access/grant.ts';
import type { Clock } from '../lib/clock.ts';
import { type Cells, ENVOY_LATE, GRPC } from '../metrics/cells.ts';
import type { EnvoyAsker } from './asking.ts';
import { refusalOfRequest } from './refusal.ts';
import type { RateLimitResponse } from './response.ts';
import { RATE_LIMIT_SERVICE } from './wire/proto-files.ts';
import { decodeRequest } from './wire/request-decoder.ts';
import { encodeResponse } from './wire/response-encoder.ts';

/** One call of a method that takes one message and answers with one. */
export interface UnaryCall {
  /** Nothing of it is kept once the handler has returned. */
  readonly message: Uint8Array;
  /** By the clock of decisions; null where the call has none. */
  readonly deadlineUs: number | null;
  /** What its caller may ask. */
  readonly grant: Grant;
}

/** An answer that is none, as gRPC has it. */
export interface GrpcFault {
  readonly code: number;
  readonly message: string;
}

export interface EnvoyServiceParts {
  readonly asker: EnvoyAsker;
  readonly clock: Clock;
  readonly cells: Cells;
}

const INVALID_ARGUMENT = 3;
const MALFORMED: GrpcFault = {
  code: INVALID_ARGUMENT,
  message: 'the message must be a RateLimitRequest, and is malformed',
};

/** Of a message that is not read, or may not be asked: of an error a proxy would make a yes. */
const OVER_LIMIT: Uint8Array = encodeResponse({ isOver: true, statuses: [], retryAfterS: null });

export function envoyService(parts: EnvoyServiceParts) {
  const { handle } = new ShouldRateLimit(parts);
  const method = { handle, overBound: OVER_LIMIT, notPermitted: OVER_LIMIT, decides: true };
  return {
    name: 'envoy.service.ratelimit.v3.RateLimitService',
    methods: { ShouldRateLimit: method },
    describedBy: RATE_LIMIT_SERVICE,
  };
}

class ShouldRateLimit {
  readonly #parts: EnvoyServiceParts;

  constructor(parts: EnvoyServiceParts) {
    this.#parts = parts;
  }

  /** At once, unless the store must be asked. */
  readonly handle = (call: UnaryCall): Uint8Array | GrpcFault | Promise<Uint8Array | GrpcFault> => {
    const { asker, cells, clock } = this.#parts;
    const request = decodeRequest(call.message);
    if (request === null) return MALFORMED;
    if (refusalOfRequest(call.grant, request) !== null) {
      cells.refuseAccess(GRPC, 'forbidden');
      return OVER_LIMIT;
    }
    const response = asker.ask(request, clock());
    if (!(response instanceof Promise)) return this.#answer(response);
    return response.then((late) => {
      this.#countLate(call.deadlineUs);
      return this.#answer(late);
    });
  };

  #answer(response: RateLimitResponse): Uint8Array {
    this.#parts.cells.decided(GRPC, !response.isOver);
    return encodeResponse(response);
  }

  /** It is charged, and given all the same: whoever asked has gone on without it. */
  #countLate(deadlineUs: number | null): void {
    const { clock, cells } = this.#parts;
    if (deadlineUs !== null && clock() > deadlineUs) cells.add(ENVOY_LATE, 1);
  }
}
