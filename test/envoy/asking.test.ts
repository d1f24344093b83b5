/** What requests by the rules of Envoy come to: what its own service answers, and more. */
import { expect, test } from 'vitest';
import { ENVOY_UNKNOWN_DOMAIN, ENVOY_UNMATCHED } from '../../src/metrics/cells.ts';
import { localLimiter } from '../limiter/limiters.ts';
import { BEGIN_US, envoyOver, requestOf, type SomeDescriptor, told } from './envoy-scene.ts';

const NOW_US = 1_000_000;

const RULES = `
domain: d
descriptors:
  - key: key1
    value: value1
    descriptors:
      - {key: subkey1, rate_limit: {unit: second, requests_per_unit: 5}}
      - {key: subkey1, value: subvalue1, rate_limit: {unit: second, requests_per_unit: 10}}
  - {key: key2, rate_limit: {unit: minute, requests_per_unit: 20}}
  - {key: key2, value: value2, rate_limit: {unit: MINUTE, requests_per_unit: 30}}
  - {key: key2, value: value3}
  - {key: key3, rate_limit: {unit: hour, requests_per_unit: 1}}
  - {key: key4, rate_limit: {unit: day, requests_per_unit: 0}}
  - {key: key5, rate_limit: {unlimited: true}}
  - {key: key6, rate_limit: {unit: Week, requests_per_unit: 7, name: weekly}}
  - {key: path, value: "/api/*/items", rate_limit: {unit: minute, requests_per_unit: 4}}
  - {key: path, value: "/api/*", rate_limit: {unit: minute, requests_per_unit: 3}}
  - {key: path, rate_limit: {unit: minute, requests_per_unit: 2}}
  - {key: all, value: "*", rate_limit: {unit: month, requests_per_unit: 9}}
  - {key: year, rate_limit: {unit: year, requests_per_unit: 4294967295}}
`;

//  a descriptor, what it is told the first time
test.each([
  ['', 'OK: OK -'],
  ['key1=something', 'OK: OK -'],
  ['key1=value1', 'OK: OK -'],
  ['key2=value2,subkey=subvalue', 'OK: OK -'],
  ['key5=value5,subkey5=subvalue', 'OK: OK -'],
  ['key1=value1,subkey1=something', 'OK: OK 4/5 1s'],
  ['key1=value1,subkey1=subvalue1', 'OK: OK 9/10 1s'],
  ['key1=value1,subkey1=subvalue1,more=x', 'OK: OK -'],
  ['key2=something', 'OK: OK 19/20 60s'],
  ['key2=', 'OK: OK 19/20 60s'],
  ['key2=value2', 'OK: OK 29/30 60s'],
  ['key2=value3', 'OK: OK -'],
  ['key3=foo', 'OK: OK 0/1 3600s'],
  ['key4=foo', 'OVER: OVER 0/0 86400s'],
  ['key5=foo', 'OK: OK unlimited'],
  ['path=/api/a/items', 'OK: OK 3/4 60s'],
  ['path=/api//items', 'OK: OK 3/4 60s'],
  ['path=/api/items', 'OK: OK 2/3 60s'],
  ['path=/api/', 'OK: OK 2/3 60s'],
  ['path=/ap', 'OK: OK 1/2 60s'],
  ['all=', 'OK: OK 8/9 2592000s'],
  ['all', 'OK: OK 8/9 2592000s'],
  ['year=x', 'OK: OK 4294967294/4294967295 31536000s'],
  ['Key2=x', 'OK: OK -'],
])('of %j it is told %j', (of, words) => {
  const { asker } = envoyOver(localLimiter(), [RULES]);
  expect(told(asker.ask(requestOf([of]), NOW_US))).toBe(words);
});

test('windows begin at multiples of their length from 1970 on, weeks on Thursdays', () => {
  const { asker } = envoyOver(localLimiter(), [RULES], { wall: () => BEGIN_US + 90_500_000 });
  expect(told(asker.ask(requestOf(['key2=x', 'key6=x']), NOW_US))).toMatch(/^OK: OK 19\/20 30s/);
  for (const words of ['OK: OK 0/1 3510s', 'OVER: OVER 0/1 3510s, wait 3510s']) {
    expect(told(asker.ask(requestOf(['key3=x']), NOW_US))).toBe(words);
  }
  const days = (30 * 365) % 7;
  const left = (7 - days) * 86_400 - 90;
  expect(told(asker.ask(requestOf(['key6=y']), NOW_US))).toBe(`OK: OK 6/7 ${left}s`);
});

test('an unknown domain, and a descriptor without a rule, are let through and counted', () => {
  const { asker, cell } = envoyOver(localLimiter(), [RULES]);
  expect(told(asker.ask(requestOf(['key3=x', 'key3=x'], 5, 'other'), NOW_US))).toBe(
    'OK: OK -; OK -',
  );
  expect(told(asker.ask(requestOf(['none=x'], 5, 'd'), NOW_US))).toBe('OK: OK -');
  expect(told(asker.ask(requestOf([], 5, 'd'), NOW_US))).toBe('OK: ');
  expect([cell(ENVOY_UNKNOWN_DOMAIN), cell(ENVOY_UNMATCHED)]).toEqual([1, 1]);
});

test('a request is taken all or none: what one denies is not taken from another', () => {
  const { asker, counted } = envoyOver(localLimiter(), [RULES]);
  const both = requestOf(['key2=x', 'key3=x']);
  expect(told(asker.ask(both, NOW_US))).toBe('OK: OK 19/20 60s; OK 0/1 3600s');
  expect(told(asker.ask(both, NOW_US))).toBe('OVER: OK 19/20 60s; OVER 0/1 3600s, wait 3600s');
  expect(told(asker.ask(requestOf(['key2=x']), NOW_US))).toBe('OK: OK 18/20 60s');
  expect(counted()).toEqual({ key2: { allowed: 2 }, key3: { allowed: 1, denied: 1 } });
});

test('what always denies stops the others too, and so does a look that finds nothing left', () => {
  const { asker } = envoyOver(localLimiter(), [RULES]);
  const never = requestOf(['key2=x', 'key4=x']);
  expect(told(asker.ask(never, NOW_US))).toBe('OVER: OK 20/20 60s; OVER 0/0 86400s');
  told(asker.ask(requestOf(['key3=x']), NOW_US));
  const look = requestOf([{ of: 'key3=x', hits: 0 }, 'key2=x']);
  expect(told(asker.ask(look, NOW_US))).toBe('OVER: OVER 0/1 3600s; OK 20/20 60s, wait 3600s');
  expect(told(asker.ask(requestOf(['key2=x']), NOW_US))).toBe('OK: OK 19/20 60s');
});

test('two descriptors that lead to one bucket take from it once, the more of the two', () => {
  const { asker, counted } = envoyOver(localLimiter(), [RULES]);
  const twice = requestOf([{ of: 'key2=x', hits: 2 }, { of: 'key2=x', hits: 5 }, 'key2=x']);
  expect(told(asker.ask(twice, NOW_US))).toBe('OK: OK 15/20 60s; OK 15/20 60s; OK 15/20 60s');
  expect(counted()).toEqual({ key2: { allowed: 1 } });
  const others = requestOf(['key2=x', 'key2=y']);
  expect(told(asker.ask(others, NOW_US))).toBe('OK: OK 14/20 60s; OK 19/20 60s');
});

//  hits of the request, a descriptor, what is left of 20 of which 10 were used
test.each<[number, Omit<SomeDescriptor, 'of'>, string]>([
  [0, {}, 'OK: OK 9/20 60s'],
  [3, {}, 'OK: OK 7/20 60s'],
  [3, { hits: 0 }, 'OK: OK 10/20 60s'],
  [3, { hits: 4 }, 'OK: OK 6/20 60s'],
  [0, { hits: 10 }, 'OK: OK 0/20 60s'],
  [0, { hits: 11 }, 'OVER: OVER 10/20 60s, wait 60s'],
  [0, { hits: 21 }, 'OVER: OVER 10/20 60s'],
  [0, { hits: Number.MAX_SAFE_INTEGER }, 'OVER: OVER 10/20 60s'],
  [4_294_967_295, {}, 'OVER: OVER 10/20 60s'],
  [0, { hits: 4, isNegative: true }, 'OK: OK 14/20 60s'],
  [0, { isNegative: true }, 'OK: OK 11/20 60s'],
  [3, { isNegative: true }, 'OK: OK 13/20 60s'],
  [0, { hits: 0, isNegative: true }, 'OK: OK 10/20 60s'],
  [0, { hits: Number.MAX_SAFE_INTEGER, isNegative: true }, 'OK: OK 20/20 60s'],
])('a request of %j hits with %j comes to %j', (hits, descriptor, words) => {
  const { asker } = envoyOver(localLimiter(), [RULES]);
  told(asker.ask(requestOf(['key2=x'], 10), NOW_US));
  expect(told(asker.ask(requestOf([{ of: 'key2=x', ...descriptor }], hits), NOW_US))).toBe(words);
});

test('what gives back is given only where all else was taken', () => {
  const { asker } = envoyOver(localLimiter(), [RULES]);
  told(asker.ask(requestOf(['key2=x'], 10), NOW_US));
  told(asker.ask(requestOf(['key3=x']), NOW_US));
  const back = { of: 'key2=x', hits: 4, isNegative: true };
  const denied = requestOf([back, 'key3=x']);
  expect(told(asker.ask(denied, NOW_US))).toMatch(/^OVER: OK 10\/20 60s; OVER 0\/1/);
  expect(told(asker.ask(requestOf([back, 'key2=y']), NOW_US))).toMatch(/^OK: OK 14\/20 60s; OK 19/);
});

test('a request of more descriptors than there may be is denied unread', () => {
  const { asker } = envoyOver(localLimiter(), [RULES]);
  const of = (length: number) => requestOf(Array.from({ length }, (_, i) => `none=${i}`));
  expect(told(asker.ask(of(257), NOW_US))).toBe('OVER: ');
  expect(told(asker.ask(of(256), NOW_US))).toMatch(/^OK: OK -/);
});

//  a descriptor, its limit, what it is told after two of key2=x
test.each([
  ['key2=x', { requests: 5, unit: 2 }, 'OK: OK 2/5 60s'],
  ['key2=x', { requests: 5, unit: 3 }, 'OK: OK 4/5 3600s'],
  ['key2=x', { requests: 0, unit: 2 }, 'OVER: OVER 0/0 60s'],
  ['key2=x', { requests: 5, unit: 0 }, 'OK: OK 17/20 60s'],
  ['key2=x', { requests: 5, unit: 8 }, 'OK: OK 17/20 60s'],
  ['key2=x', { requests: 5, unit: 4_294_967_295 }, 'OK: OK 17/20 60s'],
  ['none=x', { requests: 5, unit: 4 }, 'OK: OK 4/5 86400s'],
  ['none=x', { requests: 5, unit: 0 }, 'OK: OK -'],
  ['key5=x', { requests: 5, unit: 1 }, 'OK: OK 4/5 1s'],
  ['', { requests: 5, unit: 1 }, 'OK: OK 4/5 1s'],
])('%j with the limit %j is told %j', (of, limit, words) => {
  const { asker } = envoyOver(localLimiter(), [RULES]);
  told(asker.ask(requestOf(['key2=x'], 2), NOW_US));
  expect(told(asker.ask(requestOf([{ of, limit }]), NOW_US))).toBe(words);
});

test('a limit of its own counts in a known domain only, and under its own label', () => {
  const { asker, counted } = envoyOver(localLimiter(), [RULES]);
  const own = { of: 'key2=x', limit: { requests: 1, unit: 2 } };
  expect(told(asker.ask(requestOf([own], 0, 'other'), NOW_US))).toBe('OK: OK -');
  for (let time = 0; time < 2; time++) told(asker.ask(requestOf([own]), NOW_US));
  expect(counted()).toEqual({ '(limit)': { allowed: 1, denied: 1 } });
});

test('the same descriptor with and without a limit of its own is one taking, of the lesser', () => {
  const { asker } = envoyOver(localLimiter(), [RULES]);
  const own = { of: 'key2=x', limit: { requests: 2, unit: 2 } };
  const both = requestOf([own, 'key2=x']);
  expect(told(asker.ask(both, NOW_US))).toBe('OK: OK 1/2 60s; OK 1/20 60s');
  told(asker.ask(both, NOW_US));
  expect(told(asker.ask(both, NOW_US))).toMatch(/^OVER: OVER 0\/2 60s; OVER 0\/20 60s/);
});
