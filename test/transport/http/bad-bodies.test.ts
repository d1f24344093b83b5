/** Bodies: cut, strange, deep, too long, slow. Each is refused by name or decided rightly. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ask,
  type Body,
  chunk,
  exchange,
  freshKey,
  LAST_CHUNK,
  LIMIT_PATH,
  members,
  post,
  request,
} from '../../support/ask.ts';
import { expectProblem } from '../../support/problem.ts';
import { RawClient } from '../../support/raw-http.ts';
import { type Service, startService } from '../../support/service.ts';

const MOST_BYTES = 16_384;

let service: Service;
beforeAll(async () => {
  service = await startService({ flags: ['--threads', '2'] });
});
afterAll(async () => {
  expect((await ask(service, question())).status).toBe(200);
  await service.stop();
});

function question(): { key: string; capacity: number; interval: number } {
  return { key: freshKey(), capacity: 5, interval: 60 };
}

/** A good question of just so many bytes. */
function questionOf(bytes: number): string {
  const text = JSON.stringify(question());
  return text + ' '.repeat(bytes - text.length);
}

function fieldOf(name: string, value: string): string {
  return JSON.stringify(question()).replace(/\}$/, `,"${name}":${value}}`);
}

const chunkedPost = request('POST', LIMIT_PATH, { 'Transfer-Encoding': 'chunked' });

//  what it is, its bytes, words of the refusal
const refused: readonly (readonly [string, Body, readonly string[]])[] = [
  ['empty', '', ['JSON']],
  ['of white space', ' \r\n\t ', ['JSON']],
  ['cut', '{"key":"a","capacity":5,"inter', ['JSON']],
  ['cut before its end', '{"key":"a","capacity":5,"interval":60', ['JSON']],
  ['with something after its end', '{"key":"a","capacity":5,"interval":60}}', ['JSON']],
  ['of two questions', '{"key":"a"}{"key":"b"}', ['JSON']],
  ['with a comma too many', '{"key":"a","capacity":5,"interval":60,}', ['JSON']],
  ['in single quotes', "{'key':'a'}", ['JSON']],
  ['with a comment', '{"key":"a",/* five */"capacity":5,"interval":60}', ['JSON']],
  ['with a line break within a string', '{"key":"a\nb","capacity":5,"interval":60}', ['JSON']],
  ['that is a form', 'key=a&capacity=5&interval=60', ['JSON']],
  ['that is XML', '<key>a</key>', ['JSON']],
  ['that is NUL bytes', '\0\0\0\0', ['JSON']],
  ['that is UTF-16', Buffer.from('{"key":"a"}', 'utf16le'), ['JSON']],
  ['that is UTF-16 and says so', Buffer.from('\ufeff{"key":"a"}', 'utf16le'), ['UTF-8']],
  ['that begins with a byte order mark', '\ufeff{"key":"a","capacity":5,"interval":60}', ['JSON']],
  ['that is null', 'null', ['object', 'null']],
  ['that is an array', '[]', ['object', 'array']],
  ['that is a question in an array', '[{"key":"a","capacity":5,"interval":60}]', ['object']],
  ['that is a string', '"key"', ['object', '"key"']],
  ['that is a number', '5', ['object', '5']],
  ['that is true', 'true', ['object', 'true']],
  ['without fields', '{}', ['key']],
  ['nested 10,000 deep and cut', '['.repeat(10_000), ['JSON']],
  ['nested 10,000 deep in a field and cut', `{"key":${'['.repeat(10_000)}`, ['JSON']],
  ['nested in objects and cut', '{"key":'.repeat(2_000), ['JSON']],
  ['nested 8,000 deep', '['.repeat(8_000) + ']'.repeat(8_000), ['object', 'array']],
  ['nested 8,000 deep as its key', deep('key'), ['key', 'string']],
  ['nested 8,000 deep as its capacity', deep('capacity'), ['capacity', 'whole number']],
  ['nested 8,000 deep as its unit', deep('unit'), ['unit']],
  ['nested 8,000 deep as an unknown field', deep('deep'), ['deep']],
];

function deep(name: string): string {
  const value = '['.repeat(8_000) + ']'.repeat(8_000);
  return `{"key":"a","capacity":5,"interval":60,"${name}":${value}}`;
}

describe('a body', () => {
  test.each(refused)('%s is refused', async (_, body, words) => {
    expectProblem(await ask(service, body), 400, ...words);
  });

  test('nested 10,000 deep and closed is too long', async () => {
    expectProblem(await ask(service, '['.repeat(10_000) + ']'.repeat(10_000)), 413);
  });

  const unknown = ['Capacity', 'burst', 'key ', '', '__proto__', 'constructor', 'toString', '🦚'];
  test.each(unknown)('with an unknown field %j is refused, and the field named', async (name) => {
    const answer = await ask(service, fieldOf(name, '1'));
    expectProblem(answer, 400, JSON.stringify(name), 'capacity', 'interval');
    expectProblem(await ask(service, fieldOf(name, 'null')), 400);
    expectProblem(await ask(service, fieldOf(name, '{"unit":"s"}')), 400);
  });

  test('cannot set a field through __proto__', async () => {
    const body = '{"__proto__":{"interval":60,"cost":0},"key":"a","capacity":5}';
    expectProblem(await ask(service, body), 400);
  });

  test('with an unknown field of 10,000 bytes is refused in few words', async () => {
    expectProblem(await ask(service, fieldOf('x'.repeat(10_000), '1')), 400, 'xxx');
  });

  test('with an unknown field that is a lone surrogate is refused', async () => {
    expectProblem(await ask(service, fieldOf('\\ud800', '1')), 400);
  });
});

describe('a body of 16 KiB', () => {
  test('is read', async () => {
    expect(members(await ask(service, questionOf(MOST_BYTES)))).toMatchObject({ remaining: 4 });
  });

  test('is read in chunks too', async () => {
    const bytes = questionOf(MOST_BYTES);
    const sent = [chunk(bytes.slice(0, 9_000)), chunk(bytes.slice(9_000)), LAST_CHUNK];
    const answer = await exchange(service, Buffer.concat([chunkedPost, ...sent].map(buffer)));
    expect(members(answer)).toMatchObject({ remaining: 4 });
  });

  test('and one byte is refused without being waited for, and the connection closed', async () => {
    const client = await RawClient.connect(service.port);
    const head = request('POST', LIMIT_PATH, { 'Content-Length': String(MOST_BYTES + 1) });
    const answer = await client.send(head).answer();
    expectProblem(answer, 413, String(MOST_BYTES));
    expect(answer.headers['connection']).toBe('close');
    await client.closed();
    client.destroy();
  });

  test('and one byte in chunks is refused when it has come, and the connection closed', async () => {
    const client = await RawClient.connect(service.port);
    client.send(chunkedPost).send(chunk(questionOf(MOST_BYTES)));
    const answer = await client.send(chunk(' ')).answer();
    expectProblem(answer, 413, String(MOST_BYTES));
    expect(answer.headers['connection']).toBe('close');
    await client.closed();
    client.destroy();
  });

  //  so many bytes, in which way
  test.each([
    [MOST_BYTES + 1, 'whole'],
    [1_000_000, 'whole'],
    [MOST_BYTES + 1, 'in chunks'],
    [1_000_000, 'in chunks'],
  ])('or more (%d bytes, sent %s) is refused to one who sends all first', async (bytes, way) => {
    const client = await RawClient.connect(service.port);
    const body = questionOf(bytes);
    const sent = Buffer.concat([chunkedPost, chunk(body), LAST_CHUNK].map(buffer));
    client.send(way === 'whole' ? post(body) : sent);
    expectProblem(await client.answer(), 413, String(MOST_BYTES));
    client.destroy();
  });

  test('is the most even where Content-Length is a number past counting', async () => {
    const head = request('POST', LIMIT_PATH, { 'Content-Length': '9007199254740993' });
    expectProblem(await exchange(service, head), 413);
  });
});

describe('a body in pieces', () => {
  test('chunked one byte at a time, each in a packet of its own, is read', async () => {
    const client = await RawClient.connect(service.port);
    await client.sent(chunkedPost);
    for (const byte of Buffer.from(JSON.stringify({ ...question(), key: 'pieces 🦚' }))) {
      await client.sent(chunk(Uint8Array.of(byte)));
    }
    const answer = await client.send(LAST_CHUNK).answer();
    expect(members(answer)).toMatchObject({ allowed: true, remaining: 4 });
    // Decoded as a whole, the character in four pieces was not lost.
    expect(members(await ask(service, { ...question(), key: 'pieces 🦚' }))).toMatchObject({
      remaining: 3,
    });
    client.destroy();
  });

  test('of a known length, each in a packet of its own, is read', async () => {
    const client = await RawClient.connect(service.port);
    for (const byte of post(question())) await client.sent(Uint8Array.of(byte));
    expect(members(await client.answer())).toMatchObject({ allowed: true, remaining: 4 });
    client.destroy();
  });

  test('may have chunk extensions and trailers', async () => {
    const body = JSON.stringify(question());
    const size = body.length.toString(16);
    const bytes = `${chunkedPost}${size};a=b\r\n${body}\r\n0\r\nX-Trailer: 1\r\n\r\n`;
    expect(members(await exchange(service, bytes))).toMatchObject({ remaining: 4 });
  });

  test('chunked and empty is refused as empty', async () => {
    expectProblem(await exchange(service, chunkedPost + LAST_CHUNK), 400, 'JSON');
  });
});

describe('a refusal keeps the connection if the body was read whole', () => {
  const bad: readonly (readonly [string, Buffer, number])[] = [
    ['a bad field', post({ ...question(), capacity: 0 }), 400],
    ['no JSON', post('{'), 400],
    ['no UTF-8', post(Buffer.from([0xff])), 400],
    ['no body', post(''), 400],
    ['in chunks', Buffer.concat([chunkedPost, chunk('{'), LAST_CHUNK].map(buffer)), 400],
  ];
  test.each(bad)('%s', async (_, bytes, status) => {
    const client = await RawClient.connect(service.port);
    expectProblem(await client.send(bytes).answer(), status);
    expect((await client.send(post(question())).answer()).status).toBe(200);
    client.destroy();
  });
});

function buffer(bytes: string | Buffer): Buffer {
  return Buffer.from(bytes);
}
