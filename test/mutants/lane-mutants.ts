/** Guards of the lane: what it declines, and when it hands over. */
import type { Mutant } from './mutant.ts';

const PLAIN = 'src/transport/http/asking/plain-request.ts';
const LANE = 'src/transport/http/asking/lane.ts';
const DIFFERENTIAL = ['test/transport/http/lane-differential.test.ts'];

export const LANE_MUTANTS: readonly Mutant[] = [
  {
    name: 'the lane declines what names the site of a web page',
    file: PLAIN,
    find: "  'origin',\n",
    replace: '',
    tests: DIFFERENTIAL,
  },
  {
    name: 'the lane declines what says how far a web page is',
    file: PLAIN,
    find: "  'sec-fetch-site',\n",
    replace: '',
    tests: DIFFERENTIAL,
  },
  {
    name: 'the lane declines a field that comes twice',
    file: PLAIN,
    find: 'if (this.#hashes[i] === hash) return DECLINE;',
    replace: 'if (this.#hashes[i] === hash) break;',
    tests: DIFFERENTIAL,
  },
  {
    name: 'the lane declines a body that does not end with the chunk',
    file: PLAIN,
    find: 'this.#bodyBytes !== text.length - end',
    replace: 'this.#bodyBytes > text.length - end',
    tests: DIFFERENTIAL,
  },
  {
    name: 'the lane declines a length that begins with a zero',
    file: PLAIN,
    find: 'return text.charCodeAt(0) === ZERO ? -1 : number;',
    replace: 'return number;',
    tests: DIFFERENTIAL,
  },
  {
    name: 'the lane declines a length that is more than digits',
    file: PLAIN,
    find: 'if (code < ZERO || code > NINE) return -1;',
    replace: 'if (code < ZERO || code > NINE) continue;',
    tests: DIFFERENTIAL,
  },
  {
    name: 'the lane declines Connection: close',
    file: PLAIN,
    find: "return value.toLowerCase() === 'keep-alive';",
    replace: 'return true;',
    tests: DIFFERENTIAL,
  },
  {
    name: 'the lane declines what cannot be seen',
    file: PLAIN,
    find: 'return code >= SPACE && code < DELETE;',
    replace: 'return code >= SPACE || code === 0;',
    tests: DIFFERENTIAL,
  },
  {
    name: 'the lane declines a space before the colon',
    file: PLAIN,
    find: 'if (colon === at || text.charCodeAt(colon) !== COLON) return DECLINE;',
    replace:
      'while (text.charCodeAt(colon) === SPACE) colon++; if (colon === at || text.charCodeAt(colon) !== COLON) return DECLINE;',
    tests: DIFFERENTIAL,
  },
  {
    name: 'the lane declines a bare LF',
    file: PLAIN,
    find: 'if (text.charCodeAt(end) !== CR || text.charCodeAt(end + 1) !== LF) return DECLINE;',
    replace:
      'if (text.charCodeAt(end) === LF) return end + 1; if (text.charCodeAt(end) !== CR) return DECLINE;',
    tests: DIFFERENTIAL,
  },
  {
    name: 'the lane declines a request without Host',
    file: PLAIN,
    find: 'text.charCodeAt(at + 1) === LF && this.#hasHost;',
    replace: 'text.charCodeAt(at + 1) === LF;',
    tests: DIFFERENTIAL,
  },
  ...['transfer-encoding', 'content-encoding', 'expect', 'upgrade', 'proxy-connection'].map(
    (name) => ({
      name: `the lane declines ${name}`,
      file: PLAIN,
      find: `  '${name}',\n`,
      replace: '',
      tests: DIFFERENTIAL,
    }),
  ),
  {
    name: 'a head that is known is of the same length as the chunk says',
    file: PLAIN,
    find: 'request.length !== bytes + bodyBytes || ',
    replace: 'request.length < bytes || ',
    tests: DIFFERENTIAL,
  },
  {
    name: 'the lane hands over a client that does not read',
    file: LANE,
    find: 'if (socket.writableLength > 0 || state.isEnding || chunk.length > MOST_BYTES) return false;',
    replace: 'if (state.isEnding || chunk.length > MOST_BYTES) return false;',
    tests: DIFFERENTIAL,
  },
  {
    name: 'the lane hands over when the service stops',
    file: LANE,
    find: 'if (socket.writableLength > 0 || state.isEnding || chunk.length > MOST_BYTES) return false;',
    replace: 'if (socket.writableLength > 0 || chunk.length > MOST_BYTES) return false;',
    tests: ['test/transport/http/late-answers.test.ts'],
  },
  {
    name: 'a chunk that is handed over is put back',
    file: LANE,
    find: 'this.socket.unshift(Buffer.from(chunk));',
    replace: '',
    tests: DIFFERENTIAL,
  },
  {
    name: 'a connection in the lane is not kept for ever',
    file: LANE,
    find: 'if (isWaiting || nowUs - lastUs < mostMs * 1_000) continue;',
    replace: 'if (isWaiting || nowUs - lastUs < mostMs * 1_000 || !isFresh) continue;',
    tests: ['test/transport/http/lane.test.ts'],
  },
  {
    name: 'a silent connection in the lane is timed out',
    file: LANE,
    find: 'const mostMs = isFresh ? headersTimeoutMs : keepAliveMs + KEEP_ALIVE_GRACE_MS;',
    replace: 'const mostMs = keepAliveMs + KEEP_ALIVE_GRACE_MS;',
    tests: ['test/transport/http/slow-clients.test.ts'],
  },
  {
    name: 'connections in the lane are ended when the service stops',
    file: LANE,
    find: 'if (!socket.writableEnded) socket.destroySoon();',
    replace: '',
    tests: ['test/process/stop.test.ts'],
  },
  {
    name: 'a connection in the lane is ended once',
    file: LANE,
    find: 'if (!socket.writableEnded) socket.destroySoon();',
    replace: 'socket.destroySoon();',
    tests: DIFFERENTIAL,
  },
  {
    name: 'a client may ask at the last moment it was told',
    file: LANE,
    find: 'keepAliveMs + KEEP_ALIVE_GRACE_MS',
    replace: 'keepAliveMs',
    tests: ['test/transport/http/lane.test.ts'],
  },
  {
    name: 'HTTP_LANE=off switches the lane off',
    file: 'src/transport/http/http-protocol.ts',
    find: "hasLane: config.httpLane === 'on'",
    replace: 'hasLane: true',
    tests: ['test/transport/http/lane-switch.test.ts'],
  },
  ...[
    ['a field that comes twice', 'if (this.cost !== undefined) return false;', ''],
    [
      'what cannot be seen',
      'if (!(code >= SPACE && code < DELETE) || ',
      'if (Number.isNaN(code) || ',
    ],
    ['escapes', ' || code === BACKSLASH) return DECLINED;', ') return DECLINED;'],
    ['long numbers', 'digits === 0 || digits > MOST_DIGITS', 'digits === 0'],
    [
      'zeros before a number',
      'if (digits > 1 && text.charCodeAt(at) === ZERO) return DECLINED;',
      '',
    ],
    ['what comes after', 'return at + 1 === text.length;', 'return true;'],
  ].map(([what = '', find = '', replace = '']) => ({
    name: `the short way through JSON declines ${what}`,
    file: 'src/transport/question/plain-json.ts',
    find,
    replace,
    tests: ['test/transport/question/plain-json.test.ts'],
  })),
];
