/** Where the routes are that decide nothing. Paths match exactly. */

export const HEALTH_PATH = '/api/v1/health';
export const LIVENESS_PATH = '/livez';
export const READINESS_PATH = '/readyz';
export const METRICS_PATH = '/metrics';
/** What may be asked however many connections are open. */
export const PROBE_PATHS: ReadonlySet<string> = new Set([
  HEALTH_PATH,
  LIVENESS_PATH,
  READINESS_PATH,
  METRICS_PATH,
]);
export const OPENAPI_PATH = '/openapi.json';
