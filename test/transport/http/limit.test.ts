/** The main question over HTTP: its fields, and its answers to the byte. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, freshKey, members, post } from '../../support/ask.ts';
import { type Answer, RawClient } from '../../support/raw-http.ts';
import { type Service, startService } from '../../support/service.ts';

const DAY_MS = 86_400_000;

let service: Service;
beforeAll(async () => {
  service = await startService({ flags: ['--threads', '2'] });
});
afterAll(async () => {
  await service.stop();
});

/** The header fields that speak of the limit. */
function fields({ headers }: Answer): Record<string, string | undefined> {
  return {
    policy: headers['ratelimit-policy'],
    state: headers['ratelimit'],
    retryAfter: headers['retry-after'],
  };
}

describe('the answer', () => {
  test('to an allowed request is this, to the byte', async () => {
    const answer = await ask(service, { key: freshKey(), capacity: 1000, interval: 60 });
    expect(answer).toEqual({
      status: 200,
      reason: 'OK',
      headers: expect.objectContaining({
        'content-type': 'application/json',
        'content-length': '80',
        'ratelimit-policy': '"default";q=1000;w=60',
        ratelimit: '"default";r=999;t=1',
      }),
      body: '{"allowed":true,"limit":1000,"remaining":999,"retryAfterMs":0,"resetAfterMs":60}',
    });
    expect(answer.headers).not.toHaveProperty('retry-after');
    expect(answer.headers).not.toHaveProperty('x-powered-by');
    expect(answer.headers).not.toHaveProperty('etag');
  });

  test('to a denied one says when this cost passes, in the body and in whole seconds', async () => {
    const question = { key: freshKey(), capacity: 1000, interval: 60, unit: 'd', cost: 1000 };
    await ask(service, question);
    const answer = await ask(service, { ...question, cost: 10 });
    expect([answer.status, answer.reason]).toEqual([429, 'Too Many Requests']);
    expect(answer.headers['content-type']).toBe('application/json');
    expect(answer.body).toMatch(
      /^\{"allowed":false,"limit":1000,"remaining":0,"retryAfterMs":\d+,"resetAfterMs":\d+\}$/,
    );
    const { retryAfterMs, resetAfterMs } = members(answer);
    expectSoonAfter(retryAfterMs, 0.6 * DAY_MS);
    expectSoonAfter(resetAfterMs, 60 * DAY_MS);
    expect(fields(answer)).toEqual({
      policy: `"default";q=1000;w=${(60 * DAY_MS) / 1000}`,
      state: expect.stringMatching(/^"default";r=0;t=\d+$/),
      retryAfter: String(Math.ceil(Number(retryAfterMs) / 1000)),
    });
    const t = Number(answer.headers['ratelimit']?.split('t=')[1]);
    expectSoonAfter(t * 1000, 0.06 * DAY_MS);
    // A client that believes either header is not told to come back before the other.
    expect(t).toBeLessThanOrEqual(Number(answer.headers['retry-after']));
  });

  test('tells a denied client to wait a whole second even where less would do', async () => {
    // Ten questions would have to come more than 900 ms apart for this to see no denial.
    const question = { key: freshKey(), capacity: 1, interval: 900, unit: 'ms' };
    let denied: Answer | undefined;
    for (let i = 0; i < 10 && denied === undefined; i++) {
      const answer = await ask(service, question);
      if (answer.status === 429) denied = answer;
    }
    expect(denied?.headers['retry-after']).toBe('1');
    expect(denied?.headers['ratelimit']).toBe('"default";r=0;t=1');
  });

  //  capacity, interval, unit, cost   policy                state           resetAfterMs
  const firstAnswers = [
    [1, 1, 'us', 1, '"default";q=1', '"default";r=0;t=1', 1],
    [1, 1, 'us', 0, '"default";q=1', '"default";r=1', 0],
    [1, 999_999, 'us', 1, '"default";q=1', '"default";r=0;t=1', 1000],
    [1, 1_000_000, 'us', 1, '"default";q=1;w=1', '"default";r=0;t=1', 1000],
    [1, 1, 'ms', 1, '"default";q=1', '"default";r=0;t=1', 1],
    [1, 1500, 'ms', 1, '"default";q=1', '"default";r=0;t=2', 1500],
    [1, 60_000, 'ms', 1, '"default";q=1;w=60', '"default";r=0;t=60', 60_000],
    [3, 10, 's', 1, '"default";q=3;w=10', '"default";r=2;t=4', 3334],
    [3, 10, 's', 2, '"default";q=3;w=10', '"default";r=1;t=4', 6667],
    [3, 10, 's', 3, '"default";q=3;w=10', '"default";r=0;t=4', 10_000],
    [3, 10, 's', 0, '"default";q=3;w=10', '"default";r=3', 0],
    [10, 1, 'm', 5, '"default";q=10;w=60', '"default";r=5;t=6', 30_000],
    [2, 1, 'h', 1, '"default";q=2;w=3600', '"default";r=1;t=1800', 1_800_000],
    [1, 2, 'd', 1, '"default";q=1;w=172800', '"default";r=0;t=172800', 2 * DAY_MS],
    [1, 366, 'd', 1, '"default";q=1;w=31622400', '"default";r=0;t=31622400', 366 * DAY_MS],
    [1e9, 1, 's', 1, '"default";q=1000000000;w=1', '"default";r=999999999;t=1', 1],
    [1e9, 1, 's', 1e9, '"default";q=1000000000;w=1', '"default";r=0;t=1', 1000],
  ] as const;
  test.each(firstAnswers)('of %d in %d %s, cost %d, from a full bucket: %s, %s', async (...row) => {
    const [capacity, interval, unit, cost, policy, state, resetAfterMs] = row;
    const answer = await ask(service, { key: freshKey(), capacity, interval, unit, cost });
    expect(members(answer)).toEqual({
      allowed: true,
      limit: capacity,
      remaining: capacity - cost,
      retryAfterMs: 0,
      resetAfterMs,
    });
    expect(fields(answer)).toEqual({ policy, state, retryAfter: undefined });
  });
});

describe('the fields', () => {
  //  what it shows, the body, its limit, what remains
  const bodies = [
    ['unit is s and cost is 1 if left out', '"capacity":5,"interval":60', 5, 4],
    ['1e3 and 1.0 are whole numbers', '"capacity":1e3,"interval":6.0e1,"cost":1.0', 1000, 999],
    ['-0 is 0', '"capacity":5,"interval":60,"cost":-0', 5, 5],
    ['a field given twice: the last counts', '"capacity":5,"interval":60,"capacity":7', 7, 6],
    ['even where the first was none', '"capacity":"x","interval":60,"capacity":7', 7, 6],
    ['names may be escaped', '"c\\u0061pacity":5,"interval":60', 5, 4],
    ['white space is free', ' "capacity"\t:\r\n5 , "interval" : 60 ', 5, 4],
  ] as const;
  test.each(bodies)('%s', async (_, body, limit, remaining) => {
    const answer = await ask(service, `{"key":"${freshKey()}",${body}}`);
    expect(answer.headers['ratelimit-policy']).toBe(`"default";q=${limit};w=60`);
    expect(members(answer)).toMatchObject({ allowed: true, limit, remaining });
  });

  const contentTypes = [
    {},
    { 'Content-Type': 'application/json' },
    { 'Content-Type': 'application/x-www-form-urlencoded' },
    { 'Content-Type': 'text/plain; charset=utf-16' },
    { 'Content-Type': 'multipart/form-data' },
    { 'Content-Type': '???' },
    { 'Content-Type': '' },
  ];
  test.each(contentTypes)('are read whatever the Content-Type is: %o', async (headers) => {
    const answer = await ask(service, { key: freshKey(), capacity: 5, interval: 60 }, headers);
    expect(members(answer)).toMatchObject({ allowed: true, limit: 5, remaining: 4 });
  });
});

test('two thousand limits in a row are each answered under their own', async () => {
  // More than are remembered, so that some take the places of others.
  const limits = Array.from({ length: 1000 }, (_, i) => [
    { capacity: i + 1, interval: 60 },
    { capacity: 60, interval: i + 1 },
  ]).flat();
  const client = await RawClient.connect(service.port);
  client.send(Buffer.concat(limits.map((limit) => post({ ...limit, key: 'many', cost: 0 }))));
  for (const { capacity, interval } of limits) {
    const answer = await client.answer();
    expect(answer.headers['ratelimit-policy']).toBe(`"default";q=${capacity};w=${interval}`);
    expect(members(answer)).toMatchObject({ limit: capacity, remaining: capacity });
  }
  client.destroy();
});

describe('a bucket', () => {
  test('is one for all threads: 200 at once on a capacity of 50 let 50 pass', async () => {
    const question = { key: freshKey(), capacity: 50, interval: 1, unit: 'd' };
    const asked = Array.from({ length: 200 }, () => ask(service, question));
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(50);
    expect(statuses.filter((status) => status === 429)).toHaveLength(150);
  });

  test('goes by the limit it is asked under, denies without taking, and shows at cost 0', async () => {
    const key = freshKey();
    //  capacity, cost, allowed, remaining: all within a day's interval
    const steps = [
      [10, 0, true, 10],
      [10, 6, true, 4],
      [10, 5, false, 4],
      [10, 0, true, 4],
      [10, 4, true, 0],
      [10, 1, false, 0],
      [10, 0, true, 0],
      [20, 0, true, 10], // a raised limit helps at once
      [20, 10, true, 0],
      [5, 0, true, 0], // a lowered one forgives nothing
      [5, 1, false, 0],
      [20, 1, false, 0],
      [21, 1, true, 0],
    ] as const;
    for (const [capacity, cost, allowed, remaining] of steps) {
      const answer = await ask(service, { key, capacity, interval: 1, unit: 'd', cost });
      const { status } = answer;
      const step = { capacity, cost, status, ...members(answer) };
      expect(step).toMatchObject({ status: allowed ? 200 : 429, allowed, remaining });
      expect(step).toMatchObject({ limit: capacity });
    }
  });

  test('that holds more used tokens than its new capacity says how long that takes', async () => {
    const key = freshKey();
    await ask(service, { key, capacity: 20, interval: 1, unit: 'd', cost: 20 });
    const answer = await ask(service, { key, capacity: 5, interval: 1, unit: 'd', cost: 1 });
    const { retryAfterMs, resetAfterMs } = members(answer);
    // It still refills by the 20 a day that were taken.
    expectSoonAfter(retryAfterMs, (16 / 20) * DAY_MS);
    expectSoonAfter(resetAfterMs, DAY_MS);
  });

  test('passes again at retryAfterMs', async () => {
    const question = { key: freshKey(), capacity: 2, interval: 400, unit: 'ms', cost: 2 };
    let answer = await ask(service, question);
    while (answer.status === 200) answer = await ask(service, question);
    const { retryAfterMs } = members(answer);
    await new Promise((resolve) => setTimeout(resolve, Number(retryAfterMs) + 1));
    expect(members(await ask(service, question))).toMatchObject({ allowed: true });
  });
});

/** A wait told a moment after it began: at most `wholeMs`, and less by no more than 20 s. */
function expectSoonAfter(waitMs: unknown, wholeMs: number): void {
  expect(waitMs).toBeLessThanOrEqual(wholeMs);
  expect(waitMs).toBeGreaterThan(wholeMs - 20_000);
}
