/** The judge of the stress finds the faults it is there for, and no others. */
import { expect, test } from 'vitest';
import { findExcess } from './judge.ts';

const RULE = { capacity: 2, tokenUs: 100 };

const ADMITTED = [
  // calls as [before, after, cost], and the excess
  [[], undefined],
  [
    [
      [0, 1, 1],
      [5, 6, 1],
    ],
    undefined,
  ],
  [
    [
      [0, 1, 2],
      [100, 101, 1],
    ],
    undefined,
  ],
  [
    [
      [0, 1, 2],
      [98, 99, 1],
    ],
    { admitted: 3, capacity: 2, windowUs: 99 },
  ],
  // The long call may have been decided late, when a token was back.
  [
    [
      [0, 1, 2],
      [1, 150, 1],
    ],
    undefined,
  ],
  // Within the bound over the whole run, and yet too much at its end.
  [
    [
      [0, 1, 1],
      [1000, 1001, 1],
      [1002, 1003, 2],
    ],
    { admitted: 3, capacity: 2, windowUs: 3 },
  ],
  // What was given back may be taken again, where it was by the end and not before the start.
  [
    [
      [0, 1, 2],
      [2, 3, -2],
      [4, 5, 2],
    ],
    undefined,
  ],
  [
    [
      [0, 1, -2],
      [2, 3, 2],
      [4, 5, 1],
    ],
    { admitted: 3, capacity: 2, windowUs: 3 },
  ],
  [
    [
      [0, 1, 2],
      [2, 3, 1],
      [4, 5, -1],
    ],
    { admitted: 3, capacity: 2, windowUs: 3 },
  ],
  // It may have been at any time that the call took.
  [
    [
      [0, 1, 2],
      [2, 9, 1],
      [8, 20, -1],
    ],
    undefined,
  ],
] as const;

test.each(ADMITTED)('of the calls %j the excess is %j', (calls, excess) => {
  const admissions = calls.map(([beforeUs, afterUs, cost]) => ({
    key: 0,
    cost,
    beforeUs,
    afterUs,
  }));
  expect(findExcess(admissions, [RULE])).toEqual(excess);
});

test('the largest capacity and the fastest rate of all rules count', () => {
  const calls = [
    { key: 0, cost: 5, beforeUs: 0, afterUs: 1 },
    { key: 0, cost: 1, beforeUs: 9, afterUs: 10 },
  ];
  expect(findExcess(calls, [RULE, { capacity: 5, tokenUs: 200 }])).toBeDefined();
  expect(findExcess(calls, [RULE, { capacity: 5, tokenUs: 10 }])).toBeUndefined();
});
