/**
 * The same messages as a library reads and writes them: protobufjs, by the description that clients
 * are given. So what is described is what is read and written.
 *
 * Texts of requests are bytes in it, which the wire does not tell apart: so none is repaired. An
 * enum is any number, as it is on the wire.
 */
import protobuf from 'protobufjs';
import { RATE_LIMIT_SERVICE } from '../../../src/envoy/wire/proto-files.ts';
import { describedRoot } from '../../transport/grpc/reflection/described-root.ts';

const root = describedRoot(RATE_LIMIT_SERVICE);
const PACKAGE = 'envoy.service.ratelimit.v3';
const DESCRIPTOR = 'envoy.extensions.common.ratelimit.v3.RateLimitDescriptor';

export const RequestType: protobuf.Type = root.lookupType(`${PACKAGE}.RateLimitRequest`);
export const ResponseType: protobuf.Type = root.lookupType(`${PACKAGE}.RateLimitResponse`);
export const Writer = protobuf.Writer;

const asBytes = [RequestType, root.lookupType(`${DESCRIPTOR}.Entry`)];
for (const { fieldsArray } of asBytes) {
  for (const field of fieldsArray) if (field.type === 'string') field.type = 'bytes';
}
for (const name of [
  `${DESCRIPTOR}.RateLimitOverride`,
  `${PACKAGE}.RateLimitResponse`,
  `${PACKAGE}.RateLimitResponse.RateLimit`,
  `${PACKAGE}.RateLimitResponse.DescriptorStatus`,
]) {
  for (const field of root.lookupType(name).fieldsArray) {
    if (/\.(?:Code|Unit|RateLimitUnit)$/.test(field.type)) field.type = 'uint32';
  }
}

/** What the library reads, as plain values; throws as it does. */
export function judged(type: protobuf.Type, bytes: Uint8Array): Record<string, unknown> {
  const message = type.decode(bytes);
  return type.toObject(message, { longs: String, arrays: true, bytes: String });
}
