/** The target of a request: its path and query, in whatever form it came. */
import type { IncomingMessage } from 'node:http';

/** A target may be a whole URL. */
export function targetOf(req: IncomingMessage): string {
  return (req.url ?? '').replace(/^https?:\/\/[^/?#]*/i, '');
}

export function pathOf(req: IncomingMessage): string {
  return targetOf(req).split('?', 1)[0] ?? '';
}
