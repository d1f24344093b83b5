/** What of a request its token does not let it ask. */
import type { Grant } from '../access/grant.ts';
import { shown } from '../lib/shown.ts';
import { type RateLimitRequest, textOf } from './request.ts';

/** In words; null where it lets ask all of it. */
export function refusalOfRequest(
  grant: Grant,
  { domain, descriptors }: RateLimitRequest,
): string | null {
  if (grant.isForAll) return null;
  const isRefund = descriptors.some(({ isNegative }) => isNegative);
  const isTaking = descriptors.length === 0 || descriptors.some(({ isNegative }) => !isNegative);
  const wanted = isRefund && !grant.has('refund') ? 'refund' : 'ask';
  if (wanted === 'refund' || (isTaking && !grant.has('ask'))) {
    return `the token must have the right ${wanted}, has ${grant.rights.join(', ')}`;
  }
  const name = textOf(domain);
  if (grant.touchesDomain(name)) return null;
  return `the token is not for the domain ${shown(name ?? domain)}`;
}
