/** Where limits are counted: the same place however often the files are read, and not too many. */
import { expect, test } from 'vitest';
import type { Windows } from '../../src/bucket/window.ts';
import { Placement } from '../../src/policies/placement.ts';
import type { Policies, Policy, PolicyLimit } from '../../src/policies/policy.ts';
import { bucketLimit, override, policyOf } from './some-policies.ts';

function policies(...all: readonly Policy[]): Policies {
  return new Map(all.map((policy) => [policy.name, policy]));
}

function placesIn(placement: Placement, ...all: readonly Policy[]): readonly (readonly number[])[] {
  const placing = placement.place(policies(...all));
  if (!placing.ok) throw new Error(placing.words);
  return placing.placed.map(({ places }) => places);
}

function windowLimit(name: string, windows: Windows): PolicyLimit {
  return { name, capacity: 10, cost: null, kind: 'window', windows };
}

const length = (seconds: number): Windows => ({ by: 'length', lengthUs: seconds * 1_000_000 });

test('a limit keeps its place, also while it is not there', () => {
  const placement = new Placement();
  const two = policyOf('a', { limits: [bucketLimit('x', 1), bucketLimit('y', 1)] });
  expect(placesIn(placement, two, policyOf('b'))).toEqual([[0, 1], [2]]);
  expect(placesIn(placement, policyOf('b'))).toEqual([[2]]);
  const turned = policyOf('a', { limits: [bucketLimit('z', 1), ...two.limits].toReversed() });
  expect(placesIn(placement, policyOf('c'), turned)).toEqual([[3], [1, 0, 4]]);
});

test('limits of one name in two policies are two, and names do not run into each other', () => {
  const limits = (name: string) => ({ limits: [bucketLimit(name, 1)] });
  const all = [policyOf('a', limits('bc')), policyOf('ab', limits('c'))];
  expect(placesIn(new Placement(), ...all)).toEqual([[0], [1]]);
});

test('more limits than there are places are refused, and take none', () => {
  const placement = new Placement({ mostLimits: 2, mostWindowKinds: 9 });
  expect(placesIn(placement, policyOf('a'))).toEqual([[0]]);
  expect(placement.place(policies(policyOf('b'), policyOf('c')))).toEqual({
    ok: false,
    words:
      'all files together must have at most 2 limits, those of all files since the start of the service among them, have 3',
  });
  expect(placesIn(placement, policyOf('d'))).toEqual([[1]]);
});

test('more kinds of windows than can be open are refused, those of overrides among them', () => {
  const placement = new Placement({ mostLimits: 9, mostWindowKinds: 2 });
  const berlin: Windows = { by: 'calendar', unit: 'day', timezone: 'Europe/Berlin' };
  const windows = policyOf('a', {
    limits: [windowLimit('x', length(60)), windowLimit('y', berlin), windowLimit('z', length(60))],
    overrides: [override(['k'], 5)],
  });
  expect(placesIn(placement, windows)).toEqual([[0, 1, 2]]);
  const value = { kind: 'limits', limits: [windowLimit('x', length(61))] } as const;
  const more = { ...windows, overrides: [{ keys: ['k'], value }] };
  expect(placement.place(policies(more))).toMatchObject({
    ok: false,
    words: expect.stringContaining('must have at most 2 kinds of windows, '),
  });
  expect(placement.place(policies(windows))).toMatchObject({ ok: true });
});
