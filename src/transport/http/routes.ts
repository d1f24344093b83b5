/** The table of routes: all that is served, and by whom. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LIVENESS_PATH, READINESS_PATH } from '../../contract/paths.ts';
import type { Limiter } from '../../limiter/limiter.ts';
import type { Exposition } from '../../metrics/exposition.ts';
import { readinessOf } from '../readiness.ts';
import type { ServiceState } from '../service-state.ts';
import type { BatchRoute } from './asking/batch-route.ts';
import type { EnvoyRoute } from './asking/envoy-route.ts';
import type { ForwardRoute } from './asking/forward-route.ts';
import type { LimitRoute } from './asking/limit-route.ts';
import type { ResetRoute } from './asking/reset-route.ts';
import type { Replies } from './core/replies.ts';
import { type Route, RouteTable } from './core/route.ts';
import {
  HEALTH_PATH,
  METRICS_PATH,
  OPENAPI_PATH,
  POLICY_SCHEMA_PATH,
} from './core/service-paths.ts';
import { openApi } from './document/openapi.ts';

export interface RouteParts {
  readonly limitRoute: LimitRoute;
  readonly batchRoute: BatchRoute;
  readonly resetRoute: ResetRoute;
  readonly forwardRoute: ForwardRoute;
  readonly envoyRoute: EnvoyRoute;
  readonly limiter: Limiter;
  readonly replies: Replies;
  readonly state: ServiceState;
  readonly exposition: Exposition;
  readonly version: string;
  readonly policySchema: string;
}

export function createRoutes(parts: RouteParts): RouteTable {
  const { limitRoute, batchRoute, resetRoute, forwardRoute, envoyRoute, replies } = parts;
  const alive = (_req: IncomingMessage, res: ServerResponse) => replies.text(res, 'OK');
  const exact: readonly Route[] = [
    limitRoute,
    resetRoute,
    batchRoute,
    envoyRoute,
    { method: 'GET', path: HEALTH_PATH, isProbe: true, handle: alive },
    { method: 'GET', path: LIVENESS_PATH, isProbe: true, handle: alive },
    { method: 'GET', path: READINESS_PATH, isProbe: true, handle: readiness(parts) },
    { method: 'GET', path: METRICS_PATH, isProbe: true, handle: metrics(parts) },
    { method: 'GET', path: OPENAPI_PATH, handle: openApiDocument(parts) },
    { method: 'GET', path: POLICY_SCHEMA_PATH, handle: policySchemaDocument(parts) },
  ];
  return new RouteTable({ exact, prefixed: [forwardRoute] });
}

function readiness({ state, limiter, replies }: RouteParts): Route['handle'] {
  return (_req, res) => {
    const { isReady, words } = readinessOf(state, limiter);
    if (isReady) replies.text(res, words);
    else replies.problem(res, { status: 503, detail: words });
  };
}

function metrics({ exposition, replies }: RouteParts): Route['handle'] {
  const answer = async (res: ServerResponse) => {
    replies.text(res, await exposition.render(), exposition.contentType);
  };
  return (req, res) => replies.inOrder(req.socket, answer(res));
}

function openApiDocument({ version, resetRoute, replies }: RouteParts): Route['handle'] {
  const document = JSON.stringify(openApi({ version, hasAdminToken: resetRoute.hasToken }));
  return (_req, res) => replies.text(res, document, 'application/json');
}

function policySchemaDocument({ policySchema, replies }: RouteParts): Route['handle'] {
  return (_req, res) => replies.text(res, policySchema, 'application/schema+json');
}
