/** The target of a request: its path and query, in whatever form it came. */
import type { IncomingMessage } from 'node:http';

/** A target may be a whole URL. */
export function targetOf(req: IncomingMessage): string {
  return (req.url ?? '').replace(/^https?:\/\/[^/?#]*/i, '');
}

/** A name or a value of a query; null for what is not UTF-8, which lenient decoders make one of. */
export function decodedOfQuery(text: string): string | null {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '));
  } catch {
    return null;
  }
}

export function pathOf(req: IncomingMessage): string {
  return targetOf(req).split('?', 1)[0] ?? '';
}
