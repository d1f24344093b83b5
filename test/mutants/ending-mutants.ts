/** Guards of how a connection of node:http ends, and of the answer that it ends with. */
import type { Mutant } from './mutant.ts';

const ENDING = 'src/transport/http/core/connection-ending.ts';
const EARLY = ['test/transport/http/answered-early.test.ts'];
const LAST = ['test/transport/http/connection-ending.test.ts'];
const WRITING = ['test/transport/http/still-writing.test.ts'];

export const ENDING_MUTANTS: readonly Mutant[] = [
  {
    name: 'a client that still writes is told that what it wrote is no HTTP',
    file: ENDING,
    find: 'if (socket.readableEnded) socket.destroy();',
    replace: 'socket.destroy();',
    tests: WRITING,
  },
  {
    name: 'a body that comes behind the last answer is read for a while',
    file: 'src/transport/http/core/replies.ts',
    find: 'return !res.shouldKeepAlive || this.#state.isEnding;',
    replace: 'return false;',
    tests: WRITING,
  },
  {
    name: 'a client that still writes keeps its answer, though its body is none',
    file: ENDING,
    find: 'if (!socket.writable) {',
    replace: 'if (!socket.writable || this.#isAnsweredUnread(socket)) {',
    tests: WRITING,
  },
  {
    name: 'a last answer comes behind those that are still being written',
    file: ENDING,
    find: 'while (socket.writable && socket.writableLength > 0) {',
    replace: 'while (false) {',
    tests: LAST,
  },
  {
    name: 'a last answer comes, though others were still being written',
    file: ENDING,
    find: "await new Promise((resolve) => socket.write('', resolve));",
    replace: 'return void socket.destroy();',
    tests: ['test/transport/tls/lane-by-tls.test.ts'],
  },
  {
    name: 'a client that takes none of its answers is closed all the same',
    file: ENDING,
    find: 'const timer = setTimeout(() => socket.destroy(), LINGER_MS);\n    socket.once',
    replace: 'const timer = setTimeout(() => undefined, LINGER_MS);\n    socket.once',
    tests: LAST,
  },
  {
    name: 'a request that came whole does not hide the next, answered before its body',
    file: ENDING,
    find: 'if (!req.complete) this.#early.set(req.socket, req);',
    replace: 'this.#early.set(req.socket, req);',
    tests: EARLY,
  },
  {
    name: 'a body that is none gets no answer beside that of its request, whatever that was',
    file: 'src/transport/http/core/replies.ts',
    find: '    this.ending.answered(res.req);\n',
    replace: '',
    tests: EARLY,
  },
];
