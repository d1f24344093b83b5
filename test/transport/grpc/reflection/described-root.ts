/** What a library makes of descriptions: protobufjs, of google.protobuf.FileDescriptorSet. */
import protobuf from 'protobufjs';
import 'protobufjs/ext/descriptor.js';
import type { ProtoFile } from '../../../../src/lib/proto-file.ts';
import { Described } from '../../../../src/transport/grpc/reflection/described.ts';

/** Of a file, with all that it imports, as a client is given it. */
export function describedRoot(file: ProtoFile): protobuf.Root {
  return rootOf(new Described([file]).file(file.name) as Uint8Array);
}

/** `files`: a FileDescriptorResponse, which on the wire is a FileDescriptorSet. */
export function rootOf(files: Uint8Array): protobuf.Root {
  return protobuf.Root.fromDescriptor(files);
}
