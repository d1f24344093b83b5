/** The depth of perfect trees, against trees built by hand. */
import { expect, test } from 'vitest';
import { deepestInsertion, idealDepthSum, idealMeanDepth } from '../../src/tree/depth.ts';

test('the sum of depths is that of a tree filled level by level', () => {
  const sums = [0];
  const byHand = [0];
  for (let count = 1; count <= 2_100; count++) {
    sums.push(idealDepthSum(count));
    // As in a heap: the n-th node comes to the level of its number's binary digits.
    byHand.push((byHand.at(-1) ?? 0) + count.toString(2).length);
  }
  expect(sums).toEqual(byHand);
});

test.each([
  [0, 0],
  [1, 1],
  [2, 1.5],
  [3, 5 / 3],
  [7, 17 / 7],
  [1_048_575, 19.000_019],
])('the mean depth of a perfect tree of %i nodes is %d', (count, mean) => {
  expect(idealMeanDepth(count)).toBeCloseTo(mean, 5);
});

test.each([
  [1, 12],
  [16, 12],
  [17, 12.26],
  [256, 24],
  [4_096, 36],
])('in a tree of %i an insertion deeper than %d asks for a rebuild', (count, depth) => {
  expect(deepestInsertion(count)).toBeCloseTo(depth, 2);
});
