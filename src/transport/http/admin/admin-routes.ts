/** What the port of operators serves: reports, as JSON. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { InstancesReport } from '../../../admin/instances-report.ts';
import type { ThreadReport } from '../../../admin/threads-report.ts';
import type { TopReport } from '../../../admin/top-report.ts';
import { shown } from '../../../lib/shown.ts';
import { type CountedOutcome, ENTRIES, OUTCOMES } from '../../../top-keys/sketch-memory.ts';
import type { Replies } from '../core/replies.ts';
import { type Route, RouteTable } from '../core/route.ts';
import { targetOf } from '../core/target.ts';
import { readQuery } from './query.ts';

/** Where the reports come from; each is made anew. */
export interface AdminReports {
  top(by: CountedOutcome, most: number): TopReport;
  threads(): { readonly threads: readonly ThreadReport[] };
  instances(): InstancesReport;
}

export const TOP_PATH = '/v1/top';
export const THREADS_PATH = '/v1/threads';
export const INSTANCES_PATH = '/v1/instances';

/** Keys that are told where it is not said how many. */
const USUAL_KEYS = 20;
const MOST_KEYS = ENTRIES;

type Answer =
  | { readonly ok: true; readonly report: object }
  | { readonly ok: false; readonly field: string; readonly fault: string };

export function createAdminRoutes(reports: AdminReports, replies: Replies): RouteTable {
  const exact: readonly Route[] = [
    get(replies, TOP_PATH, (target) => top(reports, target)),
    get(
      replies,
      THREADS_PATH,
      bare(() => reports.threads()),
    ),
    get(
      replies,
      INSTANCES_PATH,
      bare(() => reports.instances()),
    ),
  ];
  return new RouteTable({ exact, prefixed: [] });
}

function get(replies: Replies, path: string, answer: (target: string) => Answer): Route {
  const handle = (req: IncomingMessage, res: ServerResponse) => {
    const answered = answer(targetOf(req));
    // Of now, and for nobody else.
    res.setHeader('Cache-Control', 'no-store');
    if (answered.ok) replies.text(res, JSON.stringify(answered.report), 'application/json');
    else replies.badQuestion(res, { reason: 'bad_field', ...answered });
  };
  return { method: 'GET', path, handle };
}

/** What takes no parameters. */
function bare(report: () => object): (target: string) => Answer {
  return (target) => {
    const query = readQuery(target, []);
    return query.ok ? { ok: true, report: report() } : query;
  };
}

function top(reports: AdminReports, target: string): Answer {
  const query = readQuery(target, ['by', 'n']);
  if (!query.ok) return query;
  const { by: word = 'denied', n = String(USUAL_KEYS) } = query.values;
  const by = OUTCOMES.find((outcome) => outcome === word);
  if (by === undefined) {
    return {
      ok: false,
      field: 'by',
      fault: `by must be ${OUTCOMES.join(' or ')}, is ${shown(word)}`,
    };
  }
  const most = /^\d{1,9}$/.test(n) ? Number(n) : 0;
  if (most < 1 || most > MOST_KEYS) {
    const fault = `n must be a whole number from 1 to ${MOST_KEYS}, is ${shown(n)}`;
    return { ok: false, field: 'n', fault };
  }
  return { ok: true, report: reports.top(by, most) };
}
