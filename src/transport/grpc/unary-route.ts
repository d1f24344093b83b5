/** Calls with one message each way. One for each block of header fields that asks for them. */
import type { Clock } from '../../lib/clock.ts';
import { type Cells, DURATION } from '../../metrics/cells.ts';
import type { Caller, TraceContext } from '../../tracing/caller.ts';
import type { Stream, WholeRoute } from '../http2/stream.ts';
import { giveFault, giveLate, giveNow, PREFIX_BYTES } from './answers.ts';
import type { GrpcFault, UnaryAnswer, UnaryMethod } from './call.ts';
import { faultOf, MOST_MESSAGE_BYTES } from './message-frame.ts';
import type { Permission } from './peer.ts';
import { RESOURCE_EXHAUSTED } from './statuses.ts';

export interface UnaryParts {
  readonly cells: Cells;
  readonly clock: Clock;
  /** Told whose question is asked; null where nobody wants to know. */
  readonly caller: Caller | null;
  /** Counts decisions that were given at once. */
  readonly decided: () => void;
}

/** What the header fields of a call say. */
export interface UnaryFields {
  /** Null for ever. */
  readonly timeoutUs: number | null;
  readonly context: TraceContext | null;
  readonly permission: Permission;
}

const TOO_LONG: GrpcFault = {
  code: RESOURCE_EXHAUSTED,
  message: `a message must have at most ${MOST_MESSAGE_BYTES} bytes, has more`,
};

export class UnaryRoute implements WholeRoute {
  readonly kind = 'whole';
  readonly mostBytes: number = PREFIX_BYTES + MOST_MESSAGE_BYTES;
  readonly #parts: UnaryParts;
  readonly #method: UnaryMethod;
  readonly #timeoutUs: number | null;
  readonly #context: TraceContext | null;
  readonly #permission: Permission;

  constructor(parts: UnaryParts, method: UnaryMethod, fields: UnaryFields) {
    this.#parts = parts;
    this.#method = method;
    this.#timeoutUs = fields.timeoutUs;
    this.#context = fields.context;
    this.#permission = fields.permission;
  }

  answer(stream: Stream, body: Uint8Array): void {
    const { grant } = this.#permission;
    const { notPermitted } = this.#method;
    if (notPermitted !== undefined && !grant.mayAsk) {
      this.#permission.refused();
      giveLate(stream, notPermitted);
      return;
    }
    const fault = faultOf(body);
    if (fault !== null) {
      giveFault(stream, fault);
      return;
    }
    const message = body.subarray(PREFIX_BYTES);
    const deadlineUs = this.#timeoutUs === null ? null : stream.arrivedUs + this.#timeoutUs;
    const call = { message, deadlineUs, grant };
    const { caller } = this.#parts;
    const answer =
      caller === null
        ? this.#method.handle(call)
        : caller.during(this.#context, () => this.#method.handle(call));
    if (answer instanceof Promise) void this.#wait(stream, answer);
    else {
      if (this.#method.decides === true) this.#parts.decided();
      if (answer instanceof Uint8Array) giveNow(stream, answer);
      else giveFault(stream, answer);
    }
  }

  refuse(stream: Stream): void {
    this.#parts.cells.overBound('message');
    giveOverBound(stream, this.#method, TOO_LONG);
  }

  async #wait(stream: Stream, coming: Promise<UnaryAnswer | GrpcFault>): Promise<void> {
    const { cells, clock } = this.#parts;
    const answer = await coming;
    if (answer instanceof Uint8Array) giveLate(stream, answer);
    else giveFault(stream, answer);
    if (this.#method.decides !== true) return;
    cells.observe(DURATION, (clock() - stream.arrivedUs) / 1_000_000);
  }
}

/** Answers a call that is over a bound of size. */
export function giveOverBound(stream: Stream, { overBound }: UnaryMethod, fault: GrpcFault): void {
  if (overBound === undefined) giveFault(stream, fault);
  else giveLate(stream, overBound);
}
