/**
 * The message RateLimitRequest, from its bytes: envoy.service.ratelimit.v3, by hand.
 *
 * What is unknown is passed over, also a field that is written in another way than it should be; of
 * a field that is there twice the last counts, and messages are merged.
 */
import type { Descriptor, LimitOverride, RateLimitRequest } from '../request.ts';
import { BYTES, ProtoReader, VARINT } from './proto-reader.ts';

/** Null where the bytes are no such message. */
export function decodeRequest(bytes: Uint8Array): RateLimitRequest | null {
  const reader = new ProtoReader(bytes);
  const descriptors: Descriptor[] = [];
  let domain = '';
  let hits = 0;
  while (reader.next()) {
    if (reader.field === 1 && reader.kind === BYTES) domain = reader.text();
    else if (reader.field === 2 && reader.kind === BYTES) descriptors.push(descriptorIn(reader));
    else if (reader.field === 3 && reader.kind === VARINT) hits = reader.uint32();
    else reader.skip();
  }
  return reader.broken ? null : { domain, descriptors, hits };
}

function descriptorIn(reader: ProtoReader): Descriptor {
  const outer = reader.enter();
  const entries: string[] = [];
  let limit: LimitOverride | null = null;
  let hits: number | null = null;
  let isNegative = false;
  while (reader.next()) {
    if (reader.field === 1 && reader.kind === BYTES) addEntry(reader, entries);
    else if (reader.field === 2 && reader.kind === BYTES) limit = limitIn(reader, limit);
    else if (reader.field === 3 && reader.kind === BYTES) hits = wrappedIn(reader, hits ?? 0);
    else if (reader.field === 4 && reader.kind === VARINT) isNegative = reader.bool();
    else reader.skip();
  }
  reader.leave(outer);
  return { entries, limit, hits, isNegative };
}

function addEntry(reader: ProtoReader, entries: string[]): void {
  const outer = reader.enter();
  let key = '';
  let value = '';
  while (reader.next()) {
    if (reader.field === 1 && reader.kind === BYTES) key = reader.text();
    else if (reader.field === 2 && reader.kind === BYTES) value = reader.text();
    else reader.skip();
  }
  reader.leave(outer);
  entries.push(key, value);
}

function limitIn(reader: ProtoReader, before: LimitOverride | null): LimitOverride {
  const outer = reader.enter();
  let requests = before?.requests ?? 0;
  let unit = before?.unit ?? 0;
  while (reader.next()) {
    if (reader.field === 1 && reader.kind === VARINT) requests = reader.uint32();
    else if (reader.field === 2 && reader.kind === VARINT) unit = reader.uint32();
    else reader.skip();
  }
  reader.leave(outer);
  return { requests, unit };
}

/** A number in a message of its own, which says that there is one: 0 is not written. */
function wrappedIn(reader: ProtoReader, before: number): number {
  const outer = reader.enter();
  let value = before;
  while (reader.next()) {
    if (reader.field === 1 && reader.kind === VARINT) value = reader.uint64();
    else reader.skip();
  }
  reader.leave(outer);
  return value;
}
