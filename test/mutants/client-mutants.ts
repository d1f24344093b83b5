/** Guards of the client for Node and its middleware. */
import type { Mutant } from './mutant.ts';

/** Each: what is guarded, the file under src/client/, what to find there, by what to replace it, the test. */
const GUARDS: readonly (readonly [string, string, string, string, string])[] = [
  [
    'calls of a turn go as one request',
    'batcher',
    'setImmediate(() => this.#send())',
    'queueMicrotask(() => this.#send())',
    'batches',
  ],
  [
    'a request of the client has at most the bytes the service takes',
    'batcher',
    ' || bytes + one.bytes > MOST_BATCH_BYTES',
    '',
    'batches',
  ],
  [
    'the client sends no question that is huge',
    'batcher',
    'if (bytes > MOST_QUESTION_BYTES) {',
    'if (bytes > Infinity) {',
    'batches',
  ],
  [
    'the client wants an answer to every question',
    'answers',
    ' || values.length !== count',
    '',
    'failures',
  ],
  [
    'a bad question throws whatever onError says',
    'client',
    ' || !(error instanceof UnavailableError)',
    '',
    'failures',
  ],
  [
    'an answer that arrived in time counts though the process was busy',
    'exchange',
    'setTimeout(() => setImmediate(expire), timeoutMs)',
    'setTimeout(expire, timeoutMs)',
    'connections',
  ],
  ['the client leaves no timers', 'exchange', 'clearTimeout(this.#timer);', '', 'connections'],
  [
    'the client ends idle connections before the service does',
    'http-poster',
    ', timeout: MOST_IDLE_MS',
    '',
    'connections',
  ],
  [
    'the client sends nothing that was given up',
    'http-poster',
    'if (exchange.isOver) continue;',
    '',
    'connections',
  ],
  [
    'the client bounds its connections',
    'http-poster',
    'this.#running.size < this.#maxSockets',
    'this.#running.size < 1e9',
    'failures',
  ],
  [
    'the middleware answers once',
    'express',
    'else if (!res.headersSent) deny',
    'else deny',
    'express',
  ],
  [
    'the middleware tells no time that it does not know',
    'rate-limit-fields',
    'degraded || ',
    '',
    'rate-limit-fields',
  ],
];

export const CLIENT_MUTANTS: readonly Mutant[] = GUARDS.map(
  ([name, file, find, replace, test]) => ({
    name,
    file: `src/client/${file}.ts`,
    find,
    replace,
    tests: [`test/client/${test}.test.ts`],
  }),
);
