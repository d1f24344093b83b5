/** What is described: files, and what they say, by every name that it can be asked for by. */
import type { ProtoEnum, ProtoFile, ProtoMessage } from '../../../lib/proto-file.ts';
import { message } from '../protobuf.ts';
import { fileDescriptor } from './file-descriptor.ts';

/** FileDescriptorResponse: a file, and all that it imports. */
export type DescribedFile = Uint8Array;

export class Described {
  readonly #files = new Map<string, DescribedFile>();
  readonly #symbols = new Map<string, DescribedFile>();
  readonly #messages = new Set<string>();

  constructor(files: readonly ProtoFile[]) {
    for (const file of withImports(files)) this.#add(file);
  }

  /** By the name that imports have for it. */
  file(name: string): DescribedFile | undefined {
    return this.#files.get(name);
  }

  /** The file that says what this is: a service, a method, a message, a field, an enum, a value. */
  fileOf(symbol: string): DescribedFile | undefined {
    return this.#symbols.get(symbol);
  }

  hasMessage(name: string): boolean {
    return this.#messages.has(name);
  }

  #add(file: ProtoFile): void {
    const { name, package: scope, messages, enums, services = [] } = file;
    const whole = message(withImports([file]).map((one) => [1, fileDescriptor(one)] as const));
    this.#files.set(name, whole);
    const add = (symbol: string) => this.#symbols.set(symbol, whole);
    for (const service of services) {
      add(`${scope}.${service.name}`);
      for (const method of service.methods) add(`${scope}.${service.name}.${method.name}`);
    }
    this.#addWithin(scope, messages, enums, add);
  }

  #addWithin(
    scope: string,
    messages: readonly ProtoMessage[] = [],
    enums: readonly ProtoEnum[] = [],
    add: (symbol: string) => void,
  ): void {
    for (const { name, values } of enums) {
      add(`${scope}.${name}`);
      // Values are named beside their enum, not within it.
      for (const [value] of values) add(`${scope}.${value}`);
    }
    for (const one of messages) {
      const inner = `${scope}.${one.name}`;
      add(inner);
      this.#messages.add(inner);
      for (const field of one.fields) {
        add(`${inner}.${field.name}`);
        if (field.choice !== undefined) add(`${inner}.${field.choice}`);
      }
      this.#addWithin(inner, one.messages, one.enums, add);
    }
  }
}

/** These and all that they import, each once. */
function withImports(files: readonly ProtoFile[]): readonly ProtoFile[] {
  const found = new Set(files);
  for (const { imports = [] } of found) for (const one of imports) found.add(one);
  return [...found];
}
