/** What a file of protobuf says of messages and services, for those who ask how to call them. */

export interface ProtoFile {
  /** As imports name it, such as `google/protobuf/duration.proto`. */
  readonly name: string;
  readonly package: string;
  readonly imports?: readonly ProtoFile[];
  readonly messages?: readonly ProtoMessage[];
  readonly enums?: readonly ProtoEnum[];
  readonly services?: readonly ProtoService[];
}

export interface ProtoMessage {
  readonly name: string;
  readonly fields: readonly ProtoField[];
  /** Those within it. */
  readonly messages?: readonly ProtoMessage[];
  readonly enums?: readonly ProtoEnum[];
}

export type ProtoType =
  | 'double'
  | 'float'
  | 'int64'
  | 'uint64'
  | 'int32'
  | 'bool'
  | 'string'
  | 'message'
  | 'bytes'
  | 'uint32'
  | 'enum';

export interface ProtoField {
  readonly number: number;
  readonly name: string;
  readonly type: ProtoType;
  /** Which message or enum: its package and name, without a dot in front. */
  readonly of?: string;
  readonly isRepeated?: boolean;
  /** Of the fields with this name for a choice only one is there. */
  readonly choice?: string;
}

export interface ProtoEnum {
  readonly name: string;
  /** The first is 0. */
  readonly values: readonly (readonly [name: string, number: number])[];
}

export interface ProtoService {
  readonly name: string;
  readonly methods: readonly ProtoMethod[];
}

export interface ProtoMethod {
  readonly name: string;
  /** Messages by their packages and names. */
  readonly takes: string;
  readonly gives: string;
  /** Whether it takes, and gives, any number of them. */
  readonly takesMany?: boolean;
  readonly givesMany?: boolean;
}
