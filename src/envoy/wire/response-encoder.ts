/**
 * The message RateLimitResponse, as bytes: envoy.service.ratelimit.v3, by hand.
 *
 * As protobuf wants it, what is 0 or empty is left out.
 */
import type { CurrentLimit, DescriptorStatus, RateLimitResponse } from '../response.ts';

const OK = 1;
const OVER_LIMIT = 2;
const RETRY_AFTER = 'retry-after';
/** Of a status besides its limit: tags, and numbers at their most. */
const MOST_STATUS_BYTES = 32;
const MOST_OTHER_BYTES = 64;

export function encodeResponse(response: RateLimitResponse): Uint8Array {
  const { isOver, statuses, retryAfterS } = response;
  const bytes = Buffer.allocUnsafe(mostBytesOf(statuses));
  let at = putField(bytes, 0, 0x08, isOver ? OVER_LIMIT : OK);
  for (const status of statuses) at = putStatus(bytes, at, status);
  if (retryAfterS !== null) at = putHeader(bytes, at, RETRY_AFTER, String(retryAfterS));
  return bytes.subarray(0, at);
}

/** A limit as each status has it that is about it. */
export function currentLimit(limit: Omit<CurrentLimit, 'wire'>): CurrentLimit {
  const name = Buffer.from(limit.name, 'utf8');
  const bytes = Buffer.alloc(MOST_OTHER_BYTES + name.length);
  let at = 0;
  if (limit.requests > 0) at = putField(bytes, at, 0x08, limit.requests);
  if (limit.unit > 0) at = putField(bytes, at, 0x10, limit.unit);
  if (name.length > 0) {
    at = putField(bytes, at, 0x1a, name.length);
    at += name.copy(bytes, at);
  }
  return { ...limit, wire: bytes.subarray(0, at) };
}

function mostBytesOf(statuses: readonly DescriptorStatus[]): number {
  let sum = MOST_OTHER_BYTES;
  for (const { limit } of statuses) sum += MOST_STATUS_BYTES + (limit?.wire.length ?? 0);
  return sum;
}

function putStatus(bytes: Buffer, at: number, status: DescriptorStatus): number {
  const { isOver, limit, remaining, resetS } = status;
  const wire = limit?.wire;
  const limitBytes = wire === undefined ? 0 : 1 + varintBytes(wire.length) + wire.length;
  const remainingBytes = remaining === 0 ? 0 : 1 + varintBytes(remaining);
  const secondsBytes = resetS === null || resetS === 0 ? 0 : 1 + varintBytes(resetS);
  const resetBytes = resetS === null ? 0 : 2 + secondsBytes;
  let to = putField(bytes, at, 0x12, 2 + limitBytes + remainingBytes + resetBytes);
  to = putField(bytes, to, 0x08, isOver ? OVER_LIMIT : OK);
  if (wire !== undefined) {
    to = putField(bytes, to, 0x12, wire.length);
    bytes.set(wire, to);
    to += wire.length;
  }
  if (remainingBytes > 0) to = putField(bytes, to, 0x18, remaining);
  if (resetS !== null) {
    to = putField(bytes, to, 0x22, secondsBytes);
    if (secondsBytes > 0) to = putField(bytes, to, 0x08, resetS);
  }
  return to;
}

/** Both are ASCII, and short. */
function putHeader(bytes: Buffer, at: number, name: string, value: string): number {
  let to = putField(bytes, at, 0x1a, 4 + name.length + value.length);
  to = putField(bytes, to, 0x0a, name.length);
  to += bytes.write(name, to, 'latin1');
  to = putField(bytes, to, 0x12, value.length);
  return to + bytes.write(value, to, 'latin1');
}

/** A tag of one byte, and a number. Returns where they end. */
function putField(bytes: Buffer, at: number, tag: number, value: number): number {
  bytes[at] = tag;
  let to = at + 1;
  let rest = value;
  while (rest >= 0x80) {
    bytes[to++] = (rest % 0x80) | 0x80;
    rest = Math.floor(rest / 0x80);
  }
  bytes[to++] = rest;
  return to;
}

function varintBytes(value: number): number {
  let bytes = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes++;
  return bytes;
}
