/** The OpenAPI 3.1 document of the service. */

export function openApi(version: string): object {
  return { openapi: '3.1.0', info: { title: 'Argus', version }, paths: {} };
}
