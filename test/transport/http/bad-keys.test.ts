/** Keys: which are refused, and that no two that differ share a bucket. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, members } from '../../support/ask.ts';
import { expectProblem } from '../../support/problem.ts';
import { type Service, startService } from '../../support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService({ flags: ['--threads', '2'] });
});
afterAll(async () => {
  expect((await askFor('"still there"')).status).toBe(200);
  await service.stop();
});

/** Asks for one token of two a day; `key` is JSON as it is written, or bytes. */
async function askFor(key: string | Buffer) {
  const body = [Buffer.from('{"key":'), Buffer.from(key), Buffer.from(TAIL)];
  return ask(service, Buffer.concat(body));
}
const TAIL = ',"capacity":2,"interval":1,"unit":"d"}';

function quoted(text: string): string {
  return JSON.stringify(text);
}

describe('a key', () => {
  const good = [
    ['of 1 byte', quoted('a')],
    ['of 63 bytes', quoted('b'.repeat(63))],
    ['of 64 bytes', quoted('c'.repeat(64))],
    ['of 65 bytes', quoted('d'.repeat(65))],
    ['of 256 bytes', quoted('e'.repeat(256))],
    ['of 256 bytes in 128 characters', quoted('é'.repeat(128))],
    ['of 256 bytes in 64 emoji', quoted('🦚'.repeat(64))],
    ['of 256 bytes, escaped to six times as many', `"${'\\u0041'.repeat(256)}"`],
    ['that is NUL', '"\\u0000"'],
    ['with NUL within', '"x\\u0000y"'],
    ['of control characters', '"\\n\\r\\t\\b\\f\\u001f\\u007f"'],
    ['that is an emoji', '"🦚"'],
    ['that is an emoji of many parts', '"👩‍👩‍👧‍👦"'],
    ['of the highest character', '"\u{10ffff}"'],
    ['that is U+FFFD', '"\ufffd"'],
    ['that is U+FEFF', '"\ufeff"'],
    ['that is a space', '" "'],
    ['with quotes and a backslash', '"\\"\\\\\\""'],
    ['with what looks like fields', '"\\",\\"capacity\\":9,\\"a\\":\\""'],
    ['__proto__', '"__proto__"'],
    ['constructor', '"constructor"'],
    ['toString', '"toString"'],
    ['of digits', '"12345"'],
    ['null in quotes', '"null"'],
  ] as const;
  test.each(good)('%s has a bucket of its own', async (_, key) => {
    const left = [];
    for (let i = 0; i < 3; i++) {
      const { allowed, remaining } = members(await askFor(key));
      left.push([allowed, remaining]);
    }
    expect(left).toEqual([
      [true, 1],
      [true, 0],
      [false, 0],
    ]);
  });

  //  what, the key as written, words of the refusal
  const bad = [
    ['of 0 bytes', '""', ['key', '1 to 256', '0']],
    ['of 257 bytes', quoted('a'.repeat(257)), ['key', '256', '257']],
    ['of 257 bytes in 129 characters', quoted(`${'é'.repeat(128)}a`), ['key', '256', '257']],
    ['of 258 bytes in 129 characters', quoted('é'.repeat(129)), ['key', '256', '258']],
    ['of 260 bytes in 65 emoji', quoted('🦚'.repeat(65)), ['key', '256', '260']],
    ['of 16,000 bytes', quoted('a'.repeat(16_000)), ['key', '256', '16000']],
    ['with a lone high surrogate', '"\\ud800"', ['key', 'surrogate']],
    ['with a lone low surrogate', '"\\udc00"', ['key', 'surrogate']],
    ['with surrogates the wrong way round', '"\\udc00\\ud800"', ['key', 'surrogate']],
    ['with a surrogate cut from its pair', '"a\\ud83e"', ['key', 'surrogate']],
    ['with a surrogate at the end of 256 bytes', `"${'a'.repeat(253)}\\ud83e"`, ['key']],
    ['that is a number', '5', ['key', 'string', '5']],
    ['that is null', 'null', ['key', 'string', 'null']],
    ['that is true', 'true', ['key', 'string', 'true']],
    ['that is an array', '["a"]', ['key', 'string', 'an array']],
    ['that is an object', '{"a":1}', ['key', 'string', 'an object']],
  ] as const;
  test.each(bad)('%s is refused', async (_, key, words) => {
    expectProblem(await askFor(key), 400, ...words);
  });

  //  each between quotes
  const notUtf8 = [
    ['a byte that never occurs', [0xff]],
    ['a continuation without a start', [0x80]],
    ['a start without its continuation', [0xc3]],
    ['a sequence cut short', [0xf0, 0x9f, 0xa6]],
    ['NUL in two bytes', [0xc0, 0x80]],
    ['a slash in three bytes', [0xe0, 0x80, 0xaf]],
    ['a surrogate as bytes', [0xed, 0xa0, 0x80]],
    ['a pair of surrogates as bytes', [0xed, 0xa0, 0xbe, 0xed, 0xb6, 0x9a]],
    ['a character past the last', [0xf4, 0x90, 0x80, 0x80]],
    ['Latin 1', [0x63, 0x61, 0x66, 0xe9]],
  ] as const;
  test.each(notUtf8)('of bytes that are not UTF-8 (%s) is refused', async (_, bytes) => {
    expectProblem(await askFor(Buffer.from([0x22, ...bytes, 0x22])), 400, 'UTF-8');
  });
});

describe('two keys', () => {
  const prefix = 'p'.repeat(64);
  const alike = [
    ['that share 64 bytes', `${prefix}1`, `${prefix}2`],
    ['that share 255 bytes', `${'q'.repeat(255)}1`, `${'q'.repeat(255)}2`],
    ['of which one is the first 64 bytes of the other', 'r'.repeat(64), `${'r'.repeat(65)}`],
    ['of which one ends in NUL', 'nul', 'nul\0'],
    ['of which one ends in a space', 'space', 'space '],
    ['of different case', 'Case', 'case'],
    ['that look the same', 'caf\u00e9', 'cafe\u0301'],
  ] as const;
  test.each(alike)('%s are two', async (_, one, other) => {
    for (const key of [one, other, one, other]) {
      expect(members(await askFor(quoted(key)))).toMatchObject({ allowed: true });
    }
    for (const key of [one, other]) {
      expect(members(await askFor(quoted(key)))).toMatchObject({ allowed: false });
    }
  });

  const same = [
    ['escaped and not', '"\\u0065scaped"', '"escaped"'],
    ['escaped as a pair and not', '"pair \\ud83e\\udd9a"', '"pair 🦚"'],
  ] as const;
  test.each(same)('that are one key, %s, are one', async (_, one, other) => {
    expect(members(await askFor(one))).toMatchObject({ remaining: 1 });
    expect(members(await askFor(other))).toMatchObject({ remaining: 0 });
  });
});
