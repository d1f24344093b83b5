/** What all threads know of the store. */
import { expect, test } from 'vitest';
import { StoreStatus } from '../../src/lease/store-status.ts';

test('it begins away, in its first outage, with the instances that it is told of', () => {
  const status = new StoreStatus(StoreStatus.reserve(3, 17));
  expect([status.isAway, status.instances]).toEqual([true, 3]);
  expect(status.outage).toEqual({ number: 1, sinceUs: 17 });
});

test('what one thread says the others see', () => {
  const memory = StoreStatus.reserve(1, 0);
  const [one, other] = [new StoreStatus(memory), new StoreStatus(memory)];
  one.comeBack();
  one.instances = 9;
  expect([other.isAway, other.instances]).toEqual([false, 9]);
  one.goAway(2 ** 52);
  expect([other.isAway, other.outage]).toEqual([true, { number: 2, sinceUs: 2 ** 52 }]);
});

test('all of a store is usable until it is said which part, and no more is said than is', () => {
  const status = new StoreStatus(StoreStatus.reserve(1, 0));
  expect(status.usable).toBe(1);
  const told = [2 / 3, 1 - 1 / 16_384, 1].map((part) => {
    status.usable = part;
    return status.usable;
  });
  expect(told).toEqual([0.6666, 0.9999, 1]);
});

test('each outage has a number of its own, which stays known after it', () => {
  const status = new StoreStatus(StoreStatus.reserve(1, 5));
  for (const [number, sinceUs] of [
    [2, 10],
    [3, 20],
  ] as const) {
    status.comeBack();
    expect(status.isAway).toBe(false);
    status.goAway(sinceUs);
    expect(status.outage).toEqual({ number, sinceUs });
  }
  status.comeBack();
  expect(status.outage).toEqual({ number: 3, sinceUs: 20 });
});
