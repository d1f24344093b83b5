/** Questions that name a policy, over HTTP: answers to the byte, fields, and what is refused. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { localLimiter } from '../../limiter/limiters.ts';
import { ask, members } from '../../support/ask.ts';
import { expectProblem } from '../../support/problem.ts';
import type { Answer } from '../../support/raw-http.ts';
import { askMany, itemsOf } from './batch.ts';
import { HttpHarness } from './http-harness.ts';

// Of a day, so that no token comes back while a test looks.
const TEXT = `
policies:
  uploads:
    limits:
      - {name: requests, capacity: 10, interval: 1d, cost: 1}
      - {name: volume, capacity: 1000, calendar: year}
    overrides:
      - {keys: ["health"], always: allow}
      - {keys: ["banned"], always: deny}
  trial:
    dryRun: true
    limits: [{name: all, capacity: 2, interval: 1d}]
  huge:
    limits: [{name: tokens, capacity: 9007199254740991, calendar: day}]
`;

let http: HttpHarness;

async function start(httpLane: 'on' | 'off'): Promise<void> {
  http = await HttpHarness.start(localLimiter(), { httpLane }, TEXT);
}

const uploads = (more: object = {}) => ({ policy: 'uploads', key: 'alice', ...more });

/** The body, with every wait that is not 0 as W. */
function withoutWaits({ body }: Answer): string {
  return body.replace(/(AfterMs":)[1-9]\d*/g, '$1W');
}

describe.each(['on', 'off'] as const)('with the lane %s', (httpLane) => {
  beforeEach(() => start(httpLane));
  afterEach(() => http.close());

  test('an answer has the numbers of the limit that decided, and those of each', async () => {
    const answer = await ask(http, uploads({ cost: 400 }));
    expect(answer.status).toBe(200);
    expect(withoutWaits(answer)).toBe(
      '{"allowed":true,"policy":"uploads","limit":1000,"remaining":600,"retryAfterMs":0,' +
        '"resetAfterMs":W,"by":"volume","limits":[' +
        '{"name":"requests","allowed":true,"limit":10,"remaining":9,"retryAfterMs":0,"resetAfterMs":W},' +
        '{"name":"volume","allowed":true,"limit":1000,"remaining":600,"retryAfterMs":0,"resetAfterMs":W}]}',
    );
    expect(answer.headers['ratelimit-policy']).toBe('"requests";q=10;w=86400, "volume";q=1000');
    expect(answer.headers['ratelimit']).toMatch(/^"requests";r=9;t=\d+, "volume";r=600;t=\d+$/);
    expect(answer.headers['retry-after']).toBeUndefined();
  });

  test('a denial says how long to wait for the limit that decided', async () => {
    const answer = await ask(http, uploads({ cost: 400 }));
    await ask(http, uploads({ cost: 500 }));
    const denied = await ask(http, uploads({ cost: 400 }));
    expect([answer.status, denied.status]).toEqual([200, 429]);
    const { by, retryAfterMs, limits } = members(denied);
    expect(by).toBe('volume');
    expect(denied.headers['retry-after']).toBe(String(Math.ceil((retryAfterMs as number) / 1_000)));
    expect(limits).toMatchObject([
      { name: 'requests', allowed: true, remaining: 8 },
      { name: 'volume', allowed: false, remaining: 100, retryAfterMs },
    ]);
  });

  test('where no wait helps, none is told', async () => {
    const answer = await ask(http, uploads({ cost: 1_001 }));
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, undefined]);
    expect(members(answer)).toMatchObject({ allowed: false, by: 'volume', retryAfterMs: null });
  });

  test('an override that allows or denies always has no numbers, and no fields', async () => {
    const [allow, deny] = [
      await ask(http, uploads({ key: 'health' })),
      await ask(http, uploads({ key: 'banned' })),
    ];
    const numbers = '"limit":null,"remaining":null,';
    expect(allow.body).toBe(
      `{"allowed":true,"policy":"uploads",${numbers}"retryAfterMs":0,"resetAfterMs":0,"by":"override","limits":[]}`,
    );
    expect(deny.body).toBe(
      `{"allowed":false,"policy":"uploads",${numbers}"retryAfterMs":null,"resetAfterMs":null,"by":"override","limits":[]}`,
    );
    expect([allow.status, deny.status]).toEqual([200, 429]);
    for (const { headers } of [allow, deny]) {
      expect(headers['ratelimit-policy']).toBeUndefined();
      expect(headers['ratelimit']).toBeUndefined();
      expect(headers['retry-after']).toBeUndefined();
    }
  });

  test('a dry run allows, and each limit says what it would have said', async () => {
    await ask(http, { policy: 'trial', key: 'a', cost: 2 });
    const answer = await ask(http, { policy: 'trial', key: 'a' });
    expect([answer.status, answer.headers['retry-after']]).toEqual([200, undefined]);
    expect(withoutWaits(answer)).toBe(
      '{"allowed":true,"policy":"trial","limit":2,"remaining":0,"retryAfterMs":0,"resetAfterMs":W,' +
        '"by":"all","dryRun":true,"limits":[' +
        '{"name":"all","allowed":false,"limit":2,"remaining":0,"retryAfterMs":W,"resetAfterMs":W}]}',
    );
  });

  test('what is asked for as text is told as text', async () => {
    const text = { Accept: 'text/plain' };
    expect((await ask(http, uploads(), text)).body).toBe('OK');
    expect((await ask(http, uploads({ key: 'banned' }), text)).body).toBe('LIMITED');
  });

  test('a capacity that no field can name is left out of them', async () => {
    const { headers, status } = await ask(http, { policy: 'huge', key: 'a' });
    expect([status, headers['ratelimit-policy'], headers['ratelimit']]).toEqual([
      200,
      undefined,
      undefined,
    ]);
  });

  test('with strict, each limit names its source', async () => {
    const { limits } = members(await ask(http, uploads({ strict: true })));
    expect(limits).toMatchObject([{ source: 'local' }, { source: 'local' }]);
  });

  test('what is given back is there again, and an overdraft is waited for', async () => {
    await ask(http, uploads({ cost: 900 }));
    expect(members(await ask(http, uploads({ cost: -400 })))).toMatchObject({ allowed: true });
    const over = await ask(http, uploads({ cost: 600, overdraft: true }));
    expect([over.status, members(over)['allowed']]).toEqual([429, false]);
    expect(members(await ask(http, uploads({ cost: 0 })))).toMatchObject({ remaining: 0 });
    await ask(http, uploads({ cost: -101 }));
    expect(members(await ask(http, uploads({ cost: 0 })))).toMatchObject({ remaining: 1 });
  });

  //  the question, the words of its refusal, the field that it names
  test.each([
    [
      { policy: 'none', key: 'a' },
      'policy must be one of those that the service has, is "none"',
      'policy',
    ],
    [{ policy: 7, key: 'a' }, 'policy must be the name of a policy, is 7', 'policy'],
    [uploads({ capacity: 5 }), 'capacity must be left out where policy is there', 'capacity'],
    [uploads({ interval: 5 }), 'interval must be left out where policy is there', 'interval'],
    [uploads({ unit: 's' }), 'unit must be left out where policy is there', 'unit'],
    [
      uploads({ cost: 0.5 }),
      'cost must be a whole number from -1000 (the largest capacity)',
      'cost',
    ],
    [uploads({ cost: -1_001 }), 'is -1001', 'cost'],
    [uploads({ overdraft: 1 }), 'overdraft must be true or false, is 1', 'overdraft'],
    [uploads({ key: '' }), 'key must have 1 to 256 bytes', 'key'],
    [{ policy: 'uploads' }, 'key must be a string', 'key'],
  ])('%j is refused', async (question, words, field) => {
    const answer = await ask(http, question);
    expectProblem(answer, 400, words);
    expect(members(answer)['field']).toBe(field);
    const [item] = itemsOf(await askMany(http, [question]));
    expect(item?.error).toEqual({ field, detail: members(answer)['detail'] });
  });
});

describe('many at a time', () => {
  beforeEach(() => start('on'));
  afterEach(() => http.close());
  const own = { key: 'alice', capacity: 5, interval: 1, unit: 'd' };

  test('each is answered in its place, by policy or not', async () => {
    const items = itemsOf(await askMany(http, [uploads(), own, uploads({ policy: 'none' })]));
    expect(items[0]).toMatchObject({ allowed: true, policy: 'uploads', by: 'requests' });
    expect(items[1]).toMatchObject({ allowed: true, limit: 5, remaining: 4 });
    expect(items[2]?.error?.field).toBe('policy');
    expect(http.counted).toMatchObject({ allowed: 2, refused: { unknown_policy: 1 } });
  });

  test('all are taken or none', async () => {
    const all = [own, uploads({ cost: 1_000 })];
    expect((await askMany(http, { all })).status).toBe(200);
    const denied = await askMany(http, { all: [own, uploads()] });
    expect(denied.status).toBe(429);
    const { allowed, retryAfterMs, all: each } = members(denied);
    expect([allowed, (retryAfterMs as number) > 0]).toEqual([false, true]);
    expect(each).toMatchObject([
      { allowed: true, remaining: 4, source: 'local' },
      { allowed: false, policy: 'uploads', by: 'volume', limits: [{ source: 'local' }, {}] },
    ]);
    expect(members(await ask(http, own))).toMatchObject({ remaining: 3 });
  });

  test('where no wait helps with one, none is told for all', async () => {
    const denied = await askMany(http, { all: [own, uploads({ key: 'banned' })] });
    expect([denied.status, denied.headers['retry-after']]).toEqual([429, undefined]);
    expect(members(denied)).toMatchObject({ allowed: false, retryAfterMs: null });
    expect(members(await ask(http, own))).toMatchObject({ remaining: 4 });
  });

  //  what is asked for together, and why it is refused
  test.each([
    [[uploads(), uploads()], 'all[1]: key must be another than that of all[0], is "alice"'],
    [[own, uploads({ cost: -1 })], 'all[1]: cost must be at least 0 where questions are taken all'],
    [[{ ...own, cost: -1 }], 'all[0]: cost must be at least 0'],
    [[own, uploads({ overdraft: true })], 'all[1]: overdraft must be left out'],
  ])('%j is refused', async (all, words) => {
    expectProblem(await askMany(http, { all }), 400, words);
  });

  test('one key under two policies, and of its own, are three buckets', async () => {
    const all = [own, uploads(), { policy: 'trial', key: 'alice' }];
    expect((await askMany(http, { all })).status).toBe(200);
  });
});

describe('questions that bring their limits', () => {
  beforeEach(() => start('on'));
  afterEach(() => http.close());
  const own = (more: object) => ({ key: 'a', capacity: 5, interval: 1, unit: 'd', ...more });

  test('may give back, and be overdrawn', async () => {
    await ask(http, own({ cost: 5 }));
    expect(members(await ask(http, own({ cost: -2 })))).toMatchObject({
      allowed: true,
      remaining: 2,
    });
    const over = await ask(http, own({ cost: 10, overdraft: true }));
    expect([over.status, members(over)['allowed']]).toEqual([429, false]);
    expect(members(await ask(http, own({ cost: -5 })))).toMatchObject({ remaining: 0 });
    expect(members(await ask(http, own({ cost: -2 })))).toMatchObject({ remaining: 2 });
  });

  //  the question, the words of its refusal
  test.each([
    [{ cost: -6 }, 'cost must be a whole number from -5 to 5 (the capacity), is -6'],
    [{ cost: 6 }, 'cost must be a whole number from -5 to 5 (the capacity), is 6'],
    [{ cost: 11, overdraft: true }, 'from -5 to 10 (twice the capacity), is 11'],
  ])('%j is refused', async (more, words) => {
    expectProblem(await ask(http, own(more)), 400, words);
  });
});
