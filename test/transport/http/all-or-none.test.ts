/**
 * Several questions that are taken all or none: asked in one piece, answered in one, counted as
 * one.
 */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Decision } from '../../../src/bucket/decision.ts';
import { ask, fiveADay, freshKey, get, members } from '../../support/ask.ts';
import { expectProblem } from '../../support/problem.ts';
import type { Answer } from '../../support/raw-http.ts';
import { startService } from '../../support/service.ts';
import { askMany, itemsOf, LIMITS_PATH } from './batch.ts';
import { HeldLimiter } from './held-limiter.ts';
import { HttpHarness } from './http-harness.ts';

const NOTHING = { allowed: 0, denied: 0, answered: 0, refused: {} };

let limiter: HeldLimiter;
let http: HttpHarness;
beforeEach(async () => {
  limiter = new HeldLimiter();
  http = await HttpHarness.start(limiter);
});
afterEach(async () => {
  await http.close();
});

const asked = (key: string, more: object = {}) => ({ key, capacity: 5, interval: 60, ...more });

/** The answer where the first two of three are denied, with these waits. */
async function denied(waits: readonly [number, number], of = http): Promise<Answer> {
  const answer = askMany(of, { all: [asked('held'), asked('a'), asked('b')] });
  await limiter.waitsFor('held');
  const each = waits.map((retryAfterMs) => ({ allowed: false, retryAfterMs }));
  limiter.decideAll('held', false, each);
  return answer;
}

describe('an answer', () => {
  test('that is allowed has the decisions in the order of the questions', async () => {
    const capacities = Array.from({ length: 32 }, (_, i) => 100 - i);
    const all = capacities.map((capacity, i) => asked(`k${i}`, { capacity }));
    const answer = await askMany(http, { all });
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json']);
    expect(answer.headers['retry-after']).toBeUndefined();
    const { allowed, retryAfterMs, all: each, ...others } = members(answer);
    expect([allowed, retryAfterMs, others]).toEqual([true, 0, {}]);
    expect((each as Decision[]).map(({ limit }) => limit)).toEqual(capacities);
    expect(http.counted).toEqual({ ...NOTHING, allowed: 1, answered: 1 });
  });

  test('is to the byte the decisions, each with its source', async () => {
    const { body } = await askMany(http, { all: [asked('a'), asked('b', { strict: false })] });
    const one =
      '{"allowed":true,"limit":5,"remaining":4,"retryAfterMs":0,"resetAfterMs":1000,"source":"local"}';
    expect(body).toBe(`{"allowed":true,"retryAfterMs":0,"all":[${one},${one}]}`);
  });

  test('names the source that a decision has', async () => {
    const answer = askMany(http, { all: [asked('held'), asked('b')] });
    await limiter.waitsFor('held');
    limiter.decideAll('held', true, [{ source: 'store', degraded: true }]);
    expect(members(await answer)['all']).toMatchObject([
      { degraded: true, source: 'store' },
      { source: 'local' },
    ]);
  });

  //  waits of two that are denied, the larger, seconds
  test.each([
    [[1_500, 700], 1_500, '2'],
    [[700, 60_001], 60_001, '61'],
    [[1, 1], 1, '1'],
    [[0, 0], 0, '1'],
  ] as const)('that is denied says when all would pass: %o', async (waits, ms, seconds) => {
    const answer = await denied(waits);
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, seconds]);
    const { allowed, retryAfterMs, all } = members(answer);
    expect([allowed, retryAfterMs]).toEqual([false, ms]);
    expect((all as Decision[]).map((one) => one.allowed)).toEqual([false, false, true]);
    expect(http.counted).toEqual({ ...NOTHING, denied: 1, answered: 1 });
  });

  test.each([200, 403, 503])('that is denied has the status of denials: %d', async (status) => {
    const other = await HttpHarness.start(limiter, { deniedStatus: status, defaultAnswer: 'text' });
    const answer = await denied([1_500, 1], other);
    expect([answer.status, answer.headers['retry-after']]).toEqual([status, '2']);
    expect(members(answer)).toMatchObject({ allowed: false });
    await other.close();
  });

  test('is JSON whatever is accepted, and has no fields of one limit', async () => {
    const { headers } = await askMany(http, { all: [asked('a')] }, { Accept: 'text/plain' });
    expect(headers['content-type']).toBe('application/json');
    expect(Object.keys(headers).filter((name) => name.startsWith('ratelimit'))).toEqual([]);
  });
});

test('the questions reach the limiter as they are, once', async () => {
  const all = [asked('a', { cost: 0 }), asked('b', { cost: 5, strict: true }), asked('c')];
  await askMany(http, { all });
  expect(limiter.asked).toEqual([]);
  expect(limiter.askedAll).toMatchObject([
    [
      { key: 'a', cost: 0 },
      { key: 'b', cost: 5, strict: true },
      { key: 'c', cost: 1 },
    ],
  ]);
});

const good = '{"key":"a","capacity":5,"interval":1}';
const b = (more: string) => `{"key":"b","capacity":5,"interval":1${more}}`;
const many = (count: number) =>
  JSON.stringify({ all: Array.from({ length: count }, (_, i) => asked(`k${i}`)) });

//  what, the body, the field that is named, the reason it is counted under, words
const refused: readonly (readonly [string, string, string, string, readonly string[]])[] = [
  ['a cost', `{"all":[${good},${b(',"cost":6')}]}`, 'all[1].cost', 'bad_field', ['all[1]: cost']],
  ['a cost below 0', `{"all":[${b(',"cost":-1')}]}`, 'all[0].cost', 'bad_field', ['is -1']],
  ['a strict', `{"all":[${b(',"strict":0')}]}`, 'all[0].strict', 'bad_field', ['true or false']],
  ['a field', `{"all":[${good},${b(',"k":1')}]}`, 'all[1].k', 'unknown_field', ['"k"', 'all[1]']],
  ['no key', `{"all":[{"capacity":5,"interval":1}]}`, 'all[0].key', 'bad_field', ['missing']],
  ['a number', `{"all":[${good},5]}`, 'all[1]', 'not_json', ['all[1]', 'object', '5']],
  ['null', '{"all":[null]}', 'all[0]', 'not_json', ['all[0]', 'object', 'null']],
  ['an array', `{"all":[[${good}]]}`, 'all[0]', 'not_json', ['all[0]', 'object', 'array']],
  ['two bad ones', '{"all":[{},5]}', 'all[0].key', 'bad_field', ['all[0]']],
  ['one key twice', `{"all":[${good},${b('')},${good}]}`, 'all[2].key', 'bad_field', ['all[0]']],
  [
    'one key, written in two ways',
    `{"all":[${good},${good.replace('"a"', '"\\u0061"')}]}`,
    'all[1].key',
    'bad_field',
    ['another', 'all[0]', '"a"'],
  ],
  ['none', '{"all":[]}', 'all', 'bad_batch', ['1 to 32', 'has 0']],
  ['33', many(33), 'all', 'bad_batch', ['1 to 32', 'has 33']],
  ['all null', '{"all":null}', 'all', 'bad_batch', ['1 to 32', 'is null']],
  ['all an object', '{"all":{"length":1}}', 'all', 'bad_batch', ['1 to 32', 'an object']],
  ['all a question', `{"all":${good}}`, 'all', 'bad_batch', ['an object']],
  ['a field beside', `{"all":[${good}],"any":1}`, 'any', 'unknown_field', ['"any"', 'all']],
  ['a strict beside', `{"strict":true,"all":[${good}]}`, 'strict', 'unknown_field', ['"strict"']],
  ['__proto__ beside', `{"all":[${good}],"__proto__":{}}`, '__proto__', 'unknown_field', []],
];
test.each(refused)('refused, and nothing asked: %s', async (_, body, field, reason, words) => {
  const answer = await askMany(http, body);
  expectProblem(answer, 400, ...words);
  expect(members(answer)['field']).toBe(field);
  expect([limiter.asked, limiter.askedAll]).toEqual([[], []]);
  expect(http.counted).toEqual({ ...NOTHING, refused: { [reason]: 1 } });
});

//  bodies that are neither form
test.each(['{}', '{"All":[]}', '{"questions":[]}', `{"__proto__":{"all":[${good}]}}`])(
  '%s is told what a body may be',
  async (body) => {
    expectProblem(await askMany(http, body), 400, 'JSON array', '1 to 1000', 'with all', 'object');
    expect(http.counted.refused).toEqual({ bad_batch: 1 });
  },
);

test('an array is a batch as ever, and its answers say no source', async () => {
  const answer = await askMany(http, [asked('a'), asked('a'), asked('b', { strict: true })]);
  expect(itemsOf(answer)).toMatchObject([
    { allowed: true },
    { allowed: true },
    { source: 'local' },
  ]);
  expect(answer.body.match(/source/g)).toHaveLength(1);
  expect(http.counted).toEqual({ ...NOTHING, allowed: 3, answered: 1 });
});

test('a service takes both or neither', async () => {
  const service = await startService({ flags: ['--threads', '2'] });
  const [many, few] = [{ ...fiveADay(), capacity: 100 }, fiveADay()];
  const both = { all: [many, { ...few, cost: 2 }] };
  const left = async () => {
    const looks = [many, few].map((one) => ({ ...one, cost: 0 }));
    return itemsOf(await askMany(service, looks)).map(({ remaining }) => remaining);
  };
  for (const remaining of [
    [99, 3],
    [98, 1],
  ]) {
    expect((await askMany(service, both)).status).toBe(200);
    expect(await left()).toEqual(remaining);
  }
  const denial = await askMany(service, both);
  expect(denial.status).toBe(429);
  expect(members(denial)).toMatchObject({ allowed: false, all: [{ allowed: true }, {}] });
  expect(await left()).toEqual([98, 1]);
  expectProblem(await askMany(service, { all: [few, { ...many, cost: 101 }] }), 400, 'all[1]');
  expect(await left()).toEqual([98, 1]);
  const alone = await ask(service, { ...few, key: freshKey() });
  expect(alone.body).not.toContain('source');
  expectProblem(await get(service, LIMITS_PATH), 405);
  await service.stop();
});
