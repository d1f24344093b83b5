/** Under which labels rules are counted, and that few come from requests. */
import { expect, test } from 'vitest';
import { ValueCounts, valueCounts } from '../../src/envoy/value-counts.ts';
import { localLimiter } from '../limiter/limiters.ts';
import { envoyOver, requestOf, told } from './envoy-scene.ts';

const RULES = `
domain: d
descriptors:
  - {key: plain, rate_limit: {unit: day, requests_per_unit: 9}}
  - {key: value, value_to_metric: true, rate_limit: {unit: day, requests_per_unit: 1}}
  - key: path
    value: "/a/*"
    value_to_metric: true
    descriptors: [{key: ip, rate_limit: {unit: day, requests_per_unit: 9}}]
  - key: user
    descriptors: [{key: ip, detailed_metric: true, rate_limit: {unit: day, requests_per_unit: 9}}]
  - {key: a=b, rate_limit: {unit: day, requests_per_unit: 9}}
  - {key: a, value: b, rate_limit: {unit: day, requests_per_unit: 9}}
  - {key: white, value: x}
  - {key: free, rate_limit: {unlimited: true}}
`;

function countedOf(requests: readonly string[], mostValues = 10) {
  const scene = envoyOver(localLimiter(), [RULES], { mostValues });
  for (const of of requests) told(scene.asker.ask(requestOf([of]), 1));
  return scene.counted();
}

//  descriptors that are asked in turn, what is counted
test.each([
  [['plain=x', 'plain=y'], { plain: { allowed: 2 } }],
  [
    ['value=x', 'value=x', 'value=y'],
    { 'value=x': { allowed: 1, denied: 1 }, 'value=y': { allowed: 1 } },
  ],
  [['path=/a/1,ip=2'], { 'path=/a/1/ip': { allowed: 1 } }],
  [['user=me,ip=2'], { 'user=me/ip=2': { allowed: 1 } }],
  [['a=b', 'a=b=x'], { 'a=b': { allowed: 1 } }],
  [['white=x', 'free=y'], { 'white=x': { exempt: 1 }, free: { exempt: 1 } }],
])('%j are counted as %j', (requests, counted) => {
  expect(countedOf(requests)).toEqual(counted);
});

test('rules of one label are counted as one', () => {
  const scene = envoyOver(localLimiter(), [RULES]);
  const both = { domain: 'd', hits: 0 };
  for (const entries of [
    ['a', 'b'],
    ['a=b', 'x'],
  ]) {
    const one = { entries, limit: null, hits: null, isNegative: false };
    told(scene.asker.ask({ ...both, descriptors: [one] }, 1));
  }
  expect(scene.counted()).toEqual({ 'a=b': { allowed: 2 } });
});

//  a value that is no label: no text, a line end, too long
test.each([['\xff'], ['a\nb'], ['x'.repeat(129)]])('a value of %j is counted as other', (value) => {
  const scene = envoyOver(localLimiter(), [RULES]);
  const one = { entries: ['value', value], limit: null, hits: null, isNegative: false };
  told(scene.asker.ask({ domain: 'd', hits: 0, descriptors: [one] }, 1));
  expect(scene.counted()).toEqual({ 'value=other': { allowed: 1 } });
});

test('beyond MOST_METRIC_VALUES values are counted together', () => {
  const values = ['value=a', 'value=b', 'value=c', 'value=d', 'value=a'];
  const two = { 'value=a': { allowed: 1, denied: 1 }, 'value=b': { allowed: 1 } };
  expect(countedOf(values, 2)).toEqual({ ...two, 'value=other': { allowed: 2 } });
  expect(countedOf(values, 0)).toEqual({ 'value=other': { allowed: 4, denied: 1 } });
});

test('threads count one label in one place, and all of them are added up', () => {
  const memory = ValueCounts.reserve(2, 3);
  const [one, other] = [new ValueCounts(memory, 0), new ValueCounts(memory, 1)];
  const label = (rule: string) => ({ domain: 'd', rule });
  expect([one, other].map((counts) => counts.add(label('a'), 'allowed'))).toEqual([true, true]);
  expect(other.add(label('b'), 'denied')).toBe(true);
  expect(one.add(label('c'), 'allowed')).toBe(true);
  expect(one.add(label('b'), 'denied')).toBe(true);
  expect(one.add(label('e'), 'denied')).toBe(false);
  expect(other.add(label('e'), 'denied')).toBe(false);
  expect([...valueCounts(memory)]).toEqual([
    { domain: 'd', rule: 'a', counts: [2, 0, 0, 0] },
    { domain: 'd', rule: 'b', counts: [0, 2, 0, 0] },
    { domain: 'd', rule: 'c', counts: [1, 0, 0, 0] },
  ]);
});
