/** Errors as HTTP says them: problem details, RFC 9457. */
import { STATUS_CODES } from 'node:http';
import type { BadRequestReason } from '../../../contract/reasons.ts';
import type { Cells } from '../../../metrics/cells.ts';

export interface Problem {
  readonly status: number;
  readonly detail: string;
  /** The field of the request that is at fault, where one is. */
  readonly field?: string;
  /** What the refusal counts as; a problem that is not the client's has none. */
  readonly reason?: BadRequestReason;
}

export const PROBLEM_TYPE = 'application/problem+json';

export function problemBody(problem: Problem): string {
  const { status, detail, field } = problem;
  const title = STATUS_CODES[status] ?? 'Error';
  return JSON.stringify({ type: 'about:blank', title, status, detail, field });
}

/** The fields of an answer with such a body: names and values by turns. */
export function problemHead(body: string): string[] {
  const length = String(Buffer.byteLength(body));
  return ['Content-Type', PROBLEM_TYPE, 'Content-Length', length];
}

export function countProblem(cells: Cells, { reason }: Problem): void {
  if (reason !== undefined) cells.badRequest(reason);
}

/**
 * A whole answer for a connection that has no request to answer through, and is closed after it.
 */
export function rawProblem(problem: Problem): string {
  const body = problemBody(problem);
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Error'}`,
    `Content-Type: ${PROBLEM_TYPE}`,
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
    '',
    body,
  ].join('\r\n');
}
