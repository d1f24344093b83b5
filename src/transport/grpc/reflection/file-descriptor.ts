/** A description as protobuf has it on the wire: google.protobuf.FileDescriptorProto. */
import type {
  ProtoEnum,
  ProtoField,
  ProtoFile,
  ProtoMessage,
  ProtoMethod,
  ProtoService,
  ProtoType,
} from '../../../lib/proto-file.ts';
import { message } from '../protobuf.ts';

const TYPES: Readonly<Record<ProtoType, number>> = {
  double: 1,
  float: 2,
  int64: 3,
  uint64: 4,
  int32: 5,
  bool: 8,
  string: 9,
  message: 11,
  bytes: 12,
  uint32: 13,
  enum: 14,
};
const ONE = 1;
const REPEATED = 3;

type Fields = Parameters<typeof message>[0];

export function fileDescriptor(file: ProtoFile): Uint8Array {
  return message([
    [1, file.name],
    [2, file.package],
    ...all(3, file.imports, ({ name }) => name),
    ...all(4, file.messages, messageDescriptor),
    ...all(5, file.enums, enumDescriptor),
    ...all(6, file.services, serviceDescriptor),
    [12, 'proto3'],
  ]);
}

function messageDescriptor({ name, fields, messages, enums }: ProtoMessage): Uint8Array {
  const choices = [...new Set(fields.flatMap(({ choice }) => choice ?? []))];
  return message([
    [1, name],
    ...all(2, fields, (field) => fieldDescriptor(field, choices)),
    ...all(3, messages, messageDescriptor),
    ...all(4, enums, enumDescriptor),
    ...all(8, choices, (choice) => message([[1, choice]])),
  ]);
}

function fieldDescriptor(field: ProtoField, choices: readonly string[]): Uint8Array {
  const { name, number, type, of, isRepeated = false, choice } = field;
  return message([
    [1, name],
    [3, number],
    [4, isRepeated ? REPEATED : ONE],
    [5, TYPES[type]],
    ...all(6, of === undefined ? [] : [of], absolute),
    ...all(9, choice === undefined ? [] : [choice], (known) => choices.indexOf(known)),
    [10, nameInJson(name)],
  ]);
}

function enumDescriptor({ name, values }: ProtoEnum): Uint8Array {
  const value = ([word, number]: readonly [string, number]) =>
    message([
      [1, word],
      [2, number],
    ]);
  return message([[1, name], ...all(2, values, value)]);
}

function serviceDescriptor({ name, methods }: ProtoService): Uint8Array {
  return message([[1, name], ...all(2, methods, methodDescriptor)]);
}

function methodDescriptor(method: ProtoMethod): Uint8Array {
  const { name, takes, gives, takesMany = false, givesMany = false } = method;
  return message([
    [1, name],
    [2, absolute(takes)],
    [3, absolute(gives)],
    [5, Number(takesMany)],
    [6, Number(givesMany)],
  ]);
}

/** As all compilers write it down, though it follows from the name. */
function nameInJson(name: string): string {
  return name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** A name that is not looked for from where it stands. */
function absolute(name: string): string {
  return `.${name}`;
}

function all<T>(
  number: number,
  items: readonly T[] | undefined,
  value: (item: T) => number | string | Uint8Array,
): Fields {
  return (items ?? []).map((item) => [number, value(item)] as const);
}
