/**
 * POST /json: what Envoy asks by gRPC, in JSON, as its own rate limit service takes it. Statuses
 * are that one's: 200, and 429 for a denial.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Grant } from '../../../access/grant.ts';
import { MOST_BATCH_BYTES } from '../../../contract/bounds.ts';
import { ENVOY_JSON_PATH } from '../../../contract/paths.ts';
import type { EnvoyAsker } from '../../../envoy/asking.ts';
import { readRequestJson } from '../../../envoy/json/request-json.ts';
import { responseJson } from '../../../envoy/json/response-json.ts';
import { refusalOfRequest } from '../../../envoy/refusal.ts';
import type { RateLimitResponse } from '../../../envoy/response.ts';
import type { Clock } from '../../../lib/clock.ts';
import { type Cells, DURATION, HTTP } from '../../../metrics/cells.ts';
import type { Caller } from '../../../tracing/caller.ts';
import { type BodyReceiver, receiveBody } from '../core/body.ts';
import type { Replies } from '../core/replies.ts';
import type { Route } from '../core/route.ts';
import type { TokenGate } from '../core/token-gate.ts';
import { askFor } from '../core/trace-context.ts';

export interface EnvoyRouteParts {
  readonly asker: EnvoyAsker;
  readonly cells: Cells;
  readonly clock: Clock;
  readonly replies: Replies;
  readonly gate: TokenGate;
  /** Null where nobody wants to know whose question it is. */
  readonly caller: Caller | null;
}

export class EnvoyRoute implements Route, BodyReceiver {
  readonly method = 'POST';
  readonly path: string = ENVOY_JSON_PATH;
  readonly mostBytes: number = MOST_BATCH_BYTES;
  readonly decides = true;
  readonly #parts: EnvoyRouteParts;

  constructor(parts: EnvoyRouteParts) {
    this.#parts = parts;
  }

  handle(req: IncomingMessage, res: ServerResponse): void {
    const { gate, replies } = this.#parts;
    gate.admit(req, res, (grant) => {
      if (!replies.refusesEncoding(req, res)) receiveBody(req, res, this, replies, grant);
    });
  }

  received(req: IncomingMessage, res: ServerResponse, body: Buffer, grant: Grant): void {
    const { asker, clock, replies, caller } = this.#parts;
    const nowUs = clock();
    const value = jsonOf(body);
    if (value === undefined) {
      const detail = 'the body must be JSON in UTF-8, is not';
      replies.problem(res, { status: 400, detail, reason: 'not_json' });
      return;
    }
    const reading = readRequestJson(value.json);
    if (!reading.ok) {
      const { fault: detail, reason } = reading;
      replies.problem(res, { status: 400, detail, reason });
      return;
    }
    const fault = refusalOfRequest(grant, reading.request);
    if (fault !== null) {
      replies.badQuestion(res, { reason: 'forbidden', fault });
      return;
    }
    const answer = askFor(caller, req, () => asker.ask(reading.request, nowUs));
    replies.give(res, answer, (response) => {
      this.#give(res, response, nowUs);
    });
  }

  #give(res: ServerResponse, response: RateLimitResponse, nowUs: number): void {
    const { cells, clock, replies } = this.#parts;
    // Before the answer: whoever has it and then scrapes finds it counted.
    cells.decided(HTTP, !response.isOver);
    const body = responseJson(response);
    const head = ['Content-Type', 'application/json'];
    head.push('Content-Length', String(Buffer.byteLength(body)));
    replies.send(res, response.isOver ? 429 : 200, head, body);
    cells.observe(DURATION, (clock() - nowUs) / 1_000_000);
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Undefined where it is no JSON. */
function jsonOf(body: Buffer): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse(decoder.decode(body)) as unknown };
  } catch {
    return undefined;
  }
}
