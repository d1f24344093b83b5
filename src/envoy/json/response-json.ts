/** RateLimitResponse in JSON, as protobuf writes its messages: what is 0 or empty is left out. */
import type { CurrentLimit, DescriptorStatus, RateLimitResponse } from '../response.ts';
import { unitOf } from '../unit.ts';

export function responseJson({ isOver, statuses, retryAfterS }: RateLimitResponse): string {
  return JSON.stringify({
    overallCode: codeOf(isOver),
    statuses: statuses.length === 0 ? undefined : statuses.map(statusOf),
    responseHeadersToAdd:
      retryAfterS === null ? undefined : [{ key: 'retry-after', value: String(retryAfterS) }],
  });
}

function statusOf({ isOver, limit, remaining, resetS }: DescriptorStatus) {
  return {
    code: codeOf(isOver),
    currentLimit: limit === null ? undefined : limitOf(limit),
    limitRemaining: remaining === 0 ? undefined : remaining,
    durationUntilReset: resetS === null ? undefined : `${resetS}s`,
  };
}

function limitOf({ requests, unit, name }: CurrentLimit) {
  return {
    requestsPerUnit: requests === 0 ? undefined : requests,
    unit: unitOf(unit)?.name.toUpperCase(),
    name: name === '' ? undefined : name,
  };
}

function codeOf(isOver: boolean): string {
  return isOver ? 'OVER_LIMIT' : 'OK';
}
