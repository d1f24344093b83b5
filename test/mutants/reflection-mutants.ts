/** Guards of calls of gRPC that stay open: reflection, and what it shares with health. */
import { type Mutant, mutantsOf } from './mutant.ts';

const GRPC = 'src/transport/grpc';
const REFLECTION = 'test/transport/grpc/reflection/reflection.test.ts';
const OPEN = 'test/transport/http2/open-streams.test.ts';
const CUTTER = 'test/transport/grpc/message-cutter.test.ts';

export const REFLECTION_MUTANTS: readonly Mutant[] = [
  ...mutantsOf(`${GRPC}/reflection/reflection.ts`, REFLECTION, [
    ['questions in one piece are bounded', 'questions > MOST_QUESTIONS || isTooMuch', 'isTooMuch'],
    [
      'answers that wait are bounded',
      'questions > MOST_QUESTIONS || isTooMuch',
      'questions > MOST_QUESTIONS',
    ],
    [
      'the last message is whole',
      'if (this.#cutter.heldBytes > 0) this.#fail(HALF);\n    else ',
      '',
    ],
    ['who asks hears of the end', 'stream.onEnding = () => stream.end(ENDING_TRAILERS);', ''],
  ]),
  ...mutantsOf(`${GRPC}/staying.ts`, REFLECTION, [
    [
      'nobody begins to ask where all is about to end',
      'if (stream.isEnding) giveFault(stream, ENDING);\n  else ',
      '',
    ],
  ]),
  ...mutantsOf(`${GRPC}/message-cutter.ts`, REFLECTION, [
    [
      'a message is not longer than it may be',
      "if (length > this.#mostBytes) return 'too long';",
      '',
    ],
    ['a compressed message of a stream is not read', "if (all[at] !== 0) return 'compressed';", ''],
  ]),
  ...mutantsOf(`${GRPC}/message-cutter.ts`, CUTTER, [
    ['half a message is a copy', 'Uint8Array.from(all.subarray(at))', 'all.subarray(at)'],
  ]),
  ...mutantsOf('src/transport/http2/streams.ts', REFLECTION, [
    [
      'what a stream kept is given back with it',
      'if (stream.receiver !== null) this.#receivers.delete(stream.receiver);',
      '',
    ],
  ]),
  ...mutantsOf('src/transport/http2/streams.ts', OPEN, [
    [
      'the window of a stream that stays open is topped up',
      'if (!stream.isGone) this.#topUpStream(stream);',
      '',
    ],
    [
      'nothing is taken after the end',
      'if (!stream.isAnswered) stream.receiver?.data(data);',
      'stream.receiver?.data(data);',
    ],
  ]),
  ...mutantsOf('src/transport/http2/deadlines.ts', REFLECTION, [
    ['a stream that is open may rest', " && route.kind === 'whole'", ''],
  ]),
];
