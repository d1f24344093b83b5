/** Which tokens are in force, and what becomes of who has shown one. */
import { expect, test } from 'vitest';
import type { Pass } from '../../src/access/token-book.ts';
import { digestOf, TokenBook } from '../../src/access/token-book.ts';
import { termsOf, tokenOf } from './terms.ts';

function passOf(book: TokenBook, name: string): Pass | null {
  return book.passFor(digestOf(tokenOf(name)));
}

test('a digest is SHA-256 in hex, as sha256sum prints it', () => {
  expect(digestOf('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
});

test('without a file nobody needs a token, and none is in force', () => {
  const book = new TokenBook();
  expect(book.isOpen).toBe(true);
  expect(passOf(book, 'a')).toBe(null);
});

test('a file with no tokens in force lets nobody ask', () => {
  expect(new TokenBook([]).isOpen).toBe(false);
});

test('a token is found by its digest, and by nothing else of it', () => {
  const book = new TokenBook([termsOf('a'), termsOf('b', { rights: ['reset'] })]);
  expect(passOf(book, 'a')?.grant?.name).toBe('a');
  expect(passOf(book, 'b')?.grant?.rights).toEqual(['reset']);
  for (const other of ['c', '', 'a ']) expect(passOf(book, other)).toBe(null);
  expect(book.passFor(tokenOf('a'))).toBe(null);
  expect(book.passFor('')).toBe(null);
});

test('whoever has shown a token has what it lets do now: other rights, nothing, and again', () => {
  const book = new TokenBook([termsOf('a'), termsOf('b')]);
  const pass = passOf(book, 'a');
  const { generation } = book;
  expect(pass?.grant?.rights).toEqual(['ask']);
  book.replace([termsOf('a', { rights: ['reset'] })]);
  expect(book.generation).not.toBe(generation);
  expect(pass?.grant?.rights).toEqual(['reset']);
  book.replace([termsOf('b')]);
  expect(pass?.grant).toBe(null);
  book.replace([termsOf('b')]);
  expect(pass?.grant).toBe(null);
  book.replace([termsOf('a')]);
  expect(pass?.grant?.rights).toEqual(['ask']);
});
