/** gRPC on the connections of one decider: puts its parts together. */
import type { Config } from '../../config.ts';
import { LIVENESS_PATH, READINESS_PATH } from '../../contract/paths.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Timers } from '../../lib/timers.ts';
import type { Limiter } from '../../limiter/limiter.ts';
import type { Cells } from '../../metrics/cells.ts';
import type { Caller } from '../../tracing/caller.ts';
import type { TokenGuard } from '../access/token-guard.ts';
import type { ClientBytes } from '../connection/client-bytes.ts';
import type { Protocol } from '../connection/listener.ts';
import type { Turns } from '../connection/turns.ts';
import { Http2Server } from '../http2/http2-server.ts';
import type { RequestHead } from '../http2/request-head.ts';
import type { Service } from '../http2/service.ts';
import type { Route } from '../http2/stream.ts';

import { readinessOf } from '../readiness.ts';
import type { ServiceState } from '../service-state.ts';
import { giveFault } from './answers.ts';
import type { GrpcFault, GrpcService } from './call.ts';
import { GrpcRouter, type GrpcRoutes, pathOf } from './grpc-router.ts';
import { CHECK, HEALTH, Health, WATCH } from './health.ts';
import { Peer } from './peer.ts';
import { createReflection } from './reflection/reflection.ts';
import { giveText, RefusingRoute } from './refusing-route.ts';
import { UNAVAILABLE } from './statuses.ts';

export interface GrpcParts {
  readonly config: Config;
  readonly limiter: Limiter;
  readonly cells: Cells;
  readonly clock: Clock;
  readonly timers: Timers;
  readonly tokenGuard: TokenGuard;
  readonly state: ServiceState;
  readonly turns: Turns;
  readonly clientBytes: ClientBytes;
  /** Told whose question is asked; null where nobody wants to know. */
  readonly caller: Caller | null;
  /** Those that are served beside health. */
  readonly services: readonly GrpcService[];
}

const CROWDED: GrpcFault = {
  code: UNAVAILABLE,
  message: 'as many connections are open as MAX_CONNECTIONS allows',
};

export function createGrpc(parts: GrpcParts): Protocol {
  const { config, cells, clock, timers, limiter, state, caller, tokenGuard: guard } = parts;
  const names = new Set<string>();
  const tooMany = () => cells.overBound('open_calls');
  const health = new Health({
    timers,
    isReady: () => readinessOf(state, limiter).isReady,
    has: (name) => names.has(name),
    tooMany,
  });
  const services = [health.service, ...parts.services];
  const reflection = createReflection({ services, tooMany });
  for (const name of [...services.map(({ name }) => name), ...reflection.names]) names.add(name);
  const plain = probes(parts);
  const streaming = new Map<string, Route>([[pathOf(HEALTH, WATCH), health], ...reflection.routes]);
  const routes: GrpcRoutes = { services, streaming, plain };
  const router = new GrpcRouter({ cells, clock, caller }, routes);
  const probed = [...plain.keys(), pathOf(HEALTH, CHECK)];
  const serve = (address: string) => router.serve(new Peer({ guard, cells }, address));
  return new Http2Server({
    ...parts,
    times: config,
    mostAgeMs: config.grpcMaxConnectionAgeMs,
    serve,
    beyond: (address, refused) => new Doorkeeper(serve(address), probed, refused),
  });
}

/** Serves who looks how the service is; sends others away. */
class Doorkeeper implements Service {
  readonly decisions = 0;
  readonly #others: Service;
  readonly #probes: readonly string[];
  readonly #refusal: Route;

  constructor(others: Service, probes: readonly string[], refused: () => void) {
    this.#others = others;
    this.#probes = probes;
    let isRefused = false;
    this.#refusal = new RefusingRoute((stream) => {
      if (!isRefused) refused();
      isRefused = true;
      giveFault(stream, CROWDED);
    });
  }

  routeOf(head: RequestHead): Route {
    return this.#probes.includes(head.path) ? this.#others.routeOf(head) : this.#refusal;
  }
}

function probes({ state, limiter }: GrpcParts): ReadonlyMap<string, Route> {
  return new Map([
    [LIVENESS_PATH, new RefusingRoute((stream) => giveText(stream, 200, 'alive'))],
    [
      READINESS_PATH,
      new RefusingRoute((stream) => {
        const { isReady, words } = readinessOf(state, limiter);
        giveText(stream, isReady ? 200 : 503, words);
      }),
    ],
  ]);
}
