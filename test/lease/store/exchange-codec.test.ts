/** What the script is told of several exchanges, and how its answer to them is read. */
import { expect, test } from 'vitest';
import { argumentsOf, outcomesOf } from '../../../src/lease/store/exchange-codec.ts';
import type { Exchange } from '../../../src/lease/terms/exchange.ts';
import { limitBy } from './exchange-scene.ts';

const FIRST: Exchange = {
  key: 'a',
  limit: limitBy(10, 1, 60),
  seq: 7,
  unanswered: 7,
  keep: 0,
  back: 0,
  owed: 0,
  vain: 0,
  fill: false,
  want: 0,
  least: 8,
  ttlUs: 500_000,
  holds: 0,
  costs: [1],
};
const NEXT: Exchange = { ...FIRST, key: 'b', seq: 8, unanswered: 8 };
const SAID = [
  '7',
  '7',
  '0',
  '0',
  '0',
  '0',
  '0',
  '0',
  '8',
  '500000',
  '10',
  '1',
  '60000000',
  '1',
  '0',
  '0',
  '0',
];

test('a stretch is told by its first, and by how many there are', () => {
  const third = {
    ...FIRST,
    key: 'c',
    seq: 9,
    unanswered: 9,
    limit: limitBy(10, 1, 60),
    costs: [1],
  };
  expect(argumentsOf([FIRST, NEXT, third], 'me')).toEqual(['me', '3', '18', ...SAID, '1']);
  expect(argumentsOf([FIRST], 'me')).toEqual(['me', '1', '18', ...SAID, '1']);
});

//  what is other than with the one before it
const others: readonly Partial<Exchange>[] = [
  { seq: 9 },
  { unanswered: 7 },
  { keep: 1 },
  { back: 1 },
  { owed: 1 },
  { vain: 1 },
  { fill: true },
  { want: 1 },
  { least: 9 },
  { ttlUs: 500_001 },
  { holds: 1 },
  { overdrafts: 1 },
  { limit: limitBy(11, 1, 60) },
  { limit: limitBy(10, 2, 60) },
  { limit: limitBy(10, 7, 60) },
  { limit: limitBy(10, 1, 61) },
  { limit: { ...FIRST.limit, tickUs: 1_000 } },
  { limit: { ...FIRST.limit, isKept: true } },
  { costs: [2] },
  { costs: [] },
  { costs: [1, 1] },
];

test.each(others)('what differs in %j is told in full, and so is what follows it', (other) => {
  const one = { ...NEXT, ...other };
  const apart = [[FIRST], [one], [FIRST]].flatMap((all) => argumentsOf(all, 'me').slice(1));
  expect(argumentsOf([FIRST, one, FIRST], 'me')).toEqual(['me', ...apart]);
});

test('answers are read one after the other, whatever their lengths', () => {
  const reply = [360, 5, 1, 60, 2, 11, 12, 13, 14, 2 ** 53 - 1, 1, 0];
  const verdicts = Buffer.from('101');
  const bytes = Buffer.concat([
    doubles(-1),
    doubles(3, ...reply),
    verdicts,
    doubles(-3),
    doubles(0, ...reply),
    doubles(-2),
  ]);
  const told = {
    used: 360,
    sinceUs: 5,
    count: 1,
    period: 60,
    tickUs: 2,
    held: 11,
    grant: 12,
    others: 13,
    active: 14,
    version: 2 ** 53 - 1,
    isKnown: true,
    existed: false,
  };
  expect(outcomesOf([bytes, 2, Buffer.from('it is torn')])).toEqual({
    outcomes: [
      'stale',
      { ...told, allowed: [true, false, true] },
      'refused',
      { ...told, allowed: [] },
      'newer',
    ],
    troubles: ['it is torn'],
  });
  expect(outcomesOf([Buffer.alloc(0)])).toEqual({ outcomes: [], troubles: [] });
});

function doubles(...numbers: readonly number[]): Buffer {
  const bytes = Buffer.alloc(8 * numbers.length);
  for (const [i, number] of numbers.entries()) bytes.writeDoubleLE(number, 8 * i);
  return bytes;
}
