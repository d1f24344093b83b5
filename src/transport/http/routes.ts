/** All routes, in Express. The hot one is reached before it too, by the same handler. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type ErrorRequestHandler, type Express } from 'express';
import type { Exposition } from '../../metrics/exposition.ts';
import type { ServiceState } from '../service-state.ts';
import type { LimitRoute } from './limit-route.ts';
import { HEALTH_PATH, LIMIT_PATH, LIVENESS_PATH, METRICS_PATH, READINESS_PATH } from './paths.ts';
import type { Replies } from './reply.ts';

type Handler = (req: IncomingMessage, res: ServerResponse) => void | Promise<void>;

export interface RouteParts {
  readonly limitRoute: LimitRoute;
  readonly replies: Replies;
  readonly state: ServiceState;
  readonly exposition: Exposition;
  /** Ends the process: called with what a handler threw. */
  readonly fail: (error: unknown) => void;
}

export function createRoutes(parts: RouteParts): Express {
  const { limitRoute, replies, state, exposition } = parts;
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.enable('case sensitive routing').enable('strict routing');

  const serve = (method: 'get' | 'post', path: string, handler: Handler) => {
    const allow = method === 'get' ? 'GET, HEAD, OPTIONS' : 'POST, OPTIONS';
    app
      .route(path)
      [method](handler)
      .options((_req, res) => {
        replies.send(res, 204, ['Allow', allow], '');
      })
      .all((req, res) => {
        const detail = `${path} takes ${allow}, not ${req.method}`;
        const problem = { status: 405, detail, reason: 'method_not_allowed' } as const;
        replies.problem(res, problem, ['Allow', allow]);
      });
  };
  serve('post', LIMIT_PATH, (req, res) => limitRoute.handle(req, res));
  serve('get', HEALTH_PATH, (_req, res) => replies.text(res, 'OK'));
  serve('get', LIVENESS_PATH, (_req, res) => replies.text(res, 'OK'));
  serve('get', READINESS_PATH, (_req, res) => {
    const { phase } = state;
    if (phase === 'serving') replies.text(res, 'OK');
    else replies.problem(res, { status: 503, detail: `the service is ${phase}` });
  });
  const answerMetrics = async (res: ServerResponse) => {
    replies.text(res, await exposition.render(), exposition.contentType);
  };
  serve('get', METRICS_PATH, (req, res) => replies.inOrder(req.socket, answerMetrics(res)));
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
