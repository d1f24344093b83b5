/** How the service is, for those who probe and scrape it: without a body, a key or a token. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { LIVENESS_PATH, READINESS_PATH } from '../../contract/paths.ts';
import type { Limiter } from '../../limiter/limiter.ts';
import type { Exposition } from '../../metrics/exposition.ts';
import { readinessOf } from '../readiness.ts';
import type { ServiceState } from '../service-state.ts';
import type { Replies } from './core/replies.ts';
import type { Route } from './core/route.ts';
import { HEALTH_PATH, METRICS_PATH } from './core/service-paths.ts';

export interface ProbeParts {
  readonly limiter: Limiter;
  readonly replies: Replies;
  readonly state: ServiceState;
  readonly exposition: Exposition;
}

export function probeRoutes(parts: ProbeParts): readonly Route[] {
  const alive = (_req: IncomingMessage, res: ServerResponse) => parts.replies.text(res, 'OK');
  return [
    { method: 'GET', path: HEALTH_PATH, isProbe: true, handle: alive },
    { method: 'GET', path: LIVENESS_PATH, isProbe: true, handle: alive },
    { method: 'GET', path: READINESS_PATH, isProbe: true, handle: readiness(parts) },
    { method: 'GET', path: METRICS_PATH, isProbe: true, handle: metrics(parts) },
  ];
}

function readiness({ state, limiter, replies }: ProbeParts): Route['handle'] {
  return (_req, res) => {
    const { isReady, words } = readinessOf(state, limiter);
    if (isReady) replies.text(res, words);
    else replies.problem(res, { status: 503, detail: words });
  };
}

function metrics({ exposition, replies }: ProbeParts): Route['handle'] {
  const answer = async (res: ServerResponse) => {
    replies.text(res, await exposition.render(), exposition.contentType);
  };
  return (req, res) => replies.inOrder(req.socket, answer(res));
}
