/** What a connection is told whose bytes never became a request. */
import type { Problem } from './problem.ts';

/** Null where the client is gone and there is nobody to tell. */
export function problemOf(error: Error & { code?: string; reason?: string }): Problem | null {
  switch (error.code) {
    case 'ECONNRESET':
    case 'EPIPE':
      return null;
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return {
        status: 408,
        detail: 'the request must arrive whole within the time allowed, did not',
        reason: 'timeout',
      };
    case 'HPE_HEADER_OVERFLOW':
      return {
        status: 431,
        detail: 'the header fields must have at most 16 KiB in all, have more',
        reason: 'headers_too_large',
      };
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return {
        status: 413,
        detail: 'chunk extensions must be short, are not',
        reason: 'body_too_large',
      };
    default:
      return {
        status: 400,
        detail: `the request must be well-formed HTTP/1.1: ${error.reason ?? error.message}`,
        reason: 'malformed_http',
      };
  }
}
