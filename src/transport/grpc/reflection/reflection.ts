/**
 * grpc.reflection: says which services there are, and how they are called, to clients that do not
 * know it, as grpcurl. A client asks on one stream as often as it likes, and is answered in order.
 *
 * What is not there is an answer; what is no question ends the stream. What a client has not read
 * is bounded, and so is what it asks in one piece: an answer is longer than its question by far.
 */
import type { OpenRoute, Receiver, Stream } from '../../http2/stream.ts';
import { faultTrailers, HEAD, prefixOf, TRAILERS } from '../answers.ts';
import type { GrpcFault, GrpcService } from '../call.ts';
import { pathOf } from '../grpc-router.ts';
import { type CutFault, MessageCutter } from '../message-cutter.ts';
import { INTERNAL, RESOURCE_EXHAUSTED } from '../statuses.ts';
import { ENDING_TRAILERS, mayStay } from '../staying.ts';
import { Described } from './described.ts';
import { type AnswerTo, answersOf } from './reflection-answers.ts';
import { METHOD, reflectionFile, SERVICE } from './reflection-proto.ts';

/** The same messages under two names: clients ask by the newer, and some by the older only. */
const PACKAGES = ['grpc.reflection.v1', 'grpc.reflection.v1alpha'] as const;

/** A question only holds names. */
export const MOST_QUESTION_BYTES = 4_096;
/** In one frame of DATA. Who wants more waits for an answer first, as all do that are known. */
export const MOST_QUESTIONS = 16;
/** Of answers that the client has no room for. */
export const MOST_WAITING_BYTES = 131_072;

const CUT_FAULTS: Readonly<Record<CutFault, GrpcFault>> = {
  'too long': {
    code: RESOURCE_EXHAUSTED,
    message: `a request must have at most ${MOST_QUESTION_BYTES} bytes, has more`,
  },
  compressed: {
    code: INTERNAL,
    message: 'a message says that it is compressed, and grpc-encoding that it is not',
  },
};
const HALF: GrpcFault = { code: INTERNAL, message: 'the last message must be whole' };
const TOO_FAST: GrpcFault = {
  code: RESOURCE_EXHAUSTED,
  message: 'read the answers before asking more',
};

export interface ReflectionParts {
  /** Those that are served beside it. */
  readonly services: readonly GrpcService[];
  /** Counts a call that is refused because as many stay open as may. */
  readonly tooMany: () => void;
}

export interface Reflection {
  /** The names of its own services. */
  readonly names: readonly string[];
  readonly routes: readonly (readonly [path: string, route: OpenRoute])[];
}

export function createReflection({ services, tooMany }: ReflectionParts): Reflection {
  const names = PACKAGES.map((scope) => `${scope}.${SERVICE}`);
  const files = services.flatMap(({ describedBy }) => describedBy ?? []);
  const described = new Described([...files, ...PACKAGES.map(reflectionFile)]);
  const answerTo = answersOf(described, [...names, ...services.map(({ name }) => name)].sort());
  const route: OpenRoute = {
    kind: 'open',
    open: (stream) => (mayStay(stream, tooMany) ? new Conversation(stream, answerTo) : null),
  };
  return { names, routes: names.map((name) => [pathOf(name, METHOD), route]) };
}

class Conversation implements Receiver {
  readonly #stream: Stream;
  readonly #answerTo: AnswerTo;
  readonly #cutter = new MessageCutter(MOST_QUESTION_BYTES);

  constructor(stream: Stream, answerTo: AnswerTo) {
    this.#stream = stream;
    this.#answerTo = answerTo;
    stream.begin(HEAD);
    stream.onEnding = () => stream.end(ENDING_TRAILERS);
  }

  get heldBytes(): number {
    return this.#cutter.heldBytes;
  }

  data(bytes: Uint8Array): void {
    let questions = 0;
    const fault = this.#cutter.cut(bytes, (question) => {
      questions++;
      const isTooMuch = (this.#stream.waiting?.length ?? 0) > MOST_WAITING_BYTES;
      if (questions > MOST_QUESTIONS || isTooMuch) return this.#fail(TOO_FAST);
      return this.#take(question);
    });
    if (fault !== null) this.#fail(CUT_FAULTS[fault]);
  }

  end(): void {
    if (this.#cutter.heldBytes > 0) this.#fail(HALF);
    else this.#stream.end(TRAILERS);
  }

  /** Whether it goes on. */
  #take(question: Uint8Array): boolean {
    const answer = this.#answerTo(question);
    if (!(answer instanceof Uint8Array)) return this.#fail(answer);
    this.#stream.send(prefixOf(answer), answer);
    return true;
  }

  #fail(fault: GrpcFault): false {
    this.#stream.end(faultTrailers(fault));
    return false;
  }
}
