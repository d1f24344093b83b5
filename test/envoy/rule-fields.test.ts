/** What the fields of a rule do: shadow_mode, replaces, share_threshold, algorithm, overdraft. */
import { expect, test } from 'vitest';
import { localLimiter } from '../limiter/limiters.ts';
import { BEGIN_US, envoyOver, requestOf, told } from './envoy-scene.ts';

const NOW_US = 1_000_000;

const SHADOW = `
domain: d
descriptors:
  - {key: soft, shadow_mode: true, rate_limit: {unit: minute, requests_per_unit: 1}}
  - {key: hard, rate_limit: {unit: minute, requests_per_unit: 1}}
`;

test('a rule of shadow_mode counts, and denies nobody', () => {
  const { asker, counted } = envoyOver(localLimiter(), [SHADOW]);
  const both = requestOf(['soft=x', 'hard=y']);
  expect(told(asker.ask(requestOf(['soft=x']), NOW_US))).toBe('OK: OK 0/1 60s');
  expect(told(asker.ask(both, NOW_US))).toBe('OK: OK 0/1 60s; OK 0/1 60s');
  expect(told(asker.ask(both, NOW_US))).toMatch(/^OVER: OK 0\/1 60s; OVER 0\/1/);
  expect(counted()).toEqual({
    soft: { allowed: 1, would_deny: 2 },
    hard: { allowed: 1, denied: 1 },
  });
});

test('with SHADOW_MODE nobody is denied, and statuses say what would have been', () => {
  const { asker, counted } = envoyOver(localLimiter(), [SHADOW], { isShadow: true });
  told(asker.ask(requestOf(['hard=x']), NOW_US));
  expect(told(asker.ask(requestOf(['hard=x']), NOW_US))).toBe('OK: OVER 0/1 60s');
  expect(counted()).toEqual({ hard: { allowed: 1, would_deny: 1 } });
  const many = requestOf(Array.from({ length: 300 }, () => 'hard=x'));
  expect(told(asker.ask(many, NOW_US))).toBe('OK: ');
});

const REPLACING = `
domain: d
descriptors:
  - {key: base, rate_limit: {unit: minute, requests_per_unit: 1, name: base}}
  - {key: gold, rate_limit: {unit: minute, requests_per_unit: 100, replaces: [{name: base}]}}
  - {key: free, rate_limit: {unlimited: true, replaces: [{name: base}, {name: none}]}}
  - {key: loop, rate_limit: {unit: minute, requests_per_unit: 9, name: loop, replaces: [{name: loop2}]}}
  - {key: loop2, rate_limit: {unit: minute, requests_per_unit: 9, name: loop2, replaces: [{name: loop}]}}
`;

//  descriptors, what a second request of them is told
test.each([
  [['base=x'], /^OVER: OVER 0\/1/],
  [['base=x', 'gold=x'], /^OK: OK -; OK 98\/100/],
  [['gold=x', 'base=x'], /^OK: OK 98\/100 60s; OK -/],
  [['free=x', 'base=x'], /^OK: OK unlimited; OK -/],
  [['loop=x', 'loop2=x'], /^OK: OK -; OK -/],
])('of %j those that another replaces do not count', (of, words) => {
  const { asker } = envoyOver(localLimiter(), [REPLACING]);
  told(asker.ask(requestOf(of), NOW_US));
  expect(told(asker.ask(requestOf(of), NOW_US))).toMatch(words);
});

const PLAIN = `
domain: d
descriptors: [{key: key2, rate_limit: {unit: minute, requests_per_unit: 20}}]
`;

const SHARED = `
domain: d
descriptors:
  - {key: ip, value: "10.*", share_threshold: true, rate_limit: {unit: minute, requests_per_unit: 9}}
  - {key: ip, value: "11.*", rate_limit: {unit: minute, requests_per_unit: 9}}
  - key: net
    value: "10.*"
    share_threshold: true
    descriptors: [{key: path, rate_limit: {unit: minute, requests_per_unit: 9}}]
`;

//  two descriptors in turn, whether they have one bucket
test.each([
  ['ip=10.1', 'ip=10.2', true],
  ['ip=10.1', 'ip=10.*', true],
  ['ip=11.1', 'ip=11.2', false],
  ['net=10.1,path=a', 'net=10.2,path=a', true],
  ['net=10.1,path=a', 'net=10.1,path=b', false],
])('%j and %j share a bucket: %j', (one, other, isShared) => {
  const { asker } = envoyOver(localLimiter(), [SHARED]);
  told(asker.ask(requestOf([one]), NOW_US));
  const left = isShared ? 7 : 8;
  expect(told(asker.ask(requestOf([other]), NOW_US))).toBe(`OK: OK ${left}/9 60s`);
  const twice = isShared ? 'OK: OK 6/9 60s; OK 6/9 60s' : 'OK: OK 7/9 60s; OK 7/9 60s';
  expect(told(asker.ask(requestOf([one, other]), NOW_US))).toBe(twice);
});

test('a token bucket has no double burst at the edge of a window, a window has', () => {
  const rules = `
domain: d
descriptors:
  - {key: window, rate_limit: {unit: minute, requests_per_unit: 60}}
  - {key: bucket, rate_limit: {unit: minute, requests_per_unit: 60, algorithm: token_bucket}}
`;
  const { asker } = envoyOver(localLimiter(), [rules], { wall: () => BEGIN_US + 59_000_000 });
  const all = (of: string) => requestOf([{ of, hits: 60 }]);
  expect(told(asker.ask(all('window=x'), NOW_US))).toBe('OK: OK 0/60 1s');
  expect(told(asker.ask(all('bucket=x'), NOW_US))).toBe('OK: OK 0/60 60s');
  expect(told(asker.ask(requestOf(['bucket=x']), NOW_US))).toBe('OVER: OVER 0/60 60s, wait 1s');
  const later = NOW_US + 1_500_000;
  expect(told(asker.ask(requestOf(['bucket=x']), later))).toBe('OK: OK 0/60 60s');
});

test('ENVOY_ALGORITHM holds for rules that name none, and for limits of descriptors', () => {
  const { asker } = envoyOver(localLimiter(), [PLAIN], {
    algorithm: 'token_bucket',
    wall: () => BEGIN_US + 59_000_000,
  });
  expect(told(asker.ask(requestOf(['key2=x']), NOW_US))).toBe('OK: OK 19/20 3s');
  const own = { of: 'none', limit: { requests: 60, unit: 2 } };
  expect(told(asker.ask(requestOf([own]), NOW_US))).toBe('OK: OK 59/60 1s');
});

const SETTLING = `
domain: d
descriptors:
  - {key: user, rate_limit: {unit: minute, requests_per_unit: 10, overdraft: true}}
  - {key: other, rate_limit: {unit: minute, requests_per_unit: 10}}
`;

test('a rule with overdraft takes in any case, and then a look is denied', () => {
  const { asker } = envoyOver(localLimiter(), [SETTLING]);
  const look = requestOf([{ of: 'user=x', hits: 0 }, 'other=x']);
  expect(told(asker.ask(look, NOW_US))).toBe('OK: OK 10/10 60s; OK 9/10 60s');
  expect(told(asker.ask(requestOf([{ of: 'user=x', hits: 13 }]), NOW_US))).toMatch(/^OVER: OVER 0/);
  expect(told(asker.ask(look, NOW_US))).toBe('OVER: OVER 0/10 60s; OK 9/10 60s, wait 60s');
  const back = requestOf([{ of: 'user=x', hits: 4, isNegative: true }]);
  expect(told(asker.ask(back, NOW_US))).toBe('OK: OK 1/10 60s');
  expect(told(asker.ask(look, NOW_US))).toBe('OK: OK 1/10 60s; OK 8/10 60s');
});

test('a change of the file is a change of limits: what is used stays used', () => {
  const limiter = localLimiter();
  const first = envoyOver(limiter, [SETTLING]);
  told(first.asker.ask(requestOf(['other=x'], 8), NOW_US));
  const second = envoyOver(limiter, [SETTLING.replaceAll('10', '9')]);
  expect(told(second.asker.ask(requestOf(['other=x']), NOW_US))).toBe('OK: OK 0/9 60s');
});
