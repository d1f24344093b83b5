/** What reflection answers to a question: messages of grpc.reflection, whose versions are alike. */
import type { GrpcFault } from '../call.ts';
import { message, readFields } from '../protobuf.ts';
import { INVALID_ARGUMENT, NOT_FOUND } from '../statuses.ts';
import type { Described } from './described.ts';

/** Bytes to bytes; a fault where the bytes are no question. */
export type AnswerTo = (question: Uint8Array) => Uint8Array | GrpcFault;

/** The fields of a question, and of an answer. */
const HOST = 1;
const FILE_BY_NAME = 3;
const FILE_OF_SYMBOL = 4;
const FILE_OF_EXTENSION = 5;
const EXTENSIONS_OF = 6;
const LIST = 7;
const KINDS: readonly number[] = [
  FILE_BY_NAME,
  FILE_OF_SYMBOL,
  FILE_OF_EXTENSION,
  EXTENSIONS_OF,
  LIST,
];

const VALID_HOST = 1;
const ORIGINAL = 2;
const FILES = 4;
const EXTENSIONS = 5;
const SERVICES = 6;
const ERROR = 7;

type Answer = readonly [field: number, value: Uint8Array];

const NO_FILE = errorOf(NOT_FOUND, 'there is no such file here');
const NO_SYMBOL = errorOf(NOT_FOUND, 'there is nothing of that name here');
const NO_EXTENSION = errorOf(NOT_FOUND, 'there are no extensions here');
const NOTHING_ASKED = errorOf(INVALID_ARGUMENT, 'the request asks nothing that is known here');
const BAD_MESSAGE: GrpcFault = {
  code: INVALID_ARGUMENT,
  message: 'the message must be a ServerReflectionRequest, is none',
};

/** `services`: the names of all that are served. */
export function answersOf(described: Described, services: readonly string[]): AnswerTo {
  const list = message(services.map((name) => [1, message([[1, name]])] as const));
  const about = (kind: number, name: string): Answer => {
    switch (kind) {
      case FILE_BY_NAME:
        return filesOr(described.file(name), NO_FILE);
      case FILE_OF_SYMBOL:
        return filesOr(described.fileOf(name), NO_SYMBOL);
      case FILE_OF_EXTENSION:
        return NO_EXTENSION;
      case EXTENSIONS_OF:
        return described.hasMessage(name) ? [EXTENSIONS, message([[1, name]])] : NO_SYMBOL;
      case LIST:
        return [SERVICES, list];
      default:
        return NOTHING_ASKED;
    }
  };
  return (question) => {
    let host: Uint8Array = new Uint8Array(0);
    let kind = 0;
    let name: Uint8Array = host;
    const isMessage = readFields(question, {
      bytes: (number, value) => {
        if (number === HOST) host = value;
        if (!KINDS.includes(number)) return;
        kind = number;
        name = value;
      },
    });
    if (!isMessage) return BAD_MESSAGE;
    const answer = about(kind, Buffer.from(name).toString('utf8'));
    return message([[VALID_HOST, host], [ORIGINAL, question], answer]);
  };
}

function filesOr(files: Uint8Array | undefined, none: Answer): Answer {
  return files === undefined ? none : [FILES, files];
}

function errorOf(code: number, words: string): Answer {
  return [
    ERROR,
    message([
      [1, code],
      [2, words],
    ]),
  ];
}
