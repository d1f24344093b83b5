/**
 * The port of probes, over HTTP: the server of decisions with the routes that say how the service
 * is, and no other. Without TLS, whatever the other ports speak: who probes has no certificate.
 */
import type { Limiter } from '../../limiter/limiter.ts';
import type { Cells } from '../../metrics/cells.ts';
import type { Exposition } from '../../metrics/exposition.ts';
import type { Protocol } from '../connection/listener.ts';
import { CrossSite } from './core/cross-site.ts';
import { Replies } from './core/replies.ts';
import { RouteTable } from './core/route.ts';
import { createApp } from './express-app.ts';
import { HttpServer, type HttpServerParts, type HttpTimes } from './http-server.ts';
import { probeRoutes } from './probe-routes.ts';

export interface ProbeHttpParts
  extends Pick<HttpServerParts, 'state' | 'clock' | 'turns' | 'clientBytes'> {
  readonly config: HttpTimes;
  readonly limiter: Limiter;
  readonly exposition: Exposition;
  readonly cells: Cells;
  /** Ends the process: called with what a handler threw. */
  readonly fail: (error: unknown) => void;
}

const OTHERWISE = 'this port says how the service is: /livez, /readyz, /metrics';

export function createProbeHttp(parts: ProbeHttpParts): Protocol {
  const { config, cells, state, fail } = parts;
  const replies = new Replies(cells, state, OTHERWISE);
  const crossSite = new CrossSite({ replies, allowOrigins: null });
  const routes = new RouteTable({ exact: probeRoutes({ ...parts, replies }), prefixed: [] });
  const app = createApp({ routes, crossSite, replies, fail });
  return new HttpServer({
    ...parts,
    times: config,
    replies,
    routes,
    hot: null,
    caller: null,
    crossSite,
    app,
  });
}
