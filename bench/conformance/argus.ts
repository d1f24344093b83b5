/** Argus itself, as a service of its own process, asked over HTTP. */
import { INTERVAL_MS, LIMIT, type Limiter } from './limiter.ts';

export function argus(url: string, version: string, kind: string): Limiter {
  let made = 0;
  return {
    name: '**Argus**',
    version,
    kind,
    hasCost: true,
    make: () => {
      const limit = { key: `key ${made++}`, capacity: LIMIT, interval: INTERVAL_MS, unit: 'ms' };
      return async (cost) => {
        const body = JSON.stringify({ ...limit, cost });
        const answer = await fetch(`${url}/api/v1/limit`, { method: 'POST', body });
        const { allowed, retryAfterMs } = (await answer.json()) as {
          readonly allowed: boolean;
          readonly retryAfterMs: number;
        };
        return { passes: allowed, waitMs: allowed ? null : retryAfterMs };
      };
    },
  };
}
