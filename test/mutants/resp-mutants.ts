/** Guards of the Redis protocol, and of what came with it: resets and tokens given back. */
import type { Mutant } from './mutant.ts';

const RESP = 'src/transport/resp';

/** Each: what is guarded, the file, what to find there, by what to replace it, the test. */
const GUARDS: readonly (readonly [string, string, string, string, string])[] = [
  [
    'a client that takes no replies is read no further',
    `${RESP}/connection.ts`,
    'else if (!isTaken) this.#hold();',
    '',
    'resp/connection',
  ],
  [
    'half a frame has one deadline',
    `${RESP}/connection.ts`,
    'if (hasAsked && (at > 0 || this.#left === null)) {',
    'if (hasAsked) {',
    'resp/connection',
  ],
  [
    'a connection that was busy just now is ended with its next answer',
    `${RESP}/connection.ts`,
    'if (!this.#isBusy) this.#end();',
    'this.#end();',
    'resp/connection',
  ],
  [
    'replies are sent before they are many',
    `${RESP}/interpreter.ts`,
    '!session.isOver && this.replies.length < MOST_REPLY_BYTES',
    '!session.isOver',
    'resp/connection',
  ],
  [
    'replies to a chunk go in one piece',
    `${RESP}/interpreter.ts`,
    'export const MOST_REPLY_BYTES = 131_072;',
    'export const MOST_REPLY_BYTES = 1;',
    'resp/connection',
  ],
  [
    'the length of an argument is bounded',
    `${RESP}/frame-reader.ts`,
    'this.#readLength(bytes, mark + 1, MOST_ARGUMENT_BYTES)',
    'this.#readLength(bytes, mark + 1, 2 ** 40)',
    'resp/frames',
  ],
  [
    'a nested frame is broken',
    `${RESP}/frame-reader.ts`,
    'if (bytes[mark] !== DOLLAR)',
    'if (mark < 0)',
    'resp/frames',
  ],
  [
    'a key is spelt from the bytes it came in',
    `${RESP}/frame-reader.ts`,
    'source === this.bytes ? this.latin1(i) : this.#spell(source).slice(start, end)',
    'this.#spell(source).slice(start, end)',
    'resp/frames',
  ],
  [
    'a key beyond ASCII is read as UTF-8',
    `${RESP}/frame-reader.ts`,
    'if (seen < ASCII_END) {',
    'if (seen < 0x100) {',
    'resp/errors',
  ],
  [
    'seconds to wait are rounded up in the Redis protocol',
    `${RESP}/throttle-commands.ts`,
    'return Math.ceil(ms / 1_000);',
    'return Math.floor(ms / 1_000);',
    'resp/throttle',
  ],
  [
    'a quantity beyond the bucket takes nothing',
    `${RESP}/throttle-commands.ts`,
    'const cost = isTooMuch ? 0 : this.#quantity;',
    'const cost = Math.min(this.#quantity, this.#limit.capacity);',
    'resp/throttle',
  ],
  [
    'DEL wants AUTH',
    `${RESP}/server-commands.ts`,
    'if (!session.isAdmin) {',
    'if (adminToken.isSet && !session.isAdmin) {',
    'resp/commands',
  ],
  [
    'no token is the token of a service without one',
    'src/transport/admin-token.ts',
    ' && this.isSet',
    '',
    'resp/admin-token',
  ],
  [
    'a bucket that was reset is expected to be full',
    'src/table/table.ts',
    '      shard.expectFull(atUs);',
    '',
    'table/reset',
  ],
  [
    'a bucket is never fuller than full, nor left with less than the tick gives back',
    'src/bucket/token-bucket.ts',
    '  if (isFullWithinTick(bucket, nowUs)) fill(bucket, nowUs);\n',
    '',
    'bucket/token-bucket.oracle',
  ],
  [
    'a time beyond 2^53 is never',
    'src/bucket/token-bucket.ts',
    'return fullUs <= Number.MAX_SAFE_INTEGER ? fullUs : Number.POSITIVE_INFINITY;',
    'return fullUs;',
    'bucket/token-bucket.oracle',
  ],
  [
    'a limit is counted by its count',
    'src/bucket/limit.ts',
    'greatestCommonDivisor(count, ticks)',
    'greatestCommonDivisor(capacity, ticks)',
    'bucket/token-bucket.oracle',
  ],
  [
    'a connection that sends much takes turns with others',
    `${RESP}/connection.ts`,
    ' || bytes.length >= MOST_READ_BYTES',
    '',
    'resp/turns',
  ],
  [
    'a first command has its deadline through all turns',
    `${RESP}/connection.ts`,
    'if (this.#session.hasAsked) this.#dueUs = NEVER;',
    'this.#dueUs = NEVER;',
    'resp/turns',
  ],
  [
    'a connection goes on when the others had their turn',
    `${RESP}/connection.ts`,
    '    else if (isMore) this.#takeTurn();\n',
    '',
    'resp/turns',
  ],
];

export const RESP_MUTANTS: readonly Mutant[] = GUARDS.map(([name, file, find, replace, test]) => ({
  name,
  file,
  find,
  replace,
  tests: [`test/${test}.test.ts`],
}));
