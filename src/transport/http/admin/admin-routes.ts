/** What the port of operators serves. */
import type { Replies } from '../core/replies.ts';
import { RouteTable } from '../core/route.ts';
import { OPENAPI_PATH } from '../core/service-paths.ts';
import { bareRoute } from './answer.ts';
import { bucketRoutes } from './bucket-routes.ts';
import { eventRoutes } from './event-routes.ts';
import type { EventStreams } from './event-streams.ts';
import { keyRoutes } from './key-routes.ts';
import { type AdminProfiles, profileRoutes } from './profile-routes.ts';
import { type AdminReports, reportRoutes } from './report-routes.ts';
import { ruleRoutes } from './rule-routes.ts';
import type { AdminKeys } from './told.ts';

export interface AdminRouteParts {
  readonly reports: AdminReports;
  readonly streams: EventStreams;
  readonly keys: AdminKeys;
  readonly profiles: AdminProfiles;
  /** The OpenAPI document of these routes, as JSON. */
  readonly document: string;
}

export function createAdminRoutes(parts: AdminRouteParts, replies: Replies): RouteTable {
  const { reports, streams, keys, profiles, document } = parts;
  const exact = [
    ...reportRoutes(reports, replies),
    ...eventRoutes(streams, replies),
    ...keyRoutes(keys, replies),
    ...bucketRoutes(keys, replies),
    ...ruleRoutes(keys, replies),
    ...profileRoutes(profiles, replies),
    bareRoute(replies, OPENAPI_PATH, () => ({ ok: true, json: document })),
  ];
  return new RouteTable({ exact, prefixed: [] });
}
