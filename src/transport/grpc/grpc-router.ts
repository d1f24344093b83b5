/** Who answers which request: the methods of gRPC by their paths, and a few of plain HTTP. */
import type { Cells } from '../../metrics/cells.ts';
import type { TraceContext } from '../../tracing/caller.ts';
import type { RequestHead } from '../http2/request-head.ts';
import type { Service } from '../http2/service.ts';
import type { Route } from '../http2/stream.ts';
import { giveFault } from './answers.ts';
import type { GrpcFault, GrpcService, UnaryMethod } from './call.ts';
import { timeoutUs } from './grpc-timeout.ts';
import { NO_COMPRESSION } from './message-frame.ts';
import type { Peer } from './peer.ts';
import { giveText, RefusingRoute } from './refusing-route.ts';
import { INTERNAL, RESOURCE_EXHAUSTED, UNIMPLEMENTED } from './statuses.ts';
import { giveOverBound, type UnaryParts, UnaryRoute } from './unary-route.ts';

export interface GrpcRoutes {
  readonly services: readonly GrpcService[];
  /** Methods with more than a message each way, by their paths. */
  readonly streaming: ReadonlyMap<string, Route>;
  /** Answers of plain HTTP to GET, by their paths. */
  readonly plain: ReadonlyMap<string, Route>;
}

const TYPE = /^application\/grpc(?:$|[+;])/i;
const TOO_MANY_FIELDS: GrpcFault = {
  code: RESOURCE_EXHAUSTED,
  message: 'the header fields are too many, or too long',
};
const BAD_TIMEOUT: GrpcFault = {
  code: INTERNAL,
  message: 'grpc-timeout must be 1 to 8 digits and one of H, M, S, m, u, n',
};

export function pathOf(service: string, method: string): string {
  return `/${service}/${method}`;
}

export class GrpcRouter {
  /** Given at once so far. */
  decisions = 0;
  readonly #parts: UnaryParts;
  readonly #cells: Cells;
  readonly #methods = new Map<string, UnaryMethod>();
  readonly #routes: GrpcRoutes;

  constructor(parts: Omit<UnaryParts, 'decided'>, routes: GrpcRoutes) {
    this.#cells = parts.cells;
    this.#parts = { ...parts, decided: () => this.decisions++ };
    this.#routes = routes;
    for (const { name, methods } of routes.services) {
      for (const [method, handler] of Object.entries(methods)) {
        this.#methods.set(pathOf(name, method), handler);
      }
    }
  }

  /** Serves one connection. */
  serve(peer: Peer): Service {
    return new RoutedConnection(this, peer);
  }

  routeOf(head: RequestHead, peer: Peer): Route {
    const { method, path } = head;
    if (method !== 'POST') return this.#plain(head);
    if (head.isTooLarge) return this.#tooLarge(path);
    if (!TYPE.test(head.valueOf('content-type') ?? '')) return WRONG_TYPE;
    const found = this.#methods.get(path);
    const streaming = this.#routes.streaming.get(path);
    if (found === undefined && streaming === undefined) return unimplemented(path);
    const encoding = head.valueOf('grpc-encoding') ?? 'identity';
    if (encoding !== 'identity') return COMPRESSED;
    if (streaming !== undefined) return streaming;
    const text = head.valueOf('grpc-timeout');
    const timeout = text === undefined ? null : timeoutUs(text);
    if (timeout !== null && Number.isNaN(timeout)) return faulty(BAD_TIMEOUT);
    return new UnaryRoute(this.#parts, found as UnaryMethod, {
      timeoutUs: timeout,
      context: this.#parts.caller === null ? null : contextOf(head),
      permission: peer.permissionFor(head.valueOf('authorization')),
    });
  }

  #plain({ method, path, isTooLarge }: RequestHead): Route {
    if (isTooLarge) return FIELDS_TOO_LARGE;
    if (method !== 'GET' && method !== 'HEAD') return WRONG_METHOD;
    return this.#routes.plain.get(path.split('?', 1)[0] as string) ?? NOT_THERE;
  }

  #tooLarge(path: string): Route {
    const method = this.#methods.get(path);
    return new RefusingRoute((stream) => {
      this.#cells.overBound('headers');
      if (method === undefined) giveFault(stream, TOO_MANY_FIELDS);
      else giveOverBound(stream, method, TOO_MANY_FIELDS);
    });
  }
}

function contextOf(head: RequestHead): TraceContext | null {
  const traceparent = head.valueOf('traceparent');
  return traceparent === undefined ? null : { traceparent, tracestate: head.valueOf('tracestate') };
}

class RoutedConnection implements Service {
  readonly #router: GrpcRouter;
  readonly #peer: Peer;

  constructor(router: GrpcRouter, peer: Peer) {
    this.#router = router;
    this.#peer = peer;
  }

  get decisions(): number {
    return this.#router.decisions;
  }

  routeOf(head: RequestHead): Route {
    return this.#router.routeOf(head, this.#peer);
  }
}

const COMPRESSED = new RefusingRoute((stream) =>
  giveFault(stream, NO_COMPRESSION, [['grpc-accept-encoding', 'identity']]),
);
const WRONG_TYPE = new RefusingRoute((stream) =>
  giveText(stream, 415, 'content-type must be application/grpc'),
);
const WRONG_METHOD = new RefusingRoute((stream) =>
  giveText(stream, 405, 'the method must be POST, for gRPC'),
);
const NOT_THERE = new RefusingRoute((stream) =>
  giveText(stream, 404, 'there is nothing here: this port speaks gRPC'),
);
const FIELDS_TOO_LARGE = new RefusingRoute((stream) =>
  giveText(stream, 431, TOO_MANY_FIELDS.message),
);

function faulty(fault: GrpcFault): Route {
  return new RefusingRoute((stream) => giveFault(stream, fault));
}

function unimplemented(path: string): Route {
  return faulty({ code: UNIMPLEMENTED, message: `there is no method ${path} here` });
}
