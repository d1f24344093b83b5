/** Why a request is refused: what metrics count it under. */

/** A fixed list: no label ever comes from a request. */
export const BAD_REQUEST_REASONS = [
  'malformed_http',
  'timeout',
  'headers_too_large',
  'body_too_large',
  'content_encoding',
  'expectation',
  'not_found',
  'method_not_allowed',
  'not_utf8',
  'not_json',
  'unknown_field',
  'bad_field',
  'bad_batch',
  'unknown_policy',
  'no_key',
  'cross_site',
  'unauthorized',
  'forbidden',
  'malformed_resp',
  'unknown_command',
] as const;

export type BadRequestReason = (typeof BAD_REQUEST_REASONS)[number];
