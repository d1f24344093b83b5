/** Reports of what threads share: keys that come most often, threads, instances. */
import type { InstancesReport } from '../../../admin/instances-report.ts';
import type { ThreadReport } from '../../../admin/threads-report.ts';
import type { TopReport } from '../../../admin/top-report.ts';
import { shown } from '../../../lib/shown.ts';
import { type CountedOutcome, ENTRIES, OUTCOMES } from '../../../top-keys/sketch-memory.ts';
import type { Replies } from '../core/replies.ts';
import type { Route } from '../core/route.ts';
import { type Answer, bareRoute, getRoute } from './answer.ts';
import { readQuery, readWhole } from './query.ts';

/** Where the reports come from; each is made anew. */
export interface AdminReports {
  top(by: CountedOutcome, most: number): TopReport;
  threads(): { readonly threads: readonly ThreadReport[] };
  instances(): InstancesReport;
}

export const TOP_PATH = '/v1/top';
export const THREADS_PATH = '/v1/threads';
export const INSTANCES_PATH = '/v1/instances';

export const USUAL_BY: CountedOutcome = 'denied';
/** Keys that are told where it is not said how many. */
export const USUAL_KEYS = 20;
export const MOST_KEYS: number = ENTRIES;

export function reportRoutes(reports: AdminReports, replies: Replies): readonly Route[] {
  return [
    getRoute(replies, TOP_PATH, ({ target }) => top(reports, target)),
    bareRoute(replies, THREADS_PATH, () => ({ ok: true, report: reports.threads() })),
    bareRoute(replies, INSTANCES_PATH, () => ({ ok: true, report: reports.instances() })),
  ];
}

function top(reports: AdminReports, target: string): Answer {
  const query = readQuery(target, ['by', 'n']);
  if (!query.ok) return query;
  const { by: word = USUAL_BY, n = String(USUAL_KEYS) } = query.values;
  const by = OUTCOMES.find((outcome) => outcome === word);
  if (by === undefined) {
    return {
      ok: false,
      field: 'by',
      fault: `by must be ${OUTCOMES.join(' or ')}, is ${shown(word)}`,
    };
  }
  const most = readWhole('n', n, { from: 1, to: MOST_KEYS });
  return most.ok ? { ok: true, report: reports.top(by, most.value) } : most;
}
