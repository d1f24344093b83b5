/** The table of routes, served by Express. The hot route is reached before it too. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import express, { type ErrorRequestHandler, type Express } from 'express';
import type { CrossSite } from './core/cross-site.ts';
import type { Replies } from './core/replies.ts';
import type { Route, RouteTable } from './core/route.ts';

/** Express answers HEAD wherever it answers GET. */
const ALLOW = { GET: 'GET, HEAD', POST: 'POST', DELETE: 'DELETE' } as const;

type Served = ReturnType<typeof routeAt>;

export interface AppParts {
  readonly routes: RouteTable;
  readonly crossSite: CrossSite;
  readonly replies: Replies;
  /** Ends the process: called with what a handler threw. */
  readonly fail: (error: unknown) => void;
}

export function createApp(parts: AppParts): Express {
  const { routes, crossSite, replies } = parts;
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.enable('case sensitive routing').enable('strict routing');
  for (const [path, ofPath] of routes.paths) {
    const served = routeAt(app, path);
    if (ofPath.some(({ decides }) => decides)) {
      served.all((req, res, next) => {
        if (!crossSite.refuses(req, res)) next();
      });
    }
    for (const route of ofPath) addMethod(served, route);
    addOthers(served, { path, ofPath }, replies);
  }
  app.use((_req, res) => replies.notFound(res));
  app.use(errorHandler(parts));
  return app;
}

/**
 * By a pattern: of what is in braces Express is handed nothing. It would decode it, and whoever
 * answers does.
 */
function routeAt(app: Express, path: string) {
  const parts = path.split('/').map((part) => {
    return part.startsWith('{') ? '[^/]+' : part.replaceAll('.', '\\.');
  });
  return app.route(new RegExp(`^${parts.join('/')}$`));
}

function addMethod(served: Served, route: Route): void {
  const handle = (req: IncomingMessage, res: ServerResponse) => route.handle(req, res);
  if (route.method === 'GET') served.get(handle);
  else if (route.method === 'POST') served.post(handle);
  else served.delete(handle);
}

/** What is said to methods that a path does not take. */
function addOthers(
  served: Served,
  { path, ofPath }: { readonly path: string; readonly ofPath: readonly Route[] },
  replies: Replies,
): void {
  const allow = [...ofPath.map(({ method }) => ALLOW[method]), 'OPTIONS'].join(', ');
  served
    .options((_req, res) => {
      replies.send(res, 204, ['Allow', allow], '');
    })
    .all((req, res) => {
      const detail = `${path} takes ${allow}, not ${req.method}`;
      const problem = { status: 405, detail, reason: 'method_not_allowed' } as const;
      replies.problem(res, problem, ['Allow', allow]);
    });
}

/**
 * Express answers a throw with a 500 and goes on. A throw of ours is a bug, and ends the process.
 */
function errorHandler({ replies, fail }: AppParts): ErrorRequestHandler {
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
