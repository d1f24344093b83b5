/** Guards of what clients may make a thread hold. */
import type { Mutant } from './mutant.ts';

const ACCOUNT = 'src/transport/connection/client-bytes.ts';
const CONNECTION = 'src/transport/resp/resp-connection.ts';
const PACED = 'src/transport/http/core/paced-connection.ts';
const BODY = 'src/transport/http/core/body.ts';
const TESTS = ['test/transport/connection/client-bytes.test.ts'];
const BODIES = ['test/transport/large-bodies.test.ts'];
const RESP = ['test/transport/resp/client-bytes.test.ts'];

export const CLIENT_BYTES_MUTANTS: readonly Mutant[] = [
  {
    name: 'who holds most is not read from above half',
    file: ACCOUNT,
    find: 'if (holding.bytes > share) this.#stop(holding);',
    replace: '',
    tests: TESTS,
  },
  {
    name: 'who holds little is read from above half',
    file: ACCOUNT,
    find: 'else if (holding.bytes > this.#share && !this.#granted.has(holding)) this.#stop(holding);',
    replace: 'else if (!this.#granted.has(holding)) this.#stop(holding);',
    tests: TESTS,
  },
  {
    name: 'one of those who hold most is read from at any rate, or nobody would finish',
    file: ACCOUNT,
    find: 'Math.max(1, Math.floor(room / MOST_ONE_HOLDS))',
    replace: 'Math.floor(room / MOST_ONE_HOLDS)',
    tests: TESTS,
  },
  {
    name: 'those who hold most have turns at being read from',
    file: ACCOUNT,
    find: 'this.#isLookDue = true;\n    this.#parts.timers.after(TURN_MS, () => this.#look());',
    replace: 'this.#isLookDue = true;',
    tests: TESTS,
  },
  {
    name: 'those who hold most are closed above all of it',
    file: ACCOUNT,
    find: 'if (this.#total > this.#parts.mostBytes) this.#closeLargest();',
    replace: '',
    tests: TESTS,
  },
  {
    name: 'the largest is closed, and nobody smaller',
    file: ACCOUNT,
    find: 'holding.bytes > largest.bytes',
    replace: 'holding.bytes < largest.bytes',
    tests: TESTS,
  },
  {
    name: 'clients are counted anew before one is closed',
    file: ACCOUNT,
    find: '#closeLargest(): void {\n    this.#countAnew();',
    replace: '#closeLargest(): void {',
    tests: TESTS,
  },
  {
    name: 'who goes away is forgotten',
    file: ACCOUNT,
    find: 'this.#setTotal(this.#total - holding.bytes);',
    replace: '',
    tests: TESTS,
  },
  {
    name: 'a connection of the Redis protocol is read on when it is told to',
    file: CONNECTION,
    find: "this.#isTooLarge = false;\n    if (this.#state === 'reading') this.#socket.resume();",
    replace: 'this.#isTooLarge = false;',
    tests: RESP,
  },
  {
    name: 'a transaction is counted',
    file: CONNECTION,
    find: '(transaction?.heldBytes ?? 0)',
    replace: '0',
    tests: RESP,
  },
  {
    name: 'half a command is counted',
    file: CONNECTION,
    find: 'const left = this.#left?.length ?? 0;',
    replace: 'const left = 0;',
    tests: RESP,
  },
  {
    name: 'replies that nobody takes are counted',
    file: CONNECTION,
    find: 'this.#comingBytes + readableLength + writableLength;',
    replace: 'this.#comingBytes + readableLength;',
    tests: RESP,
  },
  {
    name: 'a connection of node:http goes on when it is told to',
    file: PACED,
    find: 'this.#isTooLarge = false;\n    this.#goOn();',
    replace: 'this.#isTooLarge = false;',
    tests: BODIES,
  },
  {
    name: 'a large body is counted until it is answered',
    file: BODY,
    find: 'if (body.held <= MOST_BODY_BYTES) release(this, body);',
    replace: 'if (body.held <= Infinity) release(this, body);',
    tests: BODIES,
  },
];
