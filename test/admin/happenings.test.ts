/** What happened is kept for a while, in order, and a reader goes on where he was. */
import { expect, test } from 'vitest';
import { Happenings, MOST_HAPPENINGS } from '../../src/admin/happenings.ts';

function happeningsOf(count: number): Happenings {
  const happenings = new Happenings('run');
  for (let i = 1; i <= count; i++) {
    happenings.add({ kind: 'instances', what: 'It was', detail: { before: i } }, i * 1_000_000);
  }
  return happenings;
}

test('each has a number, a time and an id', () => {
  const happenings = happeningsOf(2);
  const [first, second] = happenings.after(0);
  expect(first).toEqual({
    number: 1,
    time: '1970-01-01T00:00:01.000Z',
    happening: { kind: 'instances', what: 'It was', detail: { before: 1 } },
  });
  expect(second === undefined ? '' : happenings.idOf(second)).toBe('run-2');
  expect(happenings.last).toBe(2);
});

test('the last ones are kept, and no more', () => {
  const happenings = happeningsOf(MOST_HAPPENINGS + 7);
  const kept = happenings.after(0);
  expect(kept).toHaveLength(MOST_HAPPENINGS);
  expect([kept[0]?.number, kept.at(-1)?.number]).toEqual([8, MOST_HAPPENINGS + 7]);
  expect(happenings.after(MOST_HAPPENINGS + 6)).toHaveLength(1);
  expect(happenings.after(MOST_HAPPENINGS + 7)).toEqual([]);
});

//  what a reader comes back with, after which number he goes on
test.each([
  [undefined, 0],
  ['', 0],
  ['run-0', 0],
  ['run-2', 2],
  ['run-3', 3],
  // Of a run that had more, and is not this one though it is called so.
  ['run-4', 0],
  ['other-2', 0],
  ['run-', 0],
  ['run-2 ', 0],
  ['run--2', 0],
  ['run-1e0', 0],
  [`run-${'9'.repeat(400)}`, 0],
])('%j', (id, number) => {
  expect(happeningsOf(3).numberOf(id)).toBe(number);
});
