/** HTTP as a decider serves it: puts its parts together. */
import type { Config } from '../../config.ts';
import type { EnvoyAsker } from '../../envoy/asking.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Limiter } from '../../limiter/limiter.ts';
import { type Cells, HTTP } from '../../metrics/cells.ts';
import type { Exposition } from '../../metrics/exposition.ts';
import type { PolicyParts } from '../../policies/asking.ts';
import type { Caller } from '../../tracing/caller.ts';
import type { TokenGuard } from '../access/token-guard.ts';
import type { ClientBytes } from '../connection/client-bytes.ts';
import type { Protocol } from '../connection/listener.ts';
import type { Turns } from '../connection/turns.ts';
import { RequestReader } from '../question/request-reader.ts';
import type { ServiceState } from '../service-state.ts';
import { AllRoute } from './asking/all-route.ts';
import { BatchRoute } from './asking/batch-route.ts';
import { EnvoyRoute } from './asking/envoy-route.ts';
import { ForwardRoute } from './asking/forward-route.ts';
import { LimitRoute } from './asking/limit-route.ts';
import { ResetRoute } from './asking/reset-route.ts';
import { CrossSite } from './core/cross-site.ts';
import { Replies } from './core/replies.ts';
import { TokenGate } from './core/token-gate.ts';
import { createApp } from './express-app.ts';
import { HttpServer } from './http-server.ts';
import { createRoutes } from './routes.ts';

export interface HttpParts {
  readonly config: Config;
  readonly version: string;
  /** The JSON Schema of a file of policies, as it is served. */
  readonly policySchema: string;
  readonly limiter: Limiter;
  readonly policies: PolicyParts;
  readonly envoyAsker: EnvoyAsker;
  readonly cells: Cells;
  readonly clock: Clock;
  readonly state: ServiceState;
  readonly tokenGuard: TokenGuard;
  readonly turns: Turns;
  readonly clientBytes: ClientBytes;
  readonly exposition: Exposition;
  /** Told whose question is asked; null where nobody wants to know. */
  readonly caller: Caller | null;
  /** Ends the process: called with what a handler threw. */
  readonly fail: (error: unknown) => void;
}

export function createHttp({ exposition, fail, ...parts }: HttpParts): Protocol {
  const { config, limiter, policies, envoyAsker, cells, state, version, policySchema } = parts;
  const { book, asker } = policies;
  const replies = new Replies(cells, state);
  const reader = new RequestReader({ policies: book });
  const { deniedStatus, defaultAnswer, allowOrigins } = config;
  const crossSite = new CrossSite({ replies, allowOrigins });
  const gate = new TokenGate({ ...parts, replies, place: HTTP, rights: ['ask', 'refund'] });
  const limitRoute = new LimitRoute({
    ...parts,
    asker,
    reader,
    replies,
    gate,
    deniedStatus,
    defaultAnswer,
  });
  const allRoute = new AllRoute({ ...parts, asker, replies, deniedStatus });
  const routes = createRoutes({
    limitRoute,
    batchRoute: new BatchRoute({ ...parts, asker, reader, replies, gate, allRoute }),
    resetRoute: new ResetRoute({ ...parts, replies }),
    forwardRoute: new ForwardRoute({ ...parts, ...policies, replies }),
    envoyRoute: new EnvoyRoute({ ...parts, asker: envoyAsker, replies, gate }),
    limiter,
    replies,
    state,
    exposition,
    version,
    policySchema,
  });
  const app = createApp({ routes, crossSite, replies, fail });
  const hot = { limitRoute, hasLane: config.httpLane === 'on', tokens: parts.tokenGuard.book };
  const serving = { replies, routes, hot, crossSite, app, caller: parts.caller };
  return new HttpServer({ ...parts, ...serving, times: config });
}
