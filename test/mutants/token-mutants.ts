/** Guards of the admin token against guessing, and of transactions over the Redis protocol. */
import type { Mutant } from './mutant.ts';

const GUARD = 'src/transport/access/token-guard.ts';

/** Each: what is guarded, the file, what to find there, by what to replace it, the test. */
const GUARDS: readonly (readonly [string, string, string, string, string])[] = [
  [
    'whoever guesses the token has to wait',
    GUARD,
    'suspect === null || suspect.failures < FREE_FAILURES',
    'suspect !== undefined',
    'transport/access/token-guard',
  ],
  [
    'the wait of a guess grows',
    GUARD,
    'Math.min(FIRST_WAIT_MS * 2 ** (failures - FREE_FAILURES), MOST_WAIT_MS)',
    'FIRST_WAIT_MS',
    'transport/access/token-guard',
  ],
  [
    'the wait of a guess has an end',
    GUARD,
    'Math.min(FIRST_WAIT_MS * 2 ** (failures - FREE_FAILURES), MOST_WAIT_MS)',
    'FIRST_WAIT_MS * 2 ** (failures - FREE_FAILURES)',
    'transport/access/token-guard',
  ],
  [
    'of the tokens of an address one waits to be looked at',
    GUARD,
    `    if (waiting !== null) {
      this.#fail(showing);`,
    `    if (false as boolean) {
      this.#fail(showing);`,
    'transport/access/token-guard',
  ],
  [
    'all that show one token share its wait',
    GUARD,
    'if (waiting?.digest === digest) return waiting.verdict;',
    '',
    'transport/access/token-guard',
  ],
  [
    'an old token keeps nobody from the right one',
    GUARD,
    'if (this.#known.has(digest)) {',
    'if (false as boolean) {',
    'transport/access/token-guard',
  ],
  [
    'a known wrong token is answered late too',
    GUARD,
    `return this.#after(waitMs(suspect.failures), () => 'wrong');`,
    `return 'wrong';`,
    'transport/access/token-guard',
  ],
  [
    'an address that failed is forgotten',
    GUARD,
    `      this.#suspects.delete(name);
    }
    const own`,
    `    }
    const own`,
    'transport/access/token-guard',
  ],
  [
    'the addresses that failed are bounded',
    GUARD,
    'this.#suspects.set(hasRoom ? network : OTHERS, added);',
    'this.#suspects.set(network, added);',
    'transport/access/token-guard',
  ],
  [
    'addresses beyond the bound are one',
    GUARD,
    'return this.#suspects.get(OTHERS) ?? null;',
    'return null;',
    'transport/access/token-guard',
  ],
  [
    'a line of the log is not followed by another at once',
    GUARD,
    'if (nowUs - this.#loggedUs < LOG_EVERY_MS * 1_000) {',
    'if (false as boolean) {',
    'transport/access/token-guard',
  ],
  [
    'failures to show the token are counted',
    GUARD,
    'cells.add(AUTH_FAILURES + place, 1);',
    '',
    'transport/access/token-guard',
  ],
  [
    'an IPv6 network is one',
    GUARD,
    `return \`\${groups.slice(0, 4).join(':')}::/64\`;`,
    'return address;',
    'transport/access/token-guard',
  ],
  [
    'what follows a token waits until it was looked at',
    'src/transport/resp/interpreter.ts',
    'if (session.isOver || session.isWaiting) return false;',
    'if (session.isOver) return false;',
    'transport/resp/auth-guessing',
  ],
  [
    'a token that is looked at late goes on',
    'src/transport/resp/commands/connection-commands.ts',
    `      session.isWaiting = false;
`,
    '',
    'transport/resp/auth-guessing',
  ],
  [
    'HELLO changes nothing before its token was looked at',
    'src/transport/resp/commands/connection-commands.ts',
    `    if (shown === null) hold();
    else this.#show`,
    `    hold();
    if (shown !== null) this.#show`,
    'transport/resp/auth-guessing',
  ],
  [
    'what follows MULTI waits for EXEC',
    'src/transport/resp/interpreter.ts',
    'else if (session.transaction !== null) this.#transact(session, bytes.subarray(at, next), nowUs);',
    'else if (false as boolean) this.#transact(session, bytes.subarray(at, next), nowUs);',
    'transport/resp/transactions',
  ],
  [
    'a refused command has its transaction refused',
    'src/transport/resp/interpreter.ts',
    `      this.#lookUp(session, nowUs);
      transaction.break();`,
    '      this.#lookUp(session, nowUs);',
    'transport/resp/transactions',
  ],
  [
    'no token is tried inside a transaction',
    'src/transport/resp/interpreter.ts',
    "command.inTransaction === 'refused'",
    '(false as boolean)',
    'transport/resp/transactions',
  ],
  [
    'EXEC goes on where a turn ended',
    'src/transport/resp/interpreter.ts',
    'if (!this.#mayGoOn(session)) return false;',
    '',
    'transport/resp/transactions',
  ],
  [
    'a turn that ends within EXEC leaves EXEC unread',
    'src/transport/resp/interpreter.ts',
    'if (session.execution !== null && !this.#execute(session, nowUs)) break;',
    'if (session.execution !== null) this.#execute(session, nowUs);',
    'transport/resp/transactions',
  ],
  [
    'the commands of a transaction are bounded',
    'src/transport/resp/commands/transaction.ts',
    'this.#count === MOST_QUEUED || ',
    '',
    'transport/resp/transactions',
  ],
  [
    'the bytes of a transaction are bounded',
    'src/transport/resp/commands/transaction.ts',
    ' || length > MOST_QUEUED_BYTES',
    '',
    'transport/resp/transactions',
  ],
  [
    'a broken transaction holds no memory',
    'src/transport/resp/commands/transaction.ts',
    `    this.#isBroken = true;
    this.#bytes = NO_BYTES;`,
    '    this.#isBroken = true;',
    'transport/resp/transactions',
  ],
  [
    'a broken transaction is not executed',
    'src/transport/resp/commands/transaction-commands.ts',
    'if (transaction.isBroken) {',
    'if (false as boolean) {',
    'transport/resp/transactions',
  ],
  [
    'MULTI inside a transaction keeps what there is',
    'src/transport/resp/commands/transaction-commands.ts',
    `      replies.refuse('bad_field', 'ERR MULTI calls can not be nested');
      return;`,
    "      replies.refuse('bad_field', 'ERR MULTI calls can not be nested');",
    'transport/resp/transactions',
  ],
  [
    'RESET ends a transaction',
    'src/transport/resp/commands/session.ts',
    'this.transaction = null;',
    '',
    'transport/resp/transactions',
  ],
  [
    'tracking is agreed to in one form alone',
    'src/transport/resp/commands/connection-commands.ts',
    "args.isWord(2, 'ON') && args.count === 4 && args.isWord(3, 'OPTIN')",
    "args.isWord(2, 'ON')",
    'transport/resp/commands',
  ],
];

export const TOKEN_MUTANTS: readonly Mutant[] = GUARDS.map(([name, file, find, replace, test]) => ({
  name,
  file,
  find,
  replace,
  tests: [`test/${test}.test.ts`],
}));
