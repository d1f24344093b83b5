/** What serves the requests of connections, as the connections see it. */
import type { RequestHead } from './request-head.ts';
import type { Route } from './stream.ts';

export interface Service {
  /** Who answers requests with these fields: asked once for all requests that share them. */
  routeOf(head: RequestHead): Route;
  /** Decisions given at once so far: they are measured where they are written. */
  readonly decisions: number;
}
