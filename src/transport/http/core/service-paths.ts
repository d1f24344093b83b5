/** Where the routes of HTTP alone are that decide nothing. Paths match exactly. */

export const HEALTH_PATH = '/api/v1/health';
export const METRICS_PATH = '/metrics';
export const OPENAPI_PATH = '/openapi.json';
export const POLICY_SCHEMA_PATH = '/policies.schema.json';
