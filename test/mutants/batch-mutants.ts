/** Guards of many questions in one request, and of resets. */
import type { Mutant } from './mutant.ts';

const BATCH = 'src/transport/http/asking/batch-route.ts';
const RESET = 'src/transport/http/asking/reset-route.ts';

export const BATCH_MUTANTS: readonly Mutant[] = [
  {
    name: 'a batch is decided at one time',
    file: BATCH,
    find: 'limiter.take(question, nowUs)',
    replace: 'limiter.take(question, this.#parts.clock())',
    tests: ['test/transport/http/batches.test.ts'],
  },
  {
    name: 'a batch has at most 1,000 questions',
    file: 'src/transport/question/questions.ts',
    find: 'value.length >= 1 && value.length <= MOST_QUESTIONS',
    replace: 'value.length >= 1',
    tests: ['test/transport/http/batches.test.ts'],
  },
  {
    name: 'a bad question in a batch is counted',
    file: BATCH,
    find: 'cells.badRequest(reason);',
    replace: '',
    tests: ['test/transport/http/batches.test.ts'],
  },
  {
    name: 'only a batch may be large',
    file: 'src/transport/http/core/route.ts',
    find: 'const routes = this.paths.get(path) ?? [];',
    replace: 'const routes = this.all;',
    tests: ['test/transport/http/batch-bodies.test.ts'],
  },
  {
    name: 'a body in tiny pieces is not copied for each',
    file: 'src/transport/http/core/body.ts',
    find: 'Math.max(MOST_BODY_BYTES, 2 * wanted)',
    replace: 'Math.max(MOST_BODY_BYTES, wanted)',
    tests: ['test/transport/http/body-memory.test.ts'],
  },
  {
    name: 'slow large bodies have a bound',
    file: 'src/transport/http/core/body.ts',
    find: 'if (bytes > MOST_BODY_BYTES && !holding.hasRoom(more)) return false;',
    replace: '',
    tests: ['test/transport/large-bodies.test.ts'],
  },
  {
    name: 'a client that goes gives back the room of its body',
    file: 'src/transport/http/core/body.ts',
    find: "if (body.held === 0) body.res.once('close', onClose);",
    replace: '',
    tests: ['test/transport/large-bodies.test.ts'],
  },
  {
    name: 'a body that is read gives back its room',
    file: 'src/transport/http/core/body.ts',
    find: 'if (held > 0) holdingOf(req.socket)?.addBody(-held);',
    replace: '',
    tests: ['test/transport/large-bodies.test.ts'],
  },
  {
    name: 'a reset wants the admin token',
    file: 'src/transport/http/core/token-gate.ts',
    find: "const grant = verdict === 'wrong' ? null : verdict.grant;",
    replace:
      "const grant = (verdict === 'wrong' ? { has: () => true, touchesKey: () => true } : verdict.grant) as Grant;",
    tests: ['test/transport/http/reset-token.test.ts'],
  },
  {
    name: 'a reset wants a key and nothing else',
    file: RESET,
    find: '/^key=([^&=#]*)$/',
    replace: '/^key[=&]([^&=#]*)$/',
    tests: ['test/transport/http/reset.test.ts'],
  },
  {
    name: 'the key of a reset is UTF-8',
    file: 'src/transport/http/core/target.ts',
    find: 'return decodeURIComponent(text.replaceAll',
    replace: 'return unescape(text.replaceAll',
    tests: ['test/transport/http/reset.test.ts'],
  },
  {
    name: 'the admin token is never shown',
    file: 'src/config.ts',
    find: "isSecret ? 'something else'",
    replace: "isSecret && name === 'port' ? 'something else'",
    tests: ['test/transport/http/reset-token.test.ts'],
  },
  {
    name: 'the OpenAPI document refuses unknown fields',
    file: 'src/transport/http/document/openapi-schemas.ts',
    find: 'additionalProperties: false',
    replace: 'additionalProperties: true',
    tests: ['test/transport/http/openapi-questions.test.ts'],
  },
];
