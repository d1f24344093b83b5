/** Parameters are read as they were meant, or refused by name. */
import { expect, test } from 'vitest';
import { readQuery } from '../../../../src/transport/http/admin/query.ts';

//  the target, what is read
test.each([
  ['/a', {}],
  ['/a?', {}],
  ['/a?by=x', { by: 'x' }],
  ['/a?n=2&by=a%20b+c&', { n: '2', by: 'a b c' }],
  ['/a?by', { by: '' }],
  ['/a?by=1=2', { by: '1=2' }],
  ['/a?b%79=1', { by: '1' }],
])('%s', (target, values) => {
  expect(readQuery(target, ['by', 'n'])).toEqual({ ok: true, values });
});

//  the target, the parameter at fault, what is said of it
test.each([
  ['/a?x=1', 'x', '"x" is no parameter: there are by, n'],
  ['/a?By=1', 'By', '"By" is no parameter: there are by, n'],
  ['/a?by=1&by=1', 'by', 'by must be there once, is there twice'],
  ['/a?by=&by=', 'by', 'by must be there once, is there twice'],
  ['/a?by=%ff', 'by=%ff', 'the query must be percent-encoded UTF-8, is "by=%ff"'],
  ['/a?__proto__=1', '__proto__', '"__proto__" is no parameter: there are by, n'],
])('%s is refused', (target, field, fault) => {
  expect(readQuery(target, ['by', 'n'])).toEqual({ ok: false, field, fault });
});
