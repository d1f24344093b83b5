/**
 * The same messages as a library reads and writes them: protobufjs, of a description of its own.
 * Strings are bytes in it, which the wire does not tell apart: so none is repaired.
 */
import protobuf from 'protobufjs';

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Entry { bytes key = 1; bytes value = 2; }
  message Override { uint32 requests_per_unit = 1; uint32 unit = 2; }
  message Addend { uint64 value = 1; }
  message Descriptor {
    repeated Entry entries = 1;
    Override limit = 2;
    Addend hits_addend = 3;
    bool is_negative_hits = 4;
  }
  message Request { bytes domain = 1; repeated Descriptor descriptors = 2; uint32 hits_addend = 3; }
  message Limit { uint32 requests_per_unit = 1; uint32 unit = 2; string name = 3; }
  message Duration { int64 seconds = 1; int32 nanos = 2; }
  message Status {
    uint32 code = 1;
    Limit current_limit = 2;
    uint32 limit_remaining = 3;
    Duration duration_until_reset = 4;
  }
  message Header { string key = 1; string value = 2; bytes raw_value = 3; }
  message Response {
    uint32 overall_code = 1;
    repeated Status statuses = 2;
    repeated Header response_headers_to_add = 3;
  }
`);

export const RequestType: protobuf.Type = root.lookupType('Request');
export const ResponseType: protobuf.Type = root.lookupType('Response');
export const Writer = protobuf.Writer;

/** What the library reads, as plain values; throws as it does. */
export function judged(type: protobuf.Type, bytes: Uint8Array): Record<string, unknown> {
  const message = type.decode(bytes);
  return type.toObject(message, { longs: String, arrays: true, bytes: String });
}
