/**
 * The port of operators, over HTTP: the same server as that of decisions, with other routes, all
 * behind a token with the right admin.
 *
 * Used by the thread of the admin port. What is wrong with requests here is not counted among those
 * of clients: cells of its own, that nobody reads, take it.
 */
import type { Clock } from '../../lib/clock.ts';
import { ADMIN, ADMIN_REQUESTS, Cells, STATUS_CLASSES } from '../../metrics/cells.ts';
import type { TokenGuard } from '../access/token-guard.ts';
import type { ClientBytes } from '../connection/client-bytes.ts';
import type { Protocol } from '../connection/listener.ts';
import type { Turns } from '../connection/turns.ts';
import { ServiceState } from '../service-state.ts';
import { type AdminRouteParts, createAdminRoutes } from './admin/admin-routes.ts';
import { adminOpenApi } from './admin/document/admin-openapi.ts';
import { PageFiles } from './admin/page-files.ts';
import { CrossSite } from './core/cross-site.ts';
import { Replies } from './core/replies.ts';
import { TokenGate } from './core/token-gate.ts';
import { createApp } from './express-app.ts';
import { HttpServer, type HttpServerParts, type HttpTimes } from './http-server.ts';

export interface AdminHttpParts extends Omit<AdminRouteParts, 'document'> {
  readonly version: string;
  readonly times: HttpTimes;
  readonly tokenGuard: TokenGuard;
  /** Of this thread. */
  readonly cells: Cells;
  readonly clock: Clock;
  readonly turns: Turns;
  readonly clientBytes: ClientBytes;
  /** Ends the process: called with what a handler threw. */
  readonly fail: (error: unknown) => void;
}

const OTHERWISE = 'decisions are at another port, the reports of this one under /v1/';

export function createAdminHttp(parts: AdminHttpParts): Protocol {
  const { version, tokenGuard, cells, fail } = parts;
  // Of a service that goes on until the process ends: so does this port.
  const state = new ServiceState(ServiceState.reserve(), 1);
  const replies = new Replies(new Cells(Cells.reserve(1), 0), state, OTHERWISE);
  const crossSite = new CrossSite({ replies, allowOrigins: null });
  const gate = new TokenGate({ tokenGuard, replies, cells, place: ADMIN, rights: ['admin'] });
  const document = JSON.stringify(adminOpenApi(version));
  const routes = createAdminRoutes({ ...parts, document }, replies);
  const served: HttpServerParts['app'] = createApp({ routes, crossSite, replies, fail });
  const page = new PageFiles(replies);
  const app: HttpServerParts['app'] = (req, res, other) => {
    res.once('close', () => cells.add(ADMIN_REQUESTS + classOf(res.statusCode), 1));
    if (page.serves(req, res)) return;
    // Whatever else is asked for: who has no token is not told what there is.
    if (!crossSite.refuses(req, res)) gate.admit(req, res, () => served(req, res, other));
  };
  return new HttpServer({
    ...parts,
    state,
    replies,
    routes,
    hot: null,
    caller: null,
    crossSite,
    app,
  });
}

/** Its index in STATUS_CLASSES. */
function classOf(status: number): number {
  return STATUS_CLASSES.indexOf(`${Math.floor(status / 100)}xx` as (typeof STATUS_CLASSES)[number]);
}
