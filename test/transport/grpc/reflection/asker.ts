/**
 * Asks reflection as clients do: by @grpc/grpc-js, on one stream, with messages that protobufjs
 * writes and reads by a description of its own.
 */
import { Client, type ClientDuplexStream, credentials } from '@grpc/grpc-js';
import protobuf from 'protobufjs';

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Extension { string containing_type = 1; int32 extension_number = 2; }
  message Question {
    string host = 1;
    oneof asked {
      string file_by_filename = 3;
      string file_containing_symbol = 4;
      Extension file_containing_extension = 5;
      string all_extension_numbers_of_type = 6;
      string list_services = 7;
    }
  }
  message Files { repeated bytes file_descriptor_proto = 1; }
  message Extensions { string base_type_name = 1; repeated int32 extension_number = 2; }
  message Service { string name = 1; }
  message Services { repeated Service service = 1; }
  message Error { int32 error_code = 1; string error_message = 2; }
  message Answer {
    string valid_host = 1;
    Question original_request = 2;
    Files file_descriptor_response = 4;
    Extensions all_extension_numbers_response = 5;
    Services list_services_response = 6;
    Error error_response = 7;
  }
`);
const QUESTION = root.lookupType('Question');
const ANSWER = root.lookupType('Answer');
const FILES = root.lookupType('Files');

export const INFO = '/grpc.reflection.v1.ServerReflection/ServerReflectionInfo';

export interface Answer {
  readonly validHost?: string;
  readonly originalRequest?: unknown;
  readonly fileDescriptorResponse?: { readonly fileDescriptorProto: readonly Buffer[] };
  readonly allExtensionNumbersResponse?: unknown;
  readonly listServicesResponse?: { readonly service: readonly { readonly name: string }[] };
  readonly errorResponse?: { readonly errorCode: number };
}

export function questionBytes(question: Record<string, unknown>): Buffer {
  return Buffer.from(QUESTION.encode(QUESTION.fromObject(question)).finish());
}

/** The files of an answer, as one message again. */
export function filesIn({ fileDescriptorResponse }: Answer): Uint8Array {
  return FILES.encode(FILES.fromObject(fileDescriptorResponse ?? {})).finish();
}

export class Asker {
  readonly #client: Client;
  readonly #stream: ClientDuplexStream<Buffer, Buffer>;
  readonly #coming: PromiseWithResolvers<Answer>[] = [];
  /** Of gRPC, once the stream is over. */
  readonly code: Promise<number>;

  constructor(port: number, path = INFO) {
    this.#client = new Client(`127.0.0.1:${port}`, credentials.createInsecure());
    const same = (message: Buffer) => message;
    this.#stream = this.#client.makeBidiStreamRequest(path, same, same);
    const { promise, resolve } = Promise.withResolvers<number>();
    this.code = promise;
    this.#stream
      .on('data', (bytes: Buffer) => {
        const answer = ANSWER.toObject(ANSWER.decode(bytes), { bytes: Buffer });
        this.#coming.shift()?.resolve(answer as Answer);
      })
      .on('status', ({ code, details }) => {
        resolve(code);
        for (const { reject } of this.#coming) reject(new Error(`${code}: ${details}`));
      })
      .on('error', () => undefined);
  }

  ask(question: Record<string, unknown>): Promise<Answer> {
    return this.#give(questionBytes(question));
  }

  #give(bytes: Buffer): Promise<Answer> {
    const coming = Promise.withResolvers<Answer>();
    this.#coming.push(coming);
    this.#stream.write(bytes);
    return coming.promise;
  }

  /** Asks nothing more. Resolves with what gRPC says. */
  end(): Promise<number> {
    this.#stream.end();
    return this.code;
  }

  stop(): void {
    this.#client.close();
  }
}
