/** How a method of gRPC is plugged in: the message of a call as bytes, and the message back. */
import type { Grant } from '../../access/grant.ts';
import type { ProtoFile } from '../../lib/proto-file.ts';

export interface UnaryCall {
  /** The bytes of the message where they were read: they are there until the handler returns. */
  readonly message: Uint8Array;
  /** When the client gives up, by the clock of `src/lib/clock.ts`; null for never. */
  readonly deadlineUs: number | null;
  /** What its caller may ask. */
  readonly grant: Grant;
}

/**
 * The message of the answer. Given at once it may be changed as soon as it was given; given late,
 * it is left alone.
 */
export type UnaryAnswer = Uint8Array;

export interface GrpcFault {
  /** One of the statuses of gRPC, and none of success. */
  readonly code: number;
  readonly message: string;
}

export type UnaryHandler = (
  call: UnaryCall,
) => UnaryAnswer | GrpcFault | Promise<UnaryAnswer | GrpcFault>;

export interface UnaryMethod {
  readonly handle: UnaryHandler;
  /** The answer to a call that is over a bound of size; left out, it is RESOURCE_EXHAUSTED. */
  readonly overBound?: UnaryAnswer;
  /** The answer to who may ask nothing; left out, everybody may call it. */
  readonly notPermitted?: UnaryAnswer;
  /** Whether it decides: how long it takes is measured. */
  readonly decides?: boolean;
}

/** The methods of a service by their names, such as `ShouldRateLimit`. */
export interface GrpcService {
  /** With its package, such as `envoy.service.ratelimit.v3.RateLimitService`. */
  readonly name: string;
  readonly methods: Readonly<Record<string, UnaryMethod>>;
  /** Says to those who ask how it is called. */
  readonly describedBy?: ProtoFile;
}
