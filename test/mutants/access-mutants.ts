/** Guards of who may ask what: the file of tokens, what each is for, and that none outlives it. */
import { type Mutant, mutantsOf } from './mutant.ts';

const FILE = 'test/access/file/token-file.test.ts';
const LOADING = 'test/threads/token-loading.test.ts';
const ASKING = 'test/process/tokens.test.ts';
const OTHERS = 'test/process/tokens-others.test.ts';
const RELOAD = 'test/process/tokens-reload.test.ts';
const LANE = 'test/transport/http/lane-tokens.test.ts';
const GRANT = 'test/access/grant.test.ts';
const REFUSAL = 'src/transport/question/refusal.ts';
const GATE = 'src/transport/http/core/token-gate.ts';
const INTERPRETER = 'src/transport/resp/interpreter.ts';

export const ACCESS_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/access/file/token-file.ts', FILE, [
    ['a file that ends in mid-line is not taken', "!text.endsWith('\\n') && text !== ''", 'false'],
    [
      'a file without tokens is not taken',
      '(length === 0 || length > MOST_TOKENS)',
      '(length > MOST_TOKENS)',
    ],
    [
      'the tokens of a file are bounded',
      '(length === 0 || length > MOST_TOKENS)',
      '(length === 0)',
    ],
    [
      'the bytes of a file are bounded',
      'await readTextFile(path, tooLarge)',
      'await readTextFile(path, () => null)',
    ],
    ['a token is there once', 'if (same !== undefined) told', 'if (false as boolean) told'],
    ['a name is there once', 'if (named !== undefined)', 'if (false as boolean)'],
    [
      'one bad line has the whole file refused',
      'return faults.length === 0 ? { ok: true, tokens } : { ok: false, faults };',
      'return { ok: true, tokens };',
    ],
  ]),
  ...mutantsOf('src/access/file/token-line.ts', FILE, [
    [
      'a token of operators is bound to no keys',
      "if (token.rights.includes('admin') && bound !== undefined) {",
      'if (false as boolean) {',
    ],
    ['a right that is not known is refused', ' || rights.length !== words.length', ''],
  ]),
  ...mutantsOf('src/lib/files-watch.ts', 'test/lib/files-watch.test.ts', [
    [
      'what is asked for settles first where it must',
      'if (mustWait) this.#isAsked ||= isAsked;\n    else if',
      'if',
    ],
  ]),
  ...mutantsOf('src/threads/token-loading.ts', LOADING, [
    [
      'a bad file of tokens changes nothing',
      'if (!reading.ok) return reading.faults;',
      'if (!reading.ok) return (this.#tokens = [], this.#putInForce(true), reading.faults);',
    ],
    ['a token expires', 'expiresMs === null || nowMs < expiresMs', 'true'],
    ['that a file is bad is seen', 'cells.set(TOKENS_VALID, 0);', ''],
  ]),
  ...mutantsOf('src/access/token-book.ts', 'test/access/token-book.test.ts', [
    [
      'a pass ends with its token',
      'if (this.#generation !== generation) {',
      'if (false as boolean) {',
    ],
  ]),
  ...mutantsOf('src/access/grant.ts', GRANT, [
    ['a token is for its keys', 'this.keys.some((prefix) => key.startsWith(prefix))', 'true'],
    ['a key begins with what its token is for', 'key.startsWith(prefix)', 'key.includes(prefix)'],
    ['a token is for its policies', 'this.policies.includes(name)', 'true'],
    ['a token is for its domains', '(name !== null && this.domains.includes(name))', 'true'],
    [
      'who is bound to policies has no plain keys',
      'keys.length + policies.length + domains.length > 0',
      'keys.length > 0',
    ],
  ]),
  ...mutantsOf(REFUSAL, ASKING, [
    [
      'a question needs the right to ask it',
      'if (!grant.has(right)) return',
      'if (false as boolean) return',
    ],
    ['to give back needs a right of its own', "question.cost < 0 ? 'refund' : 'ask'", "'ask'"],
    [
      'each of all or none is looked at',
      'if (refusal !== null) return faultAt(place, refusal);',
      'return null;',
    ],
  ]),
  ...mutantsOf('src/transport/http/asking/batch-route.ts', ASKING, [
    [
      'each of a batch is looked at',
      'asked.each.map((one) => permitted(one, grant))',
      'asked.each',
    ],
    [
      'a batch of all or none is refused whole',
      'if (refusal === null) askFor',
      'if (true as boolean) askFor',
    ],
  ]),
  ...mutantsOf('src/transport/http/asking/limit-route.ts', ASKING, [
    [
      'a question alone is looked at',
      'permitted(this.reader.readBytes(body), grant)',
      'this.reader.readBytes(body)',
    ],
  ]),
  ...mutantsOf('src/transport/http/asking/envoy-route.ts', ASKING, [
    [
      'what is asked as Envoy does is looked at',
      'if (fault !== null) {',
      'if (false as boolean) {',
    ],
  ]),
  ...mutantsOf('src/transport/http/asking/forward-route.ts', ASKING, [
    [
      'forward-auth asks a policy that its token is for',
      'if (!grant.touchesPolicy(name)) {',
      'if (false as boolean) {',
    ],
    [
      'forward-auth takes no Authorization',
      "headers['argus-token']?.toString()",
      "(headers['argus-token'] ?? headers.authorization?.slice(7))?.toString()",
    ],
  ]),
  ...mutantsOf(GATE, ASKING, [
    [
      'who shows no token is not let in',
      'known !== undefined && known.text === text ? known.pass.grant : null',
      'known?.pass.grant ?? null',
    ],
    [
      'a token of the gate has the right that is wanted',
      'if (rights.some((right) => grant.has(right))) {',
      'if (true as boolean) {',
    ],
    [
      'one may need no token to ask, and still to do more',
      'this.#isForAsking && tokenGuard.book.isOpen',
      'true',
    ],
  ]),
  ...mutantsOf(GATE, OTHERS, [
    [
      'operators need the right admin',
      'if (rights.some((right) => grant.has(right))) {',
      'if (true as boolean) {',
    ],
  ]),
  ...mutantsOf('src/transport/http/asking/reset-route.ts', OTHERS, [
    [
      'a reset is of a key that the token is for',
      'const refusal = refusalOfKey(grant, reading.key);\n    if (refusal !== null) {',
      'const refusal = refusalOfKey(grant, reading.key);\n    if (refusal !== null && (false as boolean)) {',
    ],
    ['a reset needs its right', "rights: ['reset']", "rights: ['reset', 'ask']"],
  ]),
  ...mutantsOf('src/transport/http/asking/lane.ts', LANE, [
    [
      'the lane asks only what a token lets',
      'grant === OPEN ? read : permitted(read, grant)',
      'read',
    ],
    [
      'a head is known with its own token alone',
      'hasHead(request, kept, connection.authorization)',
      'hasHead(request, kept, request.slice(kept.before.length, kept.before.length + kept.authorizationBytes))',
    ],
    [
      'who shows nothing now may do nothing',
      '(hasAuthorization ? this.#pass?.grant : null) ?? NOTHING',
      'this.#pass?.grant ?? NOTHING',
    ],
  ]),
  ...mutantsOf(INTERPRETER, ASKING, [
    ['no command without a token', 'if (session.grant !== NOTHING) return true;', 'return true;'],
  ]),
  ...mutantsOf(INTERPRETER, RELOAD, [
    [
      'each command looks what is in force',
      'const { pass } = session;\n    session.grant = ',
      'const { pass } = session;\n    if (session.grant === NOTHING) session.grant = ',
    ],
  ]),
  ...mutantsOf('src/transport/resp/commands/server-commands.ts', OTHERS, [
    ['DEL needs its right', "if (!grant.has('reset')) {", 'if (false as boolean) {'],
    ['DEL is of keys that the token is for', 'if (refusal !== null) {', 'if (false as boolean) {'],
  ]),
  ...mutantsOf('src/transport/resp/commands/throttle-commands.ts', OTHERS, [
    [
      'a command asks about keys that its token is for',
      'grant.isForAll ? null : refusalOf(grant, question)',
      'null as ReturnType<typeof refusalOf>',
    ],
  ]),
  ...mutantsOf('src/transport/resp/commands/policy-commands.ts', OTHERS, [
    [
      'a command asks policies that its token is for',
      'if (refusal !== null) {',
      'if (false as boolean) {',
    ],
  ]),
  ...mutantsOf('src/envoy/should-rate-limit.ts', ASKING, [
    [
      'a call asks about domains that its token is for',
      'if (refusalOfRequest(call.grant, request) !== null) {',
      'if (false as boolean) {',
    ],
  ]),
  ...mutantsOf('src/envoy/refusal.ts', ASKING, [
    [
      'Envoy needs the right to ask',
      "wanted === 'refund' || (isTaking && !grant.has('ask'))",
      "wanted === 'refund'",
    ],
  ]),
  ...mutantsOf('src/transport/grpc/unary-route.ts', ASKING, [
    ['a call without a token is not read', '!grant.mayAsk', '(false as boolean)'],
  ]),
  ...mutantsOf('src/transport/grpc/peer.ts', ASKING, [
    [
      'who shows none may call nothing',
      'this.#shown === null ? NOTHING : this.#shown.grant',
      'this.#shown === null ? OPEN : this.#shown.grant',
    ],
  ]),
  ...mutantsOf('src/threads/start-warnings.ts', 'test/threads/start-warnings.test.ts', [
    [
      'a start that is open to strangers says so',
      "if (authTokensFile !== '' || tlsClientCaFile !== '' || isLoopback(host)) return;",
      'return;',
    ],
    ['nobody is a stranger who has shown a certificate', " || tlsClientCaFile !== ''", ''],
  ]),
  ...mutantsOf('src/threads/admin-thread.ts', RELOAD, [
    ['who may no longer listen hears no more', 'streams.hangUp();', ''],
    ['operators too have the tokens that are in force', 'book.replace(message.tokens);', ''],
  ]),
  ...mutantsOf('src/threads/decider-thread.ts', RELOAD, [
    ['deciders have the tokens that are in force', 'protocols.tokens.replace(message.tokens);', ''],
  ]),
];
