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
    '    this.#spelt = null;',
    '',
    'resp/frames',
  ],
  [
    'a key beyond ASCII is read as UTF-8',
    `${RESP}/frame-reader.ts`,
    'if (seen < ASCII_END) return',
    'if (seen < 0x100) return',
    'resp/throttle',
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
    'a bucket is never fuller than full',
    'src/bucket/token-bucket.ts',
    'bucket.used = tokens < used / period ? used - tokens * period : 0;',
    'bucket.used = used - tokens * period;',
    'bucket/give-back',
  ],
];

export const RESP_MUTANTS: readonly Mutant[] = GUARDS.map(([name, file, find, replace, test]) => ({
  name,
  file,
  find,
  replace,
  tests: [`test/${test}.test.ts`],
}));
