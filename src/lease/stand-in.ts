/** The decision where neither a lease nor the store nor a share can tell. */
import type { Decision } from '../bucket/decision.ts';
import type { StandIn } from '../contract/sources.ts';

/** What somebody is told to wait who cannot be told when. */
const RETRY_MS = 1_000;

/** What is asked, as far as it matters here. */
interface Asked {
  readonly limit: { readonly capacity: number };
  readonly cost: number;
}

/** Allows all, or nothing but looks. */
export function standIn(
  { limit: { capacity }, cost }: Asked,
  source: StandIn,
  isOpen: boolean,
): Decision {
  const allowed = isOpen || cost === 0;
  const waitMs = isOpen ? 0 : RETRY_MS;
  return {
    allowed,
    limit: capacity,
    remaining: isOpen ? Math.max(0, capacity - Math.max(0, cost)) : 0,
    retryAfterMs: allowed ? 0 : RETRY_MS,
    resetAfterMs: waitMs,
    nextTokenMs: waitMs,
    degraded: true,
    source,
  };
}
