/** Guards of answers that come late, of all or none, and of what is said of the store. */
import { type Mutant, mutantsOf } from './mutant.ts';

const ANSWERS = 'test/transport/http/late-answers.test.ts';

const IN_RESP: readonly Mutant[] = [
  ...mutantsOf(
    'src/transport/resp/resp-connection.ts',
    'test/transport/resp/late-connection.test.ts',
    [
      [
        'a connection that waits obeys nothing more',
        "if (this.#state !== 'reading') this.#left = Buffer.from(bytes);",
        "if (this.#state === 'held') this.#left = Buffer.from(bytes);",
      ],
      [
        'a client that has sent all is still answered',
        "    if (this.#state === 'reading') this.#end();",
        '    this.#end();',
      ],
      [
        'a client that has sent all is ended once it is answered',
        'if (this.#hasAll) this.#end();\n    else if (!this.#isTooLarge) this.#socket.resume();',
        'this.#socket.resume();',
      ],
      ['a client that is gone is told nothing', '    if (this.#socket.destroyed) return;\n', ''],
      [
        'no time runs out while the store is asked',
        '    this.#dueUs = NEVER;\n    this.#socket.pause();',
        '    this.#socket.pause();',
      ],
    ],
  ),
  ...mutantsOf(
    'src/transport/resp/wire/reply-writer.ts',
    'test/transport/resp/late-connection.test.ts',
    [
      ['late replies take room before they are there', 'text.length + most', 'text.length'],
      [
        'what is written before a late reply counts',
        'return this.#earlierLength + this.#at;',
        'return this.#at;',
      ],
    ],
  ),
  ...mutantsOf(
    'src/transport/resp/commands/throttle-commands.ts',
    'test/transport/resp/late.test.ts',
    [
      [
        'a late decision remembers what was asked',
        'this.#answer(dialect, decision, isTooMuch));',
        'this.#answer(dialect, decision, this.#quantity > this.#limit.capacity));',
      ],
    ],
  ),
  ...mutantsOf(
    'src/transport/resp/commands/server-commands.ts',
    'test/transport/resp/late.test.ts',
    [['DEL never claims a reset that was not done', 'if (undone === 0)', 'if (undone < 2)']],
  ),
];

const IN_LANE: readonly Mutant[] = [
  ...mutantsOf('src/transport/http/asking/lane.ts', ANSWERS, [
    [
      'nothing overtakes a decision that is waited for in the lane',
      'connection.isWaiting = true;\n    socket.pause();',
      'connection.isWaiting = true;',
    ],
    ['a connection in the lane that waits is not idle', 'if (isWaiting) continue;', ''],
    [
      'a client that has sent all is answered in the lane',
      'if (!this.isWaiting) this.socket.end();',
      'this.socket.end();',
    ],
    [
      'a client that has sent all is ended in the lane once it is answered',
      'if (this.socket.readableEnded) this.socket.end();\n    else this',
      'this',
    ],
    [
      'a late answer says that the connection ends',
      "socket.write(this.#renderedLast(answer, lateUs), 'latin1');\n      socket.destroySoon();",
      "socket.write(this.#rendered(answer, lateUs), 'latin1');\n      connection.readOn(lateUs);",
    ],
  ]),
];

const IN_HTTP: readonly Mutant[] = [
  ...mutantsOf('src/transport/http/http-server.ts', ANSWERS, [
    [
      'a client that has sent all is answered late',
      'httpAllowHalfOpen: true',
      'httpAllowHalfOpen: false',
    ],
  ]),
  ...mutantsOf('src/transport/http/core/connection-ending.ts', ANSWERS, [
    [
      'nonsense is answered after what was asked before',
      'Promise.all([this.#answering.get(socket), answering])',
      'Promise.all([answering])',
    ],
  ]),
  ...mutantsOf(
    'src/transport/http/core/connection-ending.ts',
    'test/transport/http/lane-differential.test.ts',
    [
      [
        'nonsense is answered though the client ends',
        "    socket.removeAllListeners('end');\n",
        '',
      ],
    ],
  ),
  ...mutantsOf('src/transport/http/asking/limit-route.ts', ANSWERS, [
    ['a late answer keeps its place', 'void replies.inOrder(req.socket, given);', 'void given;'],
  ]),
  ...mutantsOf(
    'src/transport/http/asking/reset-route.ts',
    'test/transport/http/late-batches.test.ts',
    [
      [
        'a reset that was not done is no reset',
        'if (reset === null) replies',
        'if (reset === undefined) replies',
      ],
    ],
  ),
  ...mutantsOf('src/transport/question/questions.ts', 'test/transport/http/all-or-none.test.ts', [
    [
      'no key is asked about twice in all or none',
      'if (same !== undefined) {',
      'if (same === -1) {',
    ],
  ]),
  ...mutantsOf(
    'src/transport/http/asking/all-route.ts',
    'test/transport/http/all-or-none.test.ts',
    [
      [
        'all or none is one decision',
        'cells.decided(HTTP, allowed);',
        'for (const one of each) cells.decided(HTTP, one.allowed);',
      ],
    ],
  ),
  ...mutantsOf('src/transport/http/asking/answer.ts', 'test/transport/http/strict.test.ts', [
    [
      'answers to old questions have no new field',
      "return strict === undefined ? undefined : 'local';",
      "return 'local';",
    ],
  ]),
  ...mutantsOf('src/transport/http/probe-routes.ts', 'test/transport/http/readiness.test.ts', [
    [
      'a service that denies all is not ready',
      'if (isReady) replies',
      "if (isReady || phase === 'serving') replies",
    ],
  ]),
];

export const LATE_MUTANTS: readonly Mutant[] = [...IN_RESP, ...IN_LANE, ...IN_HTTP];
