/** The file of tokens: what it may say, what is wrong with it and where, and what half of it is. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import {
  lookAtTokens,
  MOST_TOKENS,
  readTokens,
  type TokensReading,
} from '../../../src/access/file/token-file.ts';
import { digestOf } from '../../../src/access/token-book.ts';

const [A, B] = [digestOf('a'), digestOf('b')];
const ENTRY = `name=a sha256=${A} rights=ask`;

function read(...lines: readonly string[]): TokensReading {
  return readText(lines.map((line) => `${line}\n`).join(''));
}

function readText(text: string): TokensReading {
  return readTokens('tokens', { ok: true, text });
}

function faultsOf(reading: TokensReading): readonly string[] {
  return reading.ok ? [] : reading.faults;
}

test('a line a token, with comments and empty lines between them', () => {
  const reading = read(
    '# who asks',
    '',
    `name=shop.eu-1 sha256=${A} rights=ask,refund keys=user:,shop%2Ceu%20 policies=api,uploads`,
    '  # of Envoy',
    `\texpires=2030-12-31  rights=reset sha256=${B.toUpperCase()}\tname=b domains=a%20b \r`,
  );
  expect(reading).toEqual({
    ok: true,
    tokens: [
      {
        name: 'shop.eu-1',
        sha256: A,
        rights: ['ask', 'refund'],
        keys: ['user:', 'shop,eu '],
        policies: ['api', 'uploads'],
        domains: [],
        expiresMs: null,
      },
      {
        name: 'b',
        sha256: B,
        rights: ['reset'],
        keys: [],
        policies: [],
        domains: ['a b'],
        expiresMs: Date.UTC(2030, 11, 31),
      },
    ],
  });
});

test('a token may expire in the midst of a day', () => {
  const reading = read(`${ENTRY} expires=2030-02-28T18:30Z`);
  expect(reading.ok && reading.tokens[0]?.expiresMs).toBe(Date.UTC(2030, 1, 28, 18, 30));
});

describe('what is wrong is said, with its line', () => {
  //  a line, words about it
  test.each([
    [`sha256=${A} rights=ask`, 'name must be 1 to 64 of'],
    [`name=-a sha256=${A} rights=ask`, 'name must be'],
    [`name=${'a'.repeat(65)} sha256=${A} rights=ask`, 'name must be'],
    ['name=a rights=ask', 'sha256 must be'],
    [`name=a sha256=${A.slice(1)} rights=ask`, 'sha256 must be'],
    [`name=a sha256=${A}0 rights=ask`, 'sha256 must be'],
    [`name=a sha256=${A}`, 'rights must be some of ask, refund, reset, admin'],
    [`name=a sha256=${A} rights=`, 'rights must be'],
    [`name=a sha256=${A} rights=ask,`, 'rights must be'],
    [`name=a sha256=${A} rights=ask,ask`, 'rights must be'],
    [`name=a sha256=${A} rights=ASK`, 'rights must be'],
    [`name=a sha256=${A} rights=all`, 'is "all"'],
    [`${ENTRY} keys=`, 'keys must be'],
    [`${ENTRY} keys=a:,`, 'keys must be'],
    [`${ENTRY} keys=%ff`, 'keys must be'],
    [`${ENTRY} keys=${'a'.repeat(257)}`, '1 to 256 bytes'],
    [`${ENTRY} keys=${'a,'.repeat(100)}a`, 'at most 100'],
    [`${ENTRY} policies=a/b`, 'policies must be'],
    [`${ENTRY} domains=`, 'domains must be'],
    [`${ENTRY} expires=tomorrow`, 'expires must be a day or a minute in UTC'],
    [`${ENTRY} expires=2030-02-30`, 'expires must be'],
    [`${ENTRY} expires=2030-01-01T12:00`, 'expires must be'],
    [`${ENTRY} expires=2030-01-01T12:00+01:00`, 'expires must be'],
    [`${ENTRY} key=a:`, '"key" is not a field; the fields are name, sha256, rights, keys'],
    [`${ENTRY} name=b`, 'name is there twice'],
    [`${ENTRY} keys= a:`, 'each word must be a field'],
    [`name=a sha256=${A} rights=ask,admin keys=a:`, 'keys must be left out beside the right admin'],
    [`name=a sha256=${A} rights=admin domains=d`, 'domains must be left out'],
  ])('%s', (line, words) => {
    const [first, ...more] = faultsOf(read('# comment', line));
    expect(first).toMatch(/^tokens:2: /);
    expect([first, ...more].join('\n')).toContain(words);
  });

  test('all of it, and in whatever line', () => {
    const faults = faultsOf(read('name=a', `name=b sha256=${B} rights=ask`, 'x'));
    expect(faults.map((one) => one.split(':')[1])).toEqual(['1', '1', '3', '3', '3', '3']);
  });

  test('a name or a token that is there twice', () => {
    const named = faultsOf(read(ENTRY, '', `name=a sha256=${B} rights=ask`));
    expect(named).toEqual(['tokens:3: the name a is there twice: see line 1']);
    const same = faultsOf(read(ENTRY, `name=b sha256=${A} rights=ask`));
    expect(same).toEqual(['tokens:2: the token is there twice: see line 1']);
  });

  test('no tokens, or too many', () => {
    expect(faultsOf(read())).toEqual(['tokens: the file must have 1 to 1000 tokens, has none']);
    expect(faultsOf(read('# none'))).toHaveLength(1);
    const many = Array.from({ length: MOST_TOKENS + 1 }, (_, i) => {
      return `name=t${i} sha256=${digestOf(String(i))} rights=ask`;
    });
    expect(read(...many.slice(1)).ok).toBe(true);
    expect(faultsOf(read(...many))).toEqual([
      'tokens: the file must have 1 to 1000 tokens, has 1001',
    ]);
  });

  test('never the token itself, where it stands in the place of its digest or alone', () => {
    const secret = 'argus_secretsecretsecret';
    const faults = faultsOf(read(`name=a sha256=${secret} rights=ask`, secret)).join('\n');
    expect(faults).toContain('sha256 must be');
    expect(faults).not.toContain('secret');
  });
});

test('a file that is cut anywhere is wrong, or has the first of its tokens, each as it was', () => {
  const lines = [
    `name=a sha256=${A} rights=ask keys=a:1,a:2 policies=p expires=2030-01-01T12:00Z`,
    '# between',
    `rights=ask,refund name=b policies=p,q sha256=${B}`,
  ];
  const text = lines.map((line) => `${line}\n`).join('');
  const whole = readText(text);
  const all = whole.ok ? whole.tokens : [];
  expect(all).toHaveLength(2);
  const counts: Record<number, number> = { 0: 0, 1: 0, 2: 0 };
  for (let end = 0; end <= text.length; end++) {
    const reading = readText(text.slice(0, end));
    const tokens = reading.ok ? reading.tokens : [];
    expect(tokens).toEqual(all.slice(0, tokens.length));
    counts[tokens.length] = (counts[tokens.length] ?? 0) + 1;
  }
  // Behind the first line, and behind the comment.
  expect([counts[1], counts[2]]).toEqual([2, 1]);
});

describe('a look at the file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'argus-tokens-'));
  const path = join(folder, 'tokens');
  afterAll(() => rmSync(folder, { recursive: true }));

  test('tells what it says, by that alone, and through whatever links', async () => {
    writeFileSync(path, `${ENTRY}\n`);
    symlinkSync('tokens', join(folder, 'link'));
    const [one, other] = [await lookAtTokens(path), await lookAtTokens(join(folder, 'link'))];
    expect(one.found).toEqual({ ok: true, text: `${ENTRY}\n` });
    expect(other.identity).toBe(one.identity);
    writeFileSync(path, `${ENTRY} \n`);
    expect((await lookAtTokens(path)).identity).not.toBe(one.identity);
  });

  //  what is there, what is said
  test.each([
    ['nothing', () => undefined, 'cannot be read: there is no such file'],
    ['a folder', () => mkdirSync(path), 'must be a file'],
    ['too much', () => writeFileSync(path, '#'.repeat(1_048_577)), 'at most 1048576 bytes'],
    ['no text', () => writeFileSync(path, Buffer.of(0xff)), 'must be UTF-8'],
  ])('that finds %s', async (_, put, words) => {
    rmSync(path, { recursive: true, force: true });
    put();
    const reading = readTokens(path, (await lookAtTokens(path)).found);
    expect(faultsOf(reading)).toEqual([expect.stringContaining(`${path}: `)]);
    expect(faultsOf(reading)[0]).toContain(words);
  });
});
