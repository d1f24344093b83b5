/** What a token lets do: its rights, and its buckets. */
import { describe, expect, test } from 'vitest';
import { EVERYTHING, Grant, NOTHING, OPEN, RIGHTS } from '../../src/access/grant.ts';
import { termsOf } from './terms.ts';

describe('rights', () => {
  test('are those that were given, and no other follows from one', () => {
    for (const right of RIGHTS) {
      const grant = new Grant(termsOf('t', { rights: [right] }));
      expect(RIGHTS.filter((one) => grant.has(one))).toEqual([right]);
      expect(grant.mayAsk).toBe(right === 'ask' || right === 'refund');
      expect(grant.isForAll).toBe(false);
    }
  });

  test('of the ADMIN_TOKEN are all, of nobody none, and of an open service asking and refunds', () => {
    expect(RIGHTS.map((one) => EVERYTHING.has(one))).toEqual([true, true, true, true]);
    expect(RIGHTS.map((one) => OPEN.has(one))).toEqual([true, true, false, false]);
    expect(RIGHTS.some((one) => NOTHING.has(one)) || NOTHING.mayAsk).toBe(false);
    expect([OPEN, EVERYTHING, NOTHING].map(({ isForAll }) => isForAll)).toEqual([
      true,
      true,
      false,
    ]);
  });
});

describe('buckets', () => {
  //  what the token has, which it touches of the keys a:1, b:1, ba:, ä, policies p, q, domains d, e
  test.each([
    [{}, 'a:1 b:1 ba: ä p q d e'],
    [{ keys: ['a:'] }, 'a:1'],
    [{ keys: ['a:', 'b:'] }, 'a:1 b:1'],
    [{ keys: ['a:1'] }, 'a:1'],
    [{ keys: ['a:12'] }, ''],
    [{ keys: ['ä'] }, 'ä'],
    [{ policies: ['p'] }, 'p'],
    [{ domains: ['d'] }, 'd'],
    [{ keys: ['b'], policies: ['q'], domains: ['e'] }, 'b:1 ba: q e'],
  ])('of a token with %j', (more, touched) => {
    const grant = new Grant(termsOf('t', more));
    const all = [
      ...['a:1', 'b:1', 'ba:', 'ä'].filter((key) => grant.touchesKey(key)),
      ...['p', 'q'].filter((name) => grant.touchesPolicy(name)),
      ...['d', 'e'].filter((name) => grant.touchesDomain(name)),
    ];
    expect(all.join(' ')).toBe(touched);
    expect(grant.touchesDomain(null)).toBe(Object.keys(more).length === 0);
  });
});
