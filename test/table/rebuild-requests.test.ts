/** Requests of a turn: each is taken once, whoever asked, and wakes the rebalancer. */
import { expect, test } from 'vitest';
import { RebuildRequests } from '../../src/table/rebuild-requests.ts';

function requestsOf(shards: number) {
  const memory = RebuildRequests.reserve(shards);
  return { asker: new RebuildRequests(memory), taker: new RebuildRequests(memory) };
}

function taken(requests: RebuildRequests): number[] {
  const shards: number[] = [];
  requests.takeEach((shard) => shards.push(shard));
  return shards;
}

test.each([
  [1, [0]],
  [16, [0, 15]],
  [32, [31]],
  [33, [32, 0]],
  [4_096, [4_095, 31, 32, 63, 64, 0]],
])('of %i shards those that were asked for are taken, once each', (shards, asked) => {
  const { asker, taker } = requestsOf(shards);
  for (const shard of [...asked, ...asked]) asker.ask(shard);
  expect(taken(taker)).toEqual(asked.toSorted((a, b) => a - b));
  expect(taken(taker)).toEqual([]);
});

test('a shard that is asked for while requests are taken is taken later', () => {
  const { asker, taker } = requestsOf(8);
  asker.ask(3);
  const first: number[] = [];
  taker.takeEach((shard) => {
    first.push(shard);
    asker.ask(3);
  });
  expect(first).toEqual([3]);
  expect(taken(taker)).toEqual([3]);
});

test('a request for all is taken once, and is none for each', () => {
  const { asker, taker } = requestsOf(8);
  expect(taker.takeAll()).toBe(false);
  asker.askAll();
  asker.askAll();
  expect(taken(taker)).toEqual([]);
  expect([taker.takeAll(), taker.takeAll()]).toEqual([true, false]);
});

// A wait that misses its bell would take these minutes.
const LONG_MS = 600_000;

test.each<[string, (requests: RebuildRequests) => void]>([
  ['ask()', (requests) => requests.ask(5)],
  ['askAll()', (requests) => requests.askAll()],
  ['ring()', (requests) => requests.ring()],
])('sleepUntilRung() does not sleep where %s came before', (_name, act) => {
  const { asker, taker } = requestsOf(8);
  act(asker);
  taker.sleepUntilRung(LONG_MS);
  taker.sleepUntilRung(1); // heard: now it sleeps
  act(asker);
  asker.ring();
  taker.sleepUntilRung(LONG_MS);
});

test('a shard rings once until it has had its turn', () => {
  const memory = RebuildRequests.reserve(8);
  const requests = new RebuildRequests(memory);
  const rings = () => new Int32Array(memory)[0];
  for (let i = 0; i < 10; i++) requests.ask(2);
  expect(rings()).toBe(1);
  taken(requests);
  requests.ask(2);
  expect(rings()).toBe(2);
});
