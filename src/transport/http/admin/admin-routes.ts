/** What the port of operators serves. */
import type { Replies } from '../core/replies.ts';
import { RouteTable } from '../core/route.ts';
import { type AdminReports, reportRoutes } from './report-routes.ts';

export interface AdminRouteParts {
  readonly reports: AdminReports;
}

export function createAdminRoutes({ reports }: AdminRouteParts, replies: Replies): RouteTable {
  const exact = [...reportRoutes(reports, replies)];
  return new RouteTable({ exact, prefixed: [] });
}
