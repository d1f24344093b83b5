/**
 * Guards of forward-auth: the key, what a client may say, what a proxy is answered, and how those
 * in deploy/forward-auth/ ask.
 */
import { type Mutant, mutantsOf } from './mutant.ts';

const KEYS = 'test/policies/forward-key.test.ts';
const ADDRESSES = 'test/policies/forward-address.test.ts';
const ANSWERS = 'test/transport/http/forward.test.ts';
const BODIES = 'test/transport/http/forward-bodies.test.ts';
const PROXIES = 'test/deploy/forward-auth/forward-auth.test.ts';
const UNASKED = 'test/deploy/forward-auth/unasked.test.ts';
const FORWARD_ROUTE = 'src/transport/http/asking/forward-route.ts';
const FORWARD_VALUE = 'src/policies/forward-value.ts';

export const FORWARD_MUTANTS: readonly Mutant[] = [
  ...mutantsOf('src/policies/forward-key.ts', KEYS, [
    ['joined parts say how long they are', 'sources.length === 1', 'sources.length > 0'],
    ['a length is in bytes', '{Buffer.byteLength(value)}', '{value.length}'],
    ['a key says where it is from', '{labelOf(source)}', '{source.from}'],
    [
      'all joined parts are there',
      'if (value === null) return null;',
      'if (value === null) continue;',
    ],
    [
      'a long key is its digest',
      "return hash('sha256', subject, 'hex');",
      'return subject.slice(0, MOST_KEY_BYTES);',
    ],
  ]),
  ...mutantsOf(FORWARD_VALUE, ADDRESSES, [
    [
      'hops are counted from the last',
      'addresses.at(-trustedHops)',
      'addresses.at(1 - trustedHops)',
    ],
    [
      'an empty place of X-Forwarded-For is a place',
      "join(',').split(',')",
      "join(',').split(',').filter((one) => one.trim() !== '')",
    ],
    [
      'all lines of X-Forwarded-For are one list',
      'linesOf(request, ADDRESSES_FIELD).join',
      'linesOf(request, ADDRESSES_FIELD).slice(0, 1).join',
    ],
  ]),
  ...mutantsOf(FORWARD_VALUE, KEYS, [
    [
      'what is there twice is not there',
      "return values.length === 1 ? (values[0] as string) : '';",
      "return values[0] ?? '';",
    ],
    [
      'what is no UTF-8 is not there',
      "return isUtf8(buffer) ? buffer.toString('utf8') : null;",
      "return buffer.toString('utf8');",
    ],
    ['a parameter has many spellings', 'if (isSpelling(spelled, name))', 'if (spelled === name)'],
    ['a fragment is nothing', "text.split('#', 1)", 'text.split("\\n", 1)'],
    [
      'path and query are where the rule says',
      ': fieldOf(request, uri);',
      ': fieldOf(request, uri) || request.target;',
    ],
    [
      'the method is where the rule says',
      'return textOf(fieldOf(request, METHOD_FIELDS[uri]));',
      'return request.method;',
    ],
  ]),
  ...mutantsOf(FORWARD_ROUTE, ANSWERS, [
    ['a query names no policy', 'split(/[/?#]/, 1)', "split('/', 1)"],
    ['a path names no policy', 'split(/[/?#]/, 1)', 'split(/[?#]/, 1)'],
    [
      'a policy that is not for proxies is forbidden',
      'if (policy === undefined || policy.forward === null) {',
      'if (policy === undefined) { replies.notFound(res); return; }\nif (policy.forward === null) {',
    ],
    [
      'an unknown policy is 403',
      "this.#refuse(res, 403, 'unknown_policy');",
      "this.#refuse(res, 404, 'unknown_policy');",
    ],
    [
      'a policy says the status of a denial',
      'allowed ? ALLOWED_STATUS : denied',
      'allowed ? ALLOWED_STATUS : 429',
    ],
    [
      'overrides see where a key is from',
      '{ policy, rule, ...found }',
      '{ policy, rule, ...found, subject: found.subject.replace(/^[^:]*:/, "") }',
    ],
    [
      'no key is no decision',
      "this.#refuse(res, 400, 'no_key');",
      'this.#give(res, true, rule, [], nowUs);',
    ],
    [
      'a denial says when to come back',
      'if (retryAfter > 0) head.push',
      'if (retryAfter < 0) head.push',
    ],
  ]),
  ...mutantsOf('src/transport/http/http-server.ts', ANSWERS, [
    ['no field is dropped without a word', 'this.#server.maxHeadersCount = 0;', ''],
  ]),
  ...mutantsOf('src/transport/http/http-server.ts', BODIES, [
    [
      'a proxy that waits to be told to go on is answered',
      'if (this.#under(req) === undefined) res.writeContinue();',
      'res.writeContinue();',
    ],
  ]),
  ...mutantsOf('src/transport/http/core/replies.ts', BODIES, [
    ['a body that is announced ends the connection', 'if (announcesBody(res.req))', 'if (false)'],
    ['one in chunks too', "headers['transfer-encoding'] !== undefined ||", ''],
  ]),
  ...mutantsOf('src/transport/http/core/route.ts', BODIES, [
    [
      'no body is too long that is not read',
      'if (this.under(path) !== undefined) return Number.POSITIVE_INFINITY;',
      '',
    ],
  ]),
  ...mutantsOf('src/transport/http/core/connection-ending.ts', BODIES, [
    [
      'an answer without a body is given at once',
      "if (body === '' || req.method === 'HEAD') res.flushHeaders();",
      "if (body === '') res.cork();",
    ],
  ]),
  ...mutantsOf('deploy/forward-auth/nginx.conf', UNASKED, [
    ['nginx asks about a request once', '      proxy_next_upstream off;\n', ''],
    ['nginx announces no body that it does not send', 'proxy_set_header Content-Length "";', ''],
    ['nginx passes what it cannot ask about', '!~ "^50[234]$"', '!~ "^50[23]$"'],
  ]),
  ...mutantsOf('deploy/forward-auth/nginx.conf', PROXIES, [
    [
      'nginx lets nobody through by a policy that is gone',
      'if ($argus_wait = "") {',
      'if ($argus_wait = "never") {',
    ],
  ]),
  ...mutantsOf('deploy/forward-auth/Caddyfile', UNASKED, [
    ['Caddy asks about a request once', '\t\t\t\tkeepalive off\n', ''],
    ['Caddy passes what it cannot ask about', 'handle_errors 502 504', 'handle_errors 502'],
  ]),
  ...mutantsOf('deploy/forward-auth/envoy.yaml', PROXIES, [
    ['Envoy says who its client is', 'use_remote_address: true', 'use_remote_address: false'],
  ]),
  ...mutantsOf('deploy/forward-auth/envoy.yaml', UNASKED, [
    [
      'Envoy passes what it cannot ask about',
      'failure_mode_allow: true',
      'failure_mode_allow: false',
    ],
  ]),
  ...mutantsOf('deploy/forward-auth/argus.lua', UNASKED, [
    [
      'HAProxy passes what it cannot ask about',
      'if not status or status:sub(1, 1) == "5" then',
      'if not status then',
    ],
  ]),
  ...mutantsOf('deploy/forward-auth/argus.lua', PROXIES, [
    [
      'HAProxy lets nobody through by a policy that is gone',
      'fields["retry-after"] and "limited" or "refused"',
      'fields["retry-after"] and "limited" or "allowed"',
    ],
  ]),
];
