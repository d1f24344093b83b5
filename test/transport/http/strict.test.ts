/** The field `strict` of a question, and the `source` of an answer. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Decision } from '../../../src/bucket/decision.ts';
import { ask, members } from '../../support/ask.ts';
import { expectProblem } from '../../support/problem.ts';
import { askMany, itemsOf } from './batch.ts';
import { HeldLimiter } from './held-limiter.ts';
import { HttpHarness } from './http-harness.ts';

const PLAIN = '{"allowed":true,"limit":5,"remaining":4,"retryAfterMs":0,"resetAfterMs":1000}';
const withMore = (more: string) => PLAIN.replace('}', `,${more}}`);

let limiter: HeldLimiter;
let http: HttpHarness;
const question = (more = '', key = 'a') => `{"key":"${key}","capacity":5,"interval":60${more}}`;

describe.each(['on', 'off'] as const)('with the lane %s', (httpLane) => {
  beforeEach(async () => {
    limiter = new HeldLimiter();
    http = await HttpHarness.start(limiter, { httpLane });
  });
  afterEach(async () => {
    await http.close();
  });

  //  of the question, what the limiter is asked, the answer
  test.each([
    ['', undefined, PLAIN],
    [',"strict":true', true, withMore('"source":"local"')],
    [',"strict":false', false, withMore('"source":"local"')],
    [',"strict":5,"strict":true', true, withMore('"source":"local"')],
  ])('a question with [%s]', async (more, strict, body) => {
    const answer = await ask(http, question(more));
    expect([answer.status, answer.body]).toEqual([200, body]);
    expect(limiter.asked.map((one) => one.strict)).toEqual([strict]);
    expect(itemsOf(await askMany(http, `[${question(more)}]`))).toEqual([JSON.parse(body)]);
  });

  //  what is no boolean
  test.each(['null', '0', '1', '"true"', '[]', '{}', '"yes"'])('strict %s', async (value) => {
    const text = question(`,"strict":${value}`);
    const answer = await ask(http, text);
    expectProblem(answer, 400, 'strict must be true or false, is ');
    expect(members(answer)['field']).toBe('strict');
    const [item] = itemsOf(await askMany(http, `[${text}]`));
    expect(item?.error).toEqual({ field: 'strict', detail: members(answer)['detail'] });
    expect(limiter.asked).toEqual([]);
  });

  test('is among the fields that a question may have', async () => {
    expectProblem(await ask(http, question(',"Strict":true')), 400, 'cost, strict');
  });

  //  the source of a decision, whether it is degraded, the answer
  const sources: readonly (readonly [Decision['source'], boolean, string])[] = [
    [undefined, false, PLAIN],
    [undefined, true, withMore('"degraded":true')],
    ['lease', false, withMore('"source":"lease"')],
    ['store', false, withMore('"source":"store"')],
    ['denied-until', false, withMore('"source":"denied-until"')],
    ['fallback', true, withMore('"degraded":true,"source":"fallback"')],
  ];
  test.each(sources)('a decision from %s, degraded: %s', async (source, degraded, body) => {
    const answers = [ask(http, question('', 'held')), askMany(http, `[${question('', 'held')}]`)];
    for (const answer of answers) {
      await limiter.waitsFor('held');
      limiter.allow('held', { degraded, source });
      expect([body, `[${body}]`]).toContain((await answer).body);
    }
  });

  test('a decision is text where that is asked for, and has no source', async () => {
    const answer = await ask(http, question(',"strict":true'), { Accept: 'text/plain' });
    expect(answer.body).toBe('OK');
  });
});
