/** All routes, in Express. The hot one is reached before it too, by the same handler. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type ErrorRequestHandler, type Express } from 'express';
import { LIMIT_PATH, LIMITS_PATH } from '../../contract/paths.ts';
import type { Limiter } from '../../limiter/limiter.ts';
import type { Exposition } from '../../metrics/exposition.ts';
import type { ServiceState } from '../service-state.ts';
import type { BatchRoute } from './asking/batch-route.ts';
import type { LimitRoute } from './asking/limit-route.ts';
import type { ResetRoute } from './asking/reset-route.ts';
import type { CrossSite } from './core/cross-site.ts';
import {
  HEALTH_PATH,
  LIVENESS_PATH,
  METRICS_PATH,
  OPENAPI_PATH,
  READINESS_PATH,
} from './core/paths.ts';
import type { Replies } from './core/replies.ts';
import { openApi } from './document/openapi.ts';

type Handler = (req: IncomingMessage, res: ServerResponse) => void | Promise<void>;
type Handlers = { readonly get?: Handler; readonly post?: Handler; readonly delete?: Handler };

/** Express answers HEAD wherever it answers GET. */
const ALLOW = { get: 'GET, HEAD', post: 'POST', delete: 'DELETE' } as const;

export interface RouteParts {
  readonly limitRoute: LimitRoute;
  readonly batchRoute: BatchRoute;
  readonly resetRoute: ResetRoute;
  readonly crossSite: CrossSite;
  readonly limiter: Limiter;
  readonly replies: Replies;
  readonly state: ServiceState;
  readonly exposition: Exposition;
  readonly version: string;
  /** Ends the process: called with what a handler threw. */
  readonly fail: (error: unknown) => void;
}

export function createRoutes(parts: RouteParts): Express {
  const { replies, state, exposition } = parts;
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.enable('case sensitive routing').enable('strict routing');

  const serve = (path: string, handlers: Handlers, { isForPages = true } = {}) => {
    const methods = Object.keys(handlers) as (keyof Handlers)[];
    const allow = [...methods.map((method) => ALLOW[method]), 'OPTIONS'].join(', ');
    const route = app.route(path);
    if (!isForPages) {
      route.all((req, res, next) => {
        if (!parts.crossSite.refuses(req, res)) next();
      });
    }
    for (const method of methods) route[method](handlers[method] as Handler);
    route
      .options((_req, res) => {
        replies.send(res, 204, ['Allow', allow], '');
      })
      .all((req, res) => {
        const detail = `${path} takes ${allow}, not ${req.method}`;
        const problem = { status: 405, detail, reason: 'method_not_allowed' } as const;
        replies.problem(res, problem, ['Allow', allow]);
      });
  };
  const limit = {
    post: (req, res) => parts.limitRoute.handle(req, res),
    delete: (req, res) => parts.resetRoute.handle(req, res),
  } satisfies Handlers;
  const batch = { post: (req, res) => parts.batchRoute.handle(req, res) } satisfies Handlers;
  // Whoever asks here spends tokens.
  serve(LIMIT_PATH, limit, { isForPages: false });
  serve(LIMITS_PATH, batch, { isForPages: false });
  serve(HEALTH_PATH, { get: (_req, res) => replies.text(res, 'OK') });
  serve(LIVENESS_PATH, { get: (_req, res) => replies.text(res, 'OK') });
  serve(READINESS_PATH, {
    get: (_req, res) => {
      const { phase } = state;
      const { isReady, words } =
        phase === 'serving'
          ? parts.limiter.health
          : { isReady: false, words: `the service is ${phase}` };
      if (isReady) replies.text(res, words);
      else replies.problem(res, { status: 503, detail: words });
    },
  });
  const { version, resetRoute } = parts;
  const document = JSON.stringify(openApi({ version, hasAdminToken: resetRoute.hasToken }));
  serve(OPENAPI_PATH, { get: (_req, res) => replies.text(res, document, 'application/json') });
  const answerMetrics = async (res: ServerResponse) => {
    replies.text(res, await exposition.render(), exposition.contentType);
  };
  serve(METRICS_PATH, {
    get: (req, res) => replies.inOrder(req.socket, answerMetrics(res)),
  });
  app.use((_req, res) => replies.notFound(res));
  app.use(errorHandler(parts));
  return app;
}

/** Express answers a throw with a 500 and goes on. A throw of ours is a bug, and ends the process. */
function errorHandler({ replies, fail }: RouteParts): ErrorRequestHandler {
  return (error: unknown, _req, res, _next) => {
    const status = statusOf(error);
    if (status >= 400 && status < 500) {
      const detail = error instanceof Error ? error.message : 'the request cannot be read';
      replies.problem(res, { status, detail, reason: 'malformed_http' });
    } else {
      fail(error);
    }
  };
}

function statusOf(error: unknown): number {
  const { status } = (error ?? {}) as { status?: unknown };
  return typeof status === 'number' ? status : 500;
}
