/** Guards of the one buffer that a thread reads into: nothing of it is kept but copies. */
import type { Mutant } from './mutant.ts';

const BUFFER = 'src/transport/connection/read-buffer.ts';
const TESTS = ['test/transport/connection/read-buffer.test.ts'];

export const READ_BUFFER_MUTANTS: readonly Mutant[] = [
  {
    name: 'what nobody is called with is copied into the socket',
    file: BUFFER,
    find: 'return socket.push(Buffer.from(bytes));',
    replace: 'return socket.push(bytes);',
    tests: TESTS,
  },
  {
    name: 'reading stops where the socket holds enough',
    file: BUFFER,
    find: 'return socket.push(Buffer.from(bytes));',
    replace: 'socket.push(Buffer.from(bytes));',
    tests: TESTS,
  },
  {
    name: 'views of the buffer are as long as what was read',
    file: BUFFER,
    find: 'this.#views[length] ?? null;',
    replace: 'this.#views[Math.min(length, MOST_VIEWED_BYTES)] ?? null;',
    tests: TESTS,
  },
  {
    name: 'only a plain socket is read into the buffer',
    file: BUFFER,
    find: 'accepted.constructor === Socket && ',
    replace: '',
    tests: TESTS,
  },
  {
    name: 'the server counts out what it accepted',
    file: BUFFER,
    find: '    accepted.destroy();\n',
    replace: '',
    tests: TESTS,
  },
  {
    name: 'the lane gives node:http a copy of what it has read',
    file: 'src/transport/http/asking/lane.ts',
    find: 'this.socket.unshift(Buffer.from(chunk));',
    replace: 'this.socket.unshift(chunk);',
    tests: ['test/transport/http/lane-differential.test.ts'],
  },
  {
    name: 'half a command is kept as a copy',
    file: 'src/transport/resp/resp-connection.ts',
    find: 'isOurs && 2 * rest.length',
    replace: '2 * rest.length',
    tests: ['test/transport/resp/connection.test.ts'],
  },
  {
    name: 'what comes while nothing is read is kept as a copy',
    file: 'src/transport/resp/resp-connection.ts',
    find: 'this.#left = Buffer.from(bytes);\n    else',
    replace: 'this.#left = bytes;\n    else',
    tests: ['test/transport/resp/connection.test.ts'],
  },
  {
    name: 'keys are of the bytes that are there now, though the buffer is the same',
    file: 'src/transport/resp/interpreter.ts',
    find: '    args.forget();\n',
    replace: '',
    tests: ['test/transport/resp/connection.test.ts'],
  },
];
