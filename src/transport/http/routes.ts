/** The table of routes: all that is served, and by whom. */
import type { BatchRoute } from './asking/batch-route.ts';
import type { EnvoyRoute } from './asking/envoy-route.ts';
import type { ForwardRoute } from './asking/forward-route.ts';
import type { LimitRoute } from './asking/limit-route.ts';
import type { ResetRoute } from './asking/reset-route.ts';
import { type Route, RouteTable } from './core/route.ts';
import { OPENAPI_PATH, POLICY_SCHEMA_PATH } from './core/service-paths.ts';
import { openApi } from './document/openapi.ts';
import { type ProbeParts, probeRoutes } from './probe-routes.ts';

export interface RouteParts extends ProbeParts {
  readonly limitRoute: LimitRoute;
  readonly batchRoute: BatchRoute;
  readonly resetRoute: ResetRoute;
  readonly forwardRoute: ForwardRoute;
  readonly envoyRoute: EnvoyRoute;
  readonly version: string;
  readonly policySchema: string;
}

export function createRoutes(parts: RouteParts): RouteTable {
  const { limitRoute, batchRoute, resetRoute, forwardRoute, envoyRoute } = parts;
  const exact: readonly Route[] = [
    limitRoute,
    resetRoute,
    batchRoute,
    envoyRoute,
    ...probeRoutes(parts),
    { method: 'GET', path: OPENAPI_PATH, handle: openApiDocument(parts) },
    { method: 'GET', path: POLICY_SCHEMA_PATH, handle: policySchemaDocument(parts) },
  ];
  return new RouteTable({ exact, prefixed: [forwardRoute] });
}

function openApiDocument(parts: RouteParts): Route['handle'] {
  const { version, resetRoute, replies } = parts;
  const { hasToken, needsToken } = resetRoute;
  const document = JSON.stringify(openApi({ version, hasToken, needsToken }));
  return (_req, res) => replies.text(res, document, 'application/json');
}

function policySchemaDocument({ policySchema, replies }: RouteParts): Route['handle'] {
  return (_req, res) => replies.text(res, policySchema, 'application/schema+json');
}
