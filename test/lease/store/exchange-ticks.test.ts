/**
 * What can be undone where a part of a tick has passed: what that part gave back is not given back
 * a second time, and what it had not is not charged.
 */
import { expect, test } from 'vitest';
import type { Reply } from '../../../src/lease/terms/exchange.ts';
import { describeBoth, limitBy, SECOND } from './exchange-scene.ts';

/** Ticks in seconds, each of which gives back a thousand tokens, but for 63 millionths of one. */
const LIMIT = limitBy(999_999_937, 999_999_937, 1_000_000);
const OTHER = limitBy(999_999_929, 999_999_929, 1_000_000);
const MINUTE = { ttlUs: 60 * SECOND };

/** Tokens in use to the microsecond; leased ones are not among them. */
function usedExactly({ used, sinceUs, count, period, tickUs }: Reply): number {
  return (used - (sinceUs * count) / tickUs) / period;
}

describeBoth((newScene) => {
  test('the limit ticks in seconds', () => {
    expect([LIMIT.tickUs, OTHER.tickUs]).toEqual([SECOND, SECOND]);
  });

  //  said by b, and what is in use of it once what a took is undone
  test.each([
    ['a charge', { costs: [9_000] }, 9_000],
    ['a debt', { owed: 9_000 }, 9_000],
    ['a charge under another limit', { limit: OTHER, costs: [9_000] }, 9_000],
    ['a refund before a charge', { costs: [-1_000, 9_000] }, 9_000],
    ['a charge after which all is given back', { costs: [-1_000_000, 9_000] }, 9_000],
  ])('%s of another finds the part of a tick', async (_, said, left) => {
    const scene = newScene();
    await scene.ask('a', { at: 0, seq: 1, limit: LIMIT, costs: [4_000], ...MINUTE });
    await scene.ask('b', { at: 0.5, seq: 2, limit: LIMIT, ...said });
    const undone = await scene.ask('a', { at: 0.5, seq: 3, unanswered: 1, limit: LIMIT });
    // Where the limit changed what can be undone is whole tokens, and what is in use is rounded up.
    expect(usedExactly(undone)).toBeGreaterThanOrEqual(left);
    expect(usedExactly(undone)).toBeLessThan(left + ('limit' in said ? 1 : 1e-5));
  });

  test('what was charged in vain comes back but for the part of a tick', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, limit: LIMIT, costs: [4_000], ...MINUTE });
    await scene.ask('b', { at: 0.5, limit: LIMIT, costs: [9_000] });
    const given = await scene.ask('a', { at: 0.5, limit: LIMIT, vain: 4_000 });
    expect(usedExactly(given)).toBeCloseTo(9_000, 4);
  });

  test('a lease that ends within a tick finds what is in use then', async () => {
    const scene = newScene();
    await scene.ask('a', { at: 0, seq: 1, limit: LIMIT, costs: [4_000], ...MINUTE });
    await scene.ask('b', { at: 0, seq: 2, limit: LIMIT, want: 5_000, least: 5_000 });
    // Then it was 3,500 tokens, and with the 5,000 of the lease 200 fewer since.
    const undone = await scene.ask('a', { at: 0.7, seq: 3, unanswered: 1, limit: LIMIT });
    expect(usedExactly(undone)).toBeCloseTo(4_800, 4);
  });

  test('those who share what is left to undo share no more than that', async () => {
    const scene = newScene();
    for (const instance of ['a', 'b']) {
      await scene.ask(instance, { at: 0, limit: LIMIT, costs: [4_000], ...MINUTE });
    }
    await scene.ask('c', { at: 5.5, limit: LIMIT, costs: [9_000] });
    const first = await scene.ask('a', { at: 5.5, unanswered: 1, limit: LIMIT });
    expect(usedExactly(first)).toBeCloseTo(9_000 + 2_500 / 2, 3);
    const second = await scene.ask('b', { at: 5.5, unanswered: 1, limit: LIMIT });
    expect(usedExactly(second)).toBeCloseTo(9_000, 3);
  });

  //  given back by the exchange without an answer, for what was charged in vain and by question
  test.each([
    [4_000, 0],
    [0, 3_700],
    [0, 1_000_000],
    [1_000, 3_000],
  ])('%d and %d that filled the bucket are charged again as they were', async (vain, cost) => {
    const scene = newScene();
    await scene.ask('b', { at: 0, limit: LIMIT, costs: [200], ...MINUTE });
    await scene.ask('a', { at: 0, limit: LIMIT, costs: [4_000], ...MINUTE });
    const said = { at: 0.5, seq: 3, limit: LIMIT, vain, costs: cost > 0 ? [-cost] : [], ...MINUTE };
    await scene.ask('a', said);
    const undone = await scene.ask('a', { at: 0.5, seq: 4, unanswered: 3, limit: LIMIT });
    expect(usedExactly(undone)).toBeCloseTo(3_700, 4);
  });
});
