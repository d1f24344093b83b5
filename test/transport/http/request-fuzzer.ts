/**
 * Makes up what clients send: good requests in many dresses, and the same with something spoilt.
 */
import fc from 'fast-check';
import { bearer, tokenOf } from '../../access/terms.ts';

const CRLF = '\r\n';

export const QUESTION = '{"key":"any","capacity":1000,"interval":1,"unit":"h"}';

/** Null but for one in `every`. */
function seldom<T>(arbitrary: fc.Arbitrary<T>, every: number): fc.Arbitrary<T | null> {
  return fc.oneof({ weight: every - 1, arbitrary: fc.constant(null) }, { weight: 1, arbitrary });
}

function nameOf(line: string): string {
  return (line.split(':')[0] ?? '').toLowerCase();
}

const byPolicy = fc.constantFrom(
  '{"policy":"uploads","key":"any"}',
  '{"policy":"uploads","key":"any","cost":2}',
  '{"policy":"uploads","key":"any","cost":2000}',
  '{"key":"käse","cost":-1,"policy":"uploads"}',
  '{"policy":"uploads","key":"any","cost":4,"overdraft":true}',
  '{"policy":"uploads","key":"yes"}',
  '{"policy":"uploads","key":"no"}',
  '{"policy":"trial","key":"any","strict":true}',
  '{"policy":"gone","key":"any"}',
  '{"policy":"","key":"any"}',
  '{"policy":5,"key":"any"}',
  '{"policy":"uploads","policy":"trial","key":"any"}',
  '{"policy":"uploads","key":"any","capacity":5}',
  '{"policy":"uploads","key":"any","cost":1.5}',
  '{"policy":"uploads"}',
);

const ownQuestion = fc.constantFrom(
  QUESTION,
  '{"key":"any","capacity":1,"interval":1,"unit":"h"}',
  '{"key":"any","capacity":1000,"interval":1,"cost":0}',
  '{"key":"käse","capacity":5,"interval":60}',
  ' { "key" : "any", "capacity":2,"interval":1e3, "cost":2 } ',
  '{"key":"any","capacity":0,"interval":1}',
  '{"key":"any","capacity":1000,"interval":1,"unit":"h"',
  '{}',
  '[]',
);

const question = fc.oneof(
  { weight: 2, arbitrary: ownQuestion },
  { weight: 1, arbitrary: byPolicy },
);

const field = fc.constantFrom(
  'Accept: */*',
  'Accept: text/plain',
  'accept: application/json;q=0.5, text/plain',
  'Content-Type: application/json',
  'User-Agent: a client/1.0 (any)',
  'Connection: keep-alive',
  'connection: Keep-Alive',
  'X-Request-Id: 0123456789abcdef',
  'Accept-Encoding: gzip, deflate',
);

/** Fields that change how a request ends or is answered. */
const oddField = fc.constantFrom(
  'Connection: close',
  'Connection: upgrade',
  'Connection: close, keep-alive',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: identity',
  'Transfer-Encoding : chunked',
  'Expect: 100-continue',
  'Expect: something',
  'Upgrade: websocket',
  'Proxy-Connection: close',
  'Content-Encoding: gzip',
  'Content-Encoding: identity',
  'Content-Length: 5',
  'Content-Length: 0',
  'Content-Length:',
  'Host:',
  'Host : x',
  'Accept: text/plain',
  'X-Empty:',
  'X-Tab:\tx',
  'X-Folded: a\r\n b',
  'X-Nul: \0',
  'X-High: \x80\xff',
  'X Space: x',
  ': x',
  'Trailer: x',
  'TE: trailers',
  'Keep-Alive: timeout=1',
  'Origin: http://argus.test',
  'Origin: http://elsewhere.test',
  'Origin: https://allowed.test',
  'Sec-Fetch-Site: cross-site',
  'Sec-Fetch-Site: none',
);

const spoilers = fc.constantFrom(
  '\r\n',
  '\r',
  '\n',
  '\r\n\r\n',
  ' ',
  '\t',
  '\0',
  ':',
  ',',
  '+',
  '-',
  '0x',
  '0',
  '1',
  '9',
  '99999999999999999999',
  'POST /api/v1/limit HTTP/1.1\r\n',
  'GET / HTTP/1.1\r\n\r\n',
  'Content-Length: 3\r\n',
  'Transfer-Encoding: chunked\r\n',
  '0\r\n\r\n',
  'chunked',
  '\x7f',
  '\x80',
  'é',
);

const startLine = fc.oneof(
  { weight: 12, arbitrary: fc.constant('POST /api/v1/limit HTTP/1.1') },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'POST /api/v1/limit HTTP/1.0',
      'POST /api/v1/limit HTTP/1.2',
      'POST /api/v1/limit HTTP/2.0',
      'POST /api/v1/limit?x HTTP/1.1',
      'POST  /api/v1/limit HTTP/1.1',
      'POST /api/v1/limit  HTTP/1.1',
      'POST /API/v1/limit HTTP/1.1',
      'POST http://x/api/v1/limit HTTP/1.1',
      'post /api/v1/limit HTTP/1.1',
      'PUT /api/v1/limit HTTP/1.1',
      'GET /livez HTTP/1.1',
      'HEAD /livez HTTP/1.1',
      'OPTIONS /api/v1/limit HTTP/1.1',
      'DELETE /api/v1/limit?key=any HTTP/1.1',
      'POST /api/v1/limits HTTP/1.1',
      '\r\nPOST /api/v1/limit HTTP/1.1',
    ),
  },
);

/** How the length is given: what it says for a body of so many bytes. */
const lengthField = fc.oneof(
  { weight: 12, arbitrary: fc.constant((bytes: number) => `Content-Length: ${bytes}`) },
  {
    weight: 2,
    arbitrary: fc.constantFrom(
      (bytes: number) => `content-length:${bytes}`,
      (bytes: number) => `Content-Length:   ${bytes}`,
      (bytes: number) => `Content-Length: ${bytes} `,
      (bytes: number) => `Content-Length: +${bytes}`,
      (bytes: number) => `Content-Length: -${bytes}`,
      (bytes: number) => `Content-Length: 0${bytes}`,
      (bytes: number) => `Content-Length: 0x${bytes.toString(16)}`,
      (bytes: number) => `Content-Length: ${bytes},${bytes}`,
      (bytes: number) => `Content-Length: ${bytes}.0`,
      (bytes: number) => `Content-Length: ${bytes}e0`,
      (bytes: number) => `Content-Length: ${bytes}\r\nContent-Length: ${bytes}`,
      (bytes: number) => `Content-Length: ${bytes}\r\nContent-Length: ${bytes + 1}`,
      (bytes: number) => `Content-Length: ${bytes}\r\nTransfer-Encoding: chunked`,
      (bytes: number) => `Content-Length: ${bytes + 1}`,
      (bytes: number) => `Content-Length: ${Math.max(0, bytes - 1)}`,
      (bytes: number) => `Content-Length: ${2n ** 64n + BigInt(bytes)}`,
      (bytes: number) => `Content_Length: ${bytes}`,
      (bytes: number) => `Content-Length : ${bytes}`,
      (bytes: number) => `Content-Length\t: ${bytes}`,
      (bytes: number) => ` Content-Length: ${bytes}`,
    ),
  },
);

/** Tokens that are in force, see lane-tokens.ts, and what is none. */
const authorization = fc.oneof(
  { weight: 6, arbitrary: fc.constant(`Authorization: ${bearer('all')}`) },
  {
    weight: 4,
    arbitrary: fc.constantFrom(
      `authorization: bearer  ${tokenOf('all')}`,
      `Authorization: ${bearer('all')} `,
      `Authorization: ${bearer('any')}`,
      `Authorization: ${bearer('trial')}`,
      `Authorization: ${bearer('refund')}`,
      `Authorization: ${bearer('reset')}`,
      `Authorization: ${bearer('gone')}`,
      `Authorization: Bearer\t${tokenOf('all')}`,
      `Authorization: Bearer ${tokenOf('all')} ${tokenOf('all')}`,
      `Authorization: Basic ${tokenOf('all')}`,
      `Authorization: ${tokenOf('all')}`,
      'Authorization: Bearer',
      'Authorization:',
      `Authorization : ${bearer('all')}`,
      `Authorization: ${bearer('gone')}\r\nAuthorization: ${bearer('all')}`,
      `Authorization: ${bearer('all')}\r\nAuthorization: ${bearer('gone')}`,
      `X-Authorization: ${bearer('all')}`,
      `Argus-Token: ${tokenOf('all')}`,
      `Proxy-Authorization: ${bearer('all')}`,
    ),
  },
);

/** One request, its bytes a unit each. `shown`: what it says of who asks, or null. */
const requestOf = (shown: fc.Arbitrary<string | null>): fc.Arbitrary<string> =>
  fc
    .record({
      startLine,
      lengthField,
      host: fc.constantFrom('Host: argus.test', 'host: x', 'HOST:  127.0.0.1:8123'),
      fields: fc.uniqueArray(field, { maxLength: 4, selector: nameOf }),
      odd: seldom(oddField, 8),
      place: fc.nat(4),
      question,
      shown,
    })
    .map((parts) => {
      const body = Buffer.from(parts.question, 'utf8').toString('latin1');
      const lines: string[] = [parts.host, ...parts.fields];
      lines.splice(parts.place, 0, parts.lengthField(body.length));
      if (parts.shown !== null) lines.splice(parts.place, 0, parts.shown);
      if (parts.odd !== null) lines.splice(parts.place, 0, parts.odd);
      return `${[parts.startLine, ...lines].join(CRLF)}${CRLF}${CRLF}${body}`;
    });

const spoiling = fc.record({ at: fc.nat(400), remove: fc.nat(3), insert: spoilers });

/** A request, with a few bytes of it replaced now and then. */
const perhapsSpoilt = (request: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(request, seldom(fc.array(spoiling, { minLength: 1, maxLength: 2 }), 3))
    .map(([text, spoilings]) =>
      (spoilings ?? []).reduce((spoilt, { at, remove, insert }) => {
        const place = at % (spoilt.length + 1);
        return spoilt.slice(0, place) + insert + spoilt.slice(place + remove);
      }, text),
    );

/** What one connection sends: up to three requests, in chunks that mostly are one request each. */
const connectionOf = (request: fc.Arbitrary<string>): fc.Arbitrary<readonly Buffer[]> =>
  fc
    .array(
      fc.tuple(
        perhapsSpoilt(request),
        seldom(fc.nat(400), 6),
        seldom(fc.constant('with the last'), 4),
      ),
      {
        minLength: 1,
        maxLength: 3,
      },
    )
    .map((requests) => {
      const chunks = [''];
      for (const [text, cut, joined] of requests) {
        const at = cut === null ? 0 : cut % (text.length + 1);
        if (joined === null) chunks.push('');
        chunks[chunks.length - 1] += text.slice(0, at);
        if (at > 0) chunks.push('');
        chunks[chunks.length - 1] += text.slice(at);
      }
      return chunks.filter((chunk) => chunk !== '').map((chunk) => Buffer.from(chunk, 'latin1'));
    });

export const connection: fc.Arbitrary<readonly Buffer[]> = connectionOf(
  requestOf(seldom(authorization, 4)),
);

/** The same, where nearly all requests say who asks. */
export const connectionWithTokens: fc.Arbitrary<readonly Buffer[]> = connectionOf(
  requestOf(fc.option(authorization, { freq: 8 })),
);
