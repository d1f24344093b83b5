/**
 * Tokens in the lane: who is answered there, who is told no by node:http, and that neither lets in
 * whom the other would not.
 */
import { beforeEach, describe, expect, test } from 'vitest';
import { KEPT_HEADS } from '../../../src/transport/http/asking/lane.ts';
import { bearer, termsOf } from '../../access/terms.ts';
import { DEFAULTS, LanePair } from './lane-pair.ts';
import { TOKENS } from './lane-tokens.ts';

let pair: LanePair;
beforeEach(() => {
  pair = new LanePair(DEFAULTS, { tokens: TOKENS });
});

interface Asked {
  readonly token?: string;
  readonly key?: string;
  readonly policy?: string;
  readonly cost?: number;
  /** Other lines of the head. */
  readonly lines?: readonly string[];
}

function request({ token, key = 'any', policy, cost = 1, lines = [] }: Asked): string {
  const limit = policy === undefined ? { capacity: 1_000, interval: 1 } : { policy };
  const body = JSON.stringify({ key, ...limit, cost });
  const shown = token === undefined ? [] : [`Authorization: ${bearer(token)}`];
  const length = `Content-Length: ${Buffer.byteLength(body)}`;
  const head = ['POST /api/v1/limit HTTP/1.1', 'Host: argus.test', length, ...shown, ...lines];
  return [...head, '', body].join('\r\n');
}

/** Of both the same: the statuses of the answers, and how many the lane gave. */
async function sent(...asked: readonly (Asked | string)[]): Promise<[string, number]> {
  const chunks = asked.map((one) => Buffer.from(typeof one === 'string' ? one : request(one)));
  const { lane, http } = await pair.exchange(chunks);
  expect(lane.text).toBe(http.text);
  const statuses = [...lane.text.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status);
  return [statuses.join(' '), lane.inLane];
}

//  what, what is asked on one connection, the statuses, how many the lane answers
const TABLE: readonly (readonly [string, readonly Asked[], string, number])[] = [
  ['no token', [{}], '401', 0],
  ['one that is not in force', [{ token: 'gone' }], '401', 0],
  ['the right one', [{ token: 'all' }, { token: 'all' }], '200 200', 2],
  ['one after another', [{ token: 'all' }, { token: 'any' }], '200 200', 2],
  ['none after a right one', [{ token: 'all' }, {}], '200 401', 1],
  ['a wrong one after a right one', [{ token: 'all' }, { token: 'gon' }], '200 401', 1],
  [
    'a right one after a wrong one',
    [{ token: 'gone' }, { token: 'all' }, { token: 'gone' }],
    '401 200 401',
    0,
  ],
  ['a key that it is for', [{ token: 'any' }, { token: 'any', key: 'small:1' }], '200 200', 2],
  ['a key that it is not for', [{ token: 'any', key: 'b' }, { token: 'any' }], '403 200', 0],
  ['no policy of its own', [{ token: 'any', policy: 'uploads' }], '403', 0],
  ['its policy', [{ token: 'trial', policy: 'trial' }], '200', 1],
  ['another policy', [{ token: 'trial', policy: 'uploads' }], '403', 0],
  ['a plain key where it has a policy', [{ token: 'trial', key: 'trial' }], '403', 0],
  ['a look', [{ token: 'any', cost: 0 }], '200', 1],
  ['a refund without the right', [{ token: 'any', cost: -1 }], '403', 0],
  ['a refund with the right', [{ token: 'all', cost: -1 }], '200', 1],
  ['a refund with that right alone', [{ token: 'refund', cost: -1 }], '200', 1],
  ['a question with that right alone', [{ token: 'refund' }], '403', 0],
  ['a question without any', [{ token: 'reset' }], '403', 0],
];
test.each(TABLE)('%s', async (_, asked, statuses, inLane) => {
  expect(await sent(...asked)).toEqual([statuses, inLane]);
});

test('what a connection shows is no other connection’s', async () => {
  expect(await sent({ token: 'all' })).toEqual(['200', 1]);
  const same = request({ token: 'all' });
  // The same head but for the token, and as long.
  expect(await sent(same.replace(bearer('all'), bearer('nul')))).toEqual(['401', 0]);
  expect(await sent(same.replace(`Authorization: ${bearer('all')}\r\n`, ''))).toEqual(['401', 0]);
});

test('heads of many lengths are known with one token, which is looked up once', async () => {
  const keys = Array.from({ length: KEPT_HEADS + 2 }, (_, i) => ({
    token: 'any',
    key: `any${'x'.repeat(i)}`,
  }));
  expect((await sent(...keys, ...keys))[1]).toBe(2 * keys.length);
});

describe('a token that is taken out of the file', () => {
  test('is refused on a connection on which it was right, and the connection stays', async () => {
    const { client } = pair.open();
    const answers: string[] = [];
    client.setEncoding('latin1').on('data', (text: string) => answers.push(text.slice(9, 12)));
    const ask = async () => {
      client.write(request({ token: 'all' }));
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    };
    await ask();
    await ask();
    pair.replaceTokens([termsOf('other')]);
    await ask();
    pair.replaceTokens(TOKENS);
    await ask();
    expect(answers).toEqual(['200', '200', '401', '200']);
    expect(client.readableEnded).toBe(false);
  });

  test('or is for other keys from now on', async () => {
    const { client, inLane } = pair.open();
    let text = '';
    client.setEncoding('latin1').on('data', (piece: string) => {
      text += piece;
    });
    const ask = async () => {
      client.write(request({ token: 'all' }));
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate);
    };
    await ask();
    pair.replaceTokens([termsOf('all', { keys: ['b:'] })]);
    await ask();
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 403']);
    expect(inLane()).toBe(1);
  });
});
