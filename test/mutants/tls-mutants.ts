/** Guards of TLS: what takes effect, who gets in, and for how long. */
import { type Mutant, mutantsOf } from './mutant.ts';

const HANDSHAKES = 'src/transport/tls/handshakes.ts';

export const TLS_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/transport/tls/read-credentials.ts', 'test/threads/tls-loading.test.ts', [
    [
      'a key of another certificate never takes effect',
      'leaf?.checkPrivateKey(own.key) !== true',
      'leaf === undefined',
    ],
    [
      'half a certificate never takes effect',
      'if (!chain.ok) return chain;',
      "if (!chain.ok) return { ok: true, pems: { cert: '', key: '', clientCa: null }, begins: { ms: 0, text: '' }, ends: { ms: 0, text: '' } };",
    ],
  ]),
  ...mutantsOf('src/transport/tls/pem.ts', 'test/transport/tls/read-credentials.test.ts', [
    [
      'a chain that was cut does not pass for a shorter one',
      'if (open !== null) return torn(open.label, blocks.length);\n  // A last',
      '// A last',
    ],
    [
      'nor one that was cut in a first line',
      "isCut ? torn('block', blocks.length) : { ok: true, blocks }",
      '{ ok: true, blocks }',
    ],
  ]),
  ...mutantsOf('src/threads/tls-loading.ts', 'test/threads/tls-loading.test.ts', [
    [
      'what is wrong is not handed on',
      'if (loaded.ok) {',
      'if (loaded.ok || this.#pems !== null) {',
    ],
    [
      'files that are wrong at the start end it',
      'if (!loaded.ok) throw new BadCredentials',
      'if (!loaded.ok && this.#pems !== null) throw new BadCredentials',
    ],
    [
      'keys for tickets are others each day',
      'if (this.#pems !== null) handOn(withTicketKeys(this.#pems));',
      '',
    ],
  ]),
  ...mutantsOf('src/threads/tls-loading.ts', 'test/process/tls-reload.test.ts', [
    [
      'no session outlives the CAs that let it begin',
      'return { ...pems, ticketKeys: randomBytes(TICKET_KEY_BYTES) };',
      'return { ...pems, ticketKeys: Buffer.alloc(TICKET_KEY_BYTES) };',
    ],
  ]),
  ...mutantsOf('src/threads/workers.ts', 'test/process/tls-reload.test.ts', [
    ['operators get the new certificate', 'this.#admin?.postMessage(message);', ''],
    [
      'all deciders get the new certificate',
      'for (const decider of this.#deciders) decider.postMessage(message);',
      'this.#deciders[0]?.postMessage(message);',
    ],
  ]),
  ...mutantsOf('src/threads/decider-thread.ts', 'test/process/tls-reload.test.ts', [
    [
      'all ports of a decider get the new certificate',
      'for (const one of Object.values(handshakes)) one?.use(message.credentials);',
      'for (const one of [handshakes.http, handshakes.resp]) one?.use(message.credentials);',
    ],
  ]),
  ...mutantsOf(HANDSHAKES, 'test/process/tls-reload.test.ts', [
    [
      'a change closes no connection',
      'this.#end(accepted); this.#secured.set(accepted, socket);',
      'this.#end(accepted); this.#secured.set(accepted, socket); const began = this.#parts; const change = this.use; this.use = (fresh) => { change.call(this, fresh); if (began === this.#parts) socket.destroy(); };',
    ],
  ]),
  ...mutantsOf(HANDSHAKES, 'test/process/tls.test.ts', [
    [
      'a handshake has its time',
      "const callOff = timers.after(headersTimeoutMs, () => this.#giveUp(accepted, 'timeout'));",
      'const callOff = () => undefined;',
    ],
    [
      'a session goes on on every thread',
      'return { ...contextOptions(credentials), ticketKeys: Buffer.from(ticketKeys) };',
      'return { ...contextOptions(credentials), ...(ticketKeys.length === 0 && { ticketKeys: Buffer.from(ticketKeys) }) };',
    ],
  ]),
  ...mutantsOf(HANDSHAKES, 'test/process/tls-protocols.test.ts', [
    [
      'a client that must show a certificate does',
      'rejectUnauthorized: needsCertificate,',
      'rejectUnauthorized: false,',
    ],
    [
      'gRPC is spoken by who has asked for it',
      'if (alpn?.isNeeded === true && socket.alpnProtocol !== alpn.name) {',
      "if (alpn?.isNeeded === true && socket.alpnProtocol === 'x') {",
    ],
    [
      'no other protocol is agreed on',
      'protocols.find((name) => name === alpn?.name)',
      'protocols[0]',
    ],
  ]),
  ...mutantsOf(HANDSHAKES, 'test/process/tls-connections.test.ts', [
    [
      'a handshake does not hold up the end of a service',
      'this.#end(accepted); accepted.destroy(); } }',
      '} }',
    ],
  ]),
  ...(
    [
      ['HTTP', 'test/transport/http/late-answers.test.ts'],
      ['the Redis protocol', 'test/transport/resp/late-connection.test.ts'],
      ['gRPC', 'test/transport/grpc/connection.test.ts'],
    ] as const
  ).flatMap(([protocol, test]) =>
    mutantsOf(HANDSHAKES, test, [
      [
        `a client of ${protocol} that has said all over TLS is still answered`,
        'socket.allowHalfOpen = true;',
        '',
      ],
    ]),
  ),
  ...mutantsOf('src/transport/tls/credentials.ts', 'test/process/tls.test.ts', [
    [
      'TLS 1.2 is the oldest',
      "minVersion: 'TLSv1.2',",
      "minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0',",
    ],
    [
      'a client does not begin its handshake anew',
      'secureOptions: constants.SSL_OP_NO_RENEGOTIATION,',
      '',
    ],
  ]),
  ...mutantsOf('src/transport/tls/client-hello.ts', 'test/process/tls.test.ts', [
    ['a hello longer than any is not kept', '&& length <= MOST_HELLO_BYTES', ''],
  ]),
  ...mutantsOf('src/transport/connection/records.ts', 'test/transport/connection/records.test.ts', [
    [
      'a client that sends many records takes turns',
      'return !isFirst && !this.#turns.hasTime();',
      'return false;',
    ],
    [
      'the first record of a turn never waits',
      'return !isFirst && !this.#turns.hasTime();',
      'return !this.#turns.hasTime();',
    ],
  ]),
  ...mutantsOf('src/transport/resp/resp-connection.ts', 'test/transport/resp/turns.test.ts', [
    ['records of the Redis protocol take turns', ' || this.#records.mustWait();', ';'],
  ]),
  ...mutantsOf('src/transport/http2/connection.ts', 'test/transport/http2/turns.test.ts', [
    ['records of HTTP/2 take turns', ' || this.#records.mustWait();', ';'],
  ]),
];
