/** Where decisions are asked for. Paths match exactly. */

/** One question. */
export const LIMIT_PATH = '/api/v1/limit';
/** Several: each decided by itself, or taken all or none. */
export const LIMITS_PATH = '/api/v1/limits';
