/** Bodies of batches: what is wrong with one question, with all of them, or with their length. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ask,
  type Body,
  chunk,
  exchange,
  fiveADay,
  freshKey,
  get,
  LAST_CHUNK,
  LIMIT_PATH,
  members,
  post,
  request,
} from '../../support/ask.ts';
import { expectProblem } from '../../support/problem.ts';
import { RawClient } from '../../support/raw-http.ts';
import { type Service, startService } from '../../support/service.ts';
import { askMany, type Item, itemsOf, LIMITS_PATH, postMany } from './batch.ts';

const MOST_BYTES = 524_288;

let service: Service;
beforeAll(async () => {
  service = await startService({ flags: ['--threads', '2'] });
});
afterAll(async () => {
  expect((await ask(service, fiveADay())).status).toBe(200);
  expect(await service.stop()).toBe(0);
});

/** A good batch of one question and just so many bytes. */
function batchOf(bytes: number): string {
  const text = JSON.stringify([fiveADay()]);
  return text + ' '.repeat(bytes - text.length);
}

async function answersTo(questions: readonly unknown[]): Promise<readonly Item[]> {
  return itemsOf(await askMany(service, questions));
}

const chunkedPost = request('POST', LIMITS_PATH, { 'Transfer-Encoding': 'chunked' });

const deep = '['.repeat(50_000) + ']'.repeat(50_000);
const field = (name: string, value: string) =>
  `{"key":"a","capacity":5,"interval":60,"${name}":${value}}`;

//  what it is, its text, the field that is named, words of the error
const bad: readonly (readonly [string, string, string | undefined, readonly string[]])[] = [
  ['null', 'null', undefined, ['object', 'null']],
  ['a number', '5', undefined, ['object', '5']],
  ['a string', '"key"', undefined, ['object', '"key"']],
  ['true', 'true', undefined, ['object', 'true']],
  ['an array', '[]', undefined, ['object', 'array']],
  ['a batch', `[${field('cost', '1')}]`, undefined, ['object', 'array']],
  ['nested deep', deep, undefined, ['object', 'array']],
  ['empty', '{}', 'key', ['key', 'missing']],
  ['with a key that is none', '{"key":5,"capacity":5,"interval":60}', 'key', ['string', '5']],
  ['with an empty key', field('key', '""'), 'key', ['1 to 256', 'has 0']],
  ['with a long key', field('key', `"${'k'.repeat(257)}"`), 'key', ['1 to 256', 'has 257']],
  ['with half a character as its key', field('key', '"\\ud83e"'), 'key', ['surrogate']],
  ['of capacity 0', field('capacity', '0'), 'capacity', ['capacity', 'is 0']],
  ['of a huge capacity', field('capacity', '1e999'), 'capacity', ['capacity', 'Infinity']],
  ['of a capacity nested deep', field('capacity', deep), 'capacity', ['capacity', 'array']],
  ['of half an interval', field('interval', '0.5'), 'interval', ['interval', '0.5']],
  ['of a long interval', field('interval', '31622401'), 'interval', ['366 days']],
  ['in another unit', field('unit', '"w"'), 'unit', ['unit', '"w"']],
  ['of a cost above its capacity', field('cost', '6'), 'cost', ['cost', '-5 to 5', 'is 6']],
  ['of a cost null', field('cost', 'null'), 'cost', ['cost', 'null']],
  [
    'past counting',
    '{"key":"a","capacity":1000000000,"interval":31622399999999,"unit":"us"}',
    'interval',
    ['exactly'],
  ],
  ['with an unknown field', field('burst', '1'), 'burst', ['"burst"', 'fields are']],
  ['with a field __proto__', field('__proto__', '{"cost":0}'), '__proto__', ['"__proto__"']],
  ['with a field constructor', field('constructor', '1'), 'constructor', ['"constructor"']],
  ['with a field nested deep', field('deep', deep), 'deep', ['"deep"']],
];

describe('a question in a batch that is wrong', () => {
  test.each(bad)(
    'is refused in its place, and the others decided: %s',
    async (_, text, name, words) => {
      const one = fiveADay();
      const good = JSON.stringify(one);
      const items = itemsOf(await askMany(service, `[${good},${text},${good},${text}]`));
      expect(items.length).toBe(4);
      expect(items[0]).toMatchObject({ allowed: true, remaining: 4 });
      expect(items[2]).toMatchObject({ allowed: true, remaining: 3 });
      for (const item of [items[1], items[3]]) {
        expect(Object.keys(item ?? {})).toEqual(['error']);
        expect(item?.error?.field).toBe(name);
        for (const word of words) expect(item?.error?.detail).toContain(word);
        expect(item?.error?.detail.length).toBeLessThan(500);
      }
    },
  );

  const short = bad.filter(([, text, name]) => name !== undefined && text.length < 16_384);
  test.each(short)('is told what it would be told alone: %s', async (_, text) => {
    const [item] = itemsOf(await askMany(service, `[${text}]`));
    const { detail, field } = members(await ask(service, text));
    expect(item).toEqual({ error: { field, detail } });
  });

  test('may be all of them: the batch is a 200 all the same', async () => {
    const items = await answersTo(Array(1_000).fill({}));
    expect(items.every(({ error }) => error?.field === 'key')).toBe(true);
  });

  test('cannot set a field of the others through __proto__', async () => {
    const text = `[{"__proto__":{"cost":0,"unit":"d"}},${JSON.stringify(fiveADay())},{}]`;
    const items = itemsOf(await askMany(service, text));
    expect(items[0]?.error?.field).toBe('__proto__');
    expect(items[1]).toMatchObject({ remaining: 4 });
    expect(items[2]?.error?.field).toBe('key');
  });
});

//  what it is, its bytes, words of the refusal
const refused: readonly (readonly [string, Body, readonly string[]])[] = [
  ['empty', '', ['JSON array']],
  ['cut', '[{"key":"a"', ['JSON array']],
  ['with a comma too many', '[{},]', ['JSON array']],
  ['of two batches', '[][]', ['JSON array']],
  ['that is a question', fiveADay(), ['JSON array', '1 to 1000', 'an object']],
  ['that is an object with a length', '{"length":1,"0":{}}', ['JSON array', 'an object']],
  ['that is null', 'null', ['JSON array', 'null']],
  ['that is a number', '1', ['JSON array', '1']],
  ['that is a string', '"[]"', ['JSON array', '"[]"']],
  ['that is lines', '{"key":"a"}\n{"key":"b"}\n', ['JSON array']],
  ['that is not UTF-8', Uint8Array.of(0x5b, 0x22, 0xff, 0x22, 0x5d), ['UTF-8']],
  ['with half a character', Uint8Array.of(0x5b, 0x22, 0xf0, 0x9f, 0x22, 0x5d), ['UTF-8']],
  ['that begins with a byte order mark', '\ufeff[{}]', ['JSON array']],
  ['nested 200,000 deep and cut', '['.repeat(200_000), ['JSON array']],
];

describe('a body', () => {
  test.each(refused)('%s is refused, and the connection kept', async (_, body, words) => {
    const client = await RawClient.connect(service.port);
    expectProblem(await client.send(postMany(body)).answer(), 400, ...words);
    expect(itemsOf(await client.send(postMany([fiveADay()])).answer()).length).toBe(1);
    client.destroy();
  });

  test('nested 250,000 deep and closed is a batch of one bad question', async () => {
    const body = '['.repeat(250_000) + ']'.repeat(250_000);
    const items = itemsOf(await askMany(service, body));
    expect(items.map(({ error }) => error?.detail)).toEqual([
      'a question must be a JSON object, is an array',
    ]);
  });

  test('may have any Content-Type, or none', async () => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'x']) {
      const answer = await askMany(service, [fiveADay()], { 'Content-Type': type });
      expect(itemsOf(answer)).toMatchObject([{ remaining: 4 }]);
    }
  });

  test('that is packed is refused, and the connection kept', async () => {
    const client = await RawClient.connect(service.port);
    const bytes = postMany(Uint8Array.of(0x1f, 0x8b), { 'Content-Encoding': 'gzip' });
    expectProblem(await client.send(bytes).answer(), 415, 'Content-Encoding', 'gzip');
    const plain = postMany([fiveADay()], { 'Content-Encoding': 'identity' });
    expect(itemsOf(await client.send(plain).answer()).length).toBe(1);
    client.destroy();
  });
});

describe('a body of 512 KiB', () => {
  test('is read, with a query after the path too', async () => {
    expect(itemsOf(await askMany(service, batchOf(MOST_BYTES)))).toMatchObject([{ remaining: 4 }]);
    const bytes = postMany(batchOf(MOST_BYTES))
      .toString()
      .replace(LIMITS_PATH, `${LIMITS_PATH}?a=b`);
    expect(itemsOf(await exchange(service, bytes))).toMatchObject([{ remaining: 4 }]);
  });

  test('is read in chunks too', async () => {
    const text = batchOf(MOST_BYTES);
    const chunks = [];
    for (let at = 0; at < text.length; at += 1_000) chunks.push(chunk(text.slice(at, at + 1_000)));
    const bytes = Buffer.concat([Buffer.from(chunkedPost), ...chunks, Buffer.from(LAST_CHUNK)]);
    expect(itemsOf(await exchange(service, bytes))).toMatchObject([{ remaining: 4 }]);
  });

  test('is read in pieces that come by and by', async () => {
    const client = await RawClient.connect(service.port);
    const many = Array.from({ length: 1_000 }, () => ({ ...fiveADay(), key: `🦚${freshKey()}` }));
    const bytes = postMany(JSON.stringify(many).padEnd(MOST_BYTES - 2_000));
    for (let at = 0; at < bytes.length; at += 9_973) {
      await client.sent(bytes.subarray(at, at + 9_973));
    }
    const items = itemsOf(await client.answer());
    expect(items.length).toBe(1_000);
    expect(items.every(({ remaining }) => remaining === 4)).toBe(true);
    client.destroy();
  });

  test('is awaited after 100-continue, and one byte more is not', async () => {
    const expecting = (length: number) =>
      request('POST', LIMITS_PATH, { Expect: '100-continue', 'Content-Length': String(length) });
    const client = await RawClient.connect(service.port);
    client.send(expecting(MOST_BYTES));
    expect((await client.answer()).status).toBe(100);
    expect(itemsOf(await client.send(batchOf(MOST_BYTES)).answer()).length).toBe(1);
    client.destroy();
    expectProblem(await exchange(service, expecting(MOST_BYTES + 1)), 413, String(MOST_BYTES));
  });

  test('and one byte is refused without being waited for, and the connection closed', async () => {
    const client = await RawClient.connect(service.port);
    const head = request('POST', LIMITS_PATH, { 'Content-Length': String(MOST_BYTES + 1) });
    const answer = await client.send(head).answer();
    expectProblem(answer, 413, String(MOST_BYTES));
    expect(answer.headers['connection']).toBe('close');
    await client.closed();
    client.destroy();
  });

  test('and one byte in chunks is refused when it has come, and the connection closed', async () => {
    const client = await RawClient.connect(service.port);
    client.send(chunkedPost).send(chunk(batchOf(MOST_BYTES)));
    const answer = await client.send(chunk(' ')).answer();
    expectProblem(answer, 413, String(MOST_BYTES));
    expect(answer.headers['connection']).toBe('close');
    await client.closed();
    client.destroy();
  });

  test('is no more than it was elsewhere: 16 KiB', async () => {
    const head = { 'Content-Length': '16385' };
    const elsewhere = [
      ['POST', LIMIT_PATH],
      ['DELETE', `${LIMIT_PATH}?key=a`],
      ['POST', `${LIMIT_PATH}?${LIMITS_PATH}`],
      ['POST', `${LIMITS_PATH}/`],
      ['GET', '/livez'],
    ] as const;
    for (const [method, path] of elsewhere) {
      expectProblem(await exchange(service, request(method, path, head)), 413, '16384');
    }
    const chunked = request('POST', LIMIT_PATH, { 'Transfer-Encoding': 'chunked' });
    const bytes = Buffer.concat([Buffer.from(chunked), chunk(' '.repeat(16_385))]);
    expectProblem(await exchange(service, bytes), 413, '16384');
    expectProblem(await exchange(service, post(' '.repeat(16_385))), 413, '16384');
    expect((await get(service, '/livez')).status).toBe(200);
  });
});
