/** Where one asks. Paths match exactly, but for the one that many begin with. */

/** One question. */
export const LIMIT_PATH = '/api/v1/limit';
/** Several: each decided by itself, or taken all or none. */
export const LIMITS_PATH = '/api/v1/limits';
/** A proxy's, about a request of its client: what follows is a policy, and then the client's. */
export const FORWARD_PREFIX = '/api/v1/forward/';
/** What Envoy asks, in JSON: where its own rate limit service has it. */
export const ENVOY_JSON_PATH = '/json';
/** Whether the process serves, and whether it may be asked. */
export const LIVENESS_PATH = '/livez';
export const READINESS_PATH = '/readyz';
