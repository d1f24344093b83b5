/** `argus token`: what it makes, that the file takes it, and what it refuses. */
import { expect, test } from 'vitest';
import { newToken } from '../../../src/access/file/new-token.ts';
import { readTokens } from '../../../src/access/file/token-file.ts';
import { digestOf } from '../../../src/access/token-book.ts';

function made(...argv: readonly string[]): { readonly token: string; readonly line: string } {
  const one = newToken(argv);
  if (!one.ok) throw new Error(one.words);
  return one;
}

test('a token is random, of 192 bits, and the line has its digest and not itself', () => {
  const { token, line } = made('checkout');
  expect(token).toMatch(/^argus_[\w-]{32}$/);
  expect(line).toBe(`name=checkout sha256=${digestOf(token)} rights=ask`);
  const tokens = Array.from({ length: 100 }, () => made('a').token);
  expect(new Set(tokens).size).toBe(100);
});

test('the file takes what flags say, whatever is in it', () => {
  const buckets = ['--keys', 'user:', '--keys', 'a b,c%#\n', '--policies', 'api', '--domains', 'ä'];
  const { line } = made('a', '--rights', 'ask,refund', ...buckets, '--expires', '2030-01-01');
  expect(line).toContain('keys=user:,a%20b%2Cc%25%23%0A');
  const reading = readTokens('f', { ok: true, text: `${line}\n` });
  expect(reading.ok && reading.tokens).toMatchObject([
    { name: 'a', rights: ['ask', 'refund'], keys: ['user:', 'a b,c%#\n'], domains: ['ä'] },
  ]);
});

//  the arguments, words about what is wrong
test.each([
  [[], 'a token has one name; usage: argus token NAME'],
  [['a', 'b'], 'a token has one name'],
  [['a b'], 'each word must be'],
  [['a', '--rights', 'all'], 'rights must be some of'],
  [['a', '--rights', 'admin', '--keys', 'a:'], 'beside the right admin'],
  [['a', '--keys', ''], 'keys must be'],
  [['a', '--policies', '/'], 'policies must be'],
  [['a', '--expires', '1.1.2030'], 'expires must be'],
  [['a', '--key', 'x'], 'usage:'],
])('argus token %j', (argv, words) => {
  const one = newToken(argv);
  expect(one.ok ? '' : one.words).toContain(words);
});
