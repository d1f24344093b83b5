/** Many questions in one request: each is answered in its place, as if it had come alone. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OPEN } from '../../../src/access/grant.ts';
import type { Question } from '../../../src/limiter/limiter.ts';
import { Cells } from '../../../src/metrics/cells.ts';
import {
  BatchRoute,
  type BatchRouteParts,
} from '../../../src/transport/http/asking/batch-route.ts';
import { Replies } from '../../../src/transport/http/core/replies.ts';
import { RequestReader } from '../../../src/transport/question/request-reader.ts';
import { ServiceState } from '../../../src/transport/service-state.ts';
import { ask, fiveADay, freshKey, get, LIMIT_PATH, members, request } from '../../support/ask.ts';
import { expectProblem } from '../../support/problem.ts';
import { RawClient } from '../../support/raw-http.ts';
import { scrape, total } from '../../support/scrape.ts';
import { type Service, startService } from '../../support/service.ts';
import { askMany, type Item, itemsOf, LIMITS_PATH, postMany } from './batch.ts';

const DECISIONS = 'argus_decisions_total';
const BAD_REQUESTS = 'argus_bad_requests_total';
const DURATIONS = 'argus_decision_duration_seconds_count';

let service: Service;
beforeAll(async () => {
  service = await startService({ flags: ['--threads', '2'] });
});
afterAll(async () => {
  expect((await ask(service, fiveADay())).status).toBe(200);
  expect(await service.stop()).toBe(0);
});

async function answersTo(questions: readonly unknown[]): Promise<readonly Item[]> {
  return itemsOf(await askMany(service, questions));
}

describe('a batch', () => {
  test('is answered with as many answers, in the order of its questions', async () => {
    const capacities = Array.from({ length: 100 }, (_, i) => 1_000 - i);
    const items = await answersTo(capacities.map((capacity) => ({ ...fiveADay(), capacity })));
    expect(items.map(({ limit }) => limit)).toEqual(capacities);
    for (const { allowed, limit, remaining } of items) {
      expect([allowed, remaining]).toEqual([true, (limit ?? 0) - 1]);
    }
  });

  test('is answered with the same decisions as single requests', async () => {
    const asked = { ...fiveADay(), cost: 2 };
    const again = { ...asked, key: freshKey() };
    const items = await answersTo([asked, asked, asked]);
    for (const item of items) {
      const alone = members(await ask(service, again));
      expect(Object.keys(item)).toEqual(Object.keys(alone));
      expect(item).toMatchObject({ allowed: alone['allowed'], remaining: alone['remaining'] });
    }
  });

  test('decides about one key several times, in order', async () => {
    const one = fiveADay();
    const items = await answersTo([3, 3, 1, 2, 1, 0].map((cost) => ({ ...one, cost })));
    expect(items.map(({ allowed, remaining }) => [allowed, remaining])).toEqual([
      [true, 2],
      [false, 2],
      [true, 1],
      [false, 1],
      [true, 0],
      [true, 0],
    ]);
  });

  test('shares its buckets with single requests, on whichever thread', async () => {
    const one = { ...fiveADay(), capacity: 40 };
    const asked = Array.from({ length: 20 }, async (_, i) => {
      if (i % 2 === 0) return [(await ask(service, one)).status === 200];
      return (await answersTo([one, one, one])).map(({ allowed }) => allowed === true);
    });
    expect((await Promise.all(asked)).flat().filter(Boolean).length).toBe(40);
    expect((await ask(service, one)).status).toBe(429);
    expect(await answersTo([one])).toMatchObject([{ allowed: false, remaining: 0 }]);
  });

  test('may be of one question', async () => {
    expect(await answersTo([fiveADay()])).toMatchObject([{ allowed: true, remaining: 4 }]);
  });

  test('may be of a thousand', async () => {
    const one = { ...fiveADay(), capacity: 1_000_000 };
    const items = await answersTo(Array(1_000).fill(one));
    expect(items.map(({ remaining }) => remaining)).toEqual(
      Array.from({ length: 1_000 }, (_, i) => 999_999 - i),
    );
  });

  test('of none is refused', async () => {
    expectProblem(await askMany(service, '[]'), 400, 'array', '1 to 1000', 'has 0');
  });

  test('of more than a thousand is refused, and nothing is taken', async () => {
    const one = { ...fiveADay(), capacity: 2_000 };
    const answer = await askMany(service, Array(1_001).fill(one));
    expectProblem(answer, 400, 'array', '1 to 1000', 'has 1001');
    expect(await answersTo([one])).toMatchObject([{ remaining: 1_999 }]);
  });

  test('is answered as JSON and with 200, whatever is asked for and whoever is denied', async () => {
    const env = { DEFAULT_ANSWER: 'text', DENIED_STATUS: '503', THREADS: '1' };
    const other = await startService({ env });
    const one = { ...fiveADay(), capacity: 1 };
    const answer = await askMany(other, [one, one], { Accept: 'text/plain' });
    expect(itemsOf(answer)).toMatchObject([{ allowed: true }, { allowed: false }]);
    for (const name of ['retry-after', 'ratelimit', 'ratelimit-policy']) {
      expect(answer.headers[name]).toBeUndefined();
    }
    await other.stop();
  });

  test('is decided at one time: the clock is read once before all of it', () => {
    let nowUs = 1_000;
    const times: number[] = [];
    const cells = new Cells(Cells.reserve(1), 0);
    const take = (_: Question, atUs: number) => {
      times.push(atUs);
      return {
        allowed: true,
        limit: 5,
        remaining: 4,
        retryAfterMs: 0,
        resetAfterMs: 1,
        nextTokenMs: 1,
        degraded: false,
      };
    };
    const parts = {
      reader: new RequestReader(),
      cells,
      clock: () => nowUs++,
      limiter: { take },
      replies: new Replies(cells, new ServiceState(ServiceState.reserve(), 1)),
      caller: null,
    } as unknown as BatchRouteParts;
    const req = { complete: true } as IncomingMessage;
    const res = { req, writeHead: () => {}, end: () => {} } as unknown as ServerResponse;
    const bytes = Buffer.from(JSON.stringify(Array(1_000).fill(fiveADay())));
    new BatchRoute(parts).received(req, res, bytes, OPEN);
    expect(times).toEqual(Array(1_000).fill(1_000));
    // Once more when it is answered, to know how long it took.
    expect(nowUs).toBe(1_002);
  });
});

describe('the metrics', () => {
  test('count each question of a batch by itself, and the batch as one answer', async () => {
    const before = await scrape(service);
    const grown = async (sample: string) => {
      const after = await scrape(service);
      return total(after, sample) - total(before, sample);
    };
    const one = { ...fiveADay(), capacity: 2 };
    const wrong = [{}, { burst: 1 }, null];
    await answersTo([one, one, one, ...wrong, { ...one, cost: 0 }]);
    // The batch is counted as answered a moment after it is.
    while ((await grown(DURATIONS)) < 1);
    expect(await grown(DURATIONS)).toBe(1);
    expect(await grown(`${DECISIONS}{transport="http",outcome="allowed"}`)).toBe(3);
    expect(await grown(`${DECISIONS}{transport="http",outcome="denied"}`)).toBe(1);
    expect(await grown(`${BAD_REQUESTS}{reason="bad_field"}`)).toBe(1);
    expect(await grown(`${BAD_REQUESTS}{reason="unknown_field"}`)).toBe(1);
    expect(await grown(`${BAD_REQUESTS}{reason="not_json"}`)).toBe(1);
    expect(await grown(BAD_REQUESTS)).toBe(3);
  });

  //  the reason it is counted under, a body that is refused as a whole
  test.each([
    ['bad_batch', '[]'],
    ['bad_batch', '{}'],
    ['bad_batch', `[${'{},'.repeat(1_000)}{}]`],
    ['not_json', '[{}'],
    ['not_utf8', Uint8Array.of(0x5b, 0xff, 0x5d)],
  ])('count a batch that is refused once, and no decision: %s', async (reason, body) => {
    const before = await scrape(service);
    expectProblem(await askMany(service, body), 400);
    const after = await scrape(service);
    const sample = `${BAD_REQUESTS}{reason="${reason}"}`;
    expect(after.get(sample)).toBe((before.get(sample) ?? 0) + 1);
    expect(total(after, BAD_REQUESTS)).toBe(total(before, BAD_REQUESTS) + 1);
    expect(total(after, DECISIONS)).toBe(total(before, DECISIONS));
  });
});

describe('the service', () => {
  test('with a full table degrades what it must, and says so in its place', async () => {
    const small = await startService({ flags: ['--threads', '1', '--max-keys', '1'] });
    const many = Array.from({ length: 200 }, () => ({ ...fiveADay(), capacity: 2 }));
    const items = itemsOf(await askMany(small, many));
    const degraded = items.filter((item) => item.degraded === true);
    expect(degraded.length).toBeGreaterThan(0);
    expect(items.some((item) => item.degraded === undefined)).toBe(true);
    expect((await scrape(small)).get('argus_table_full_total')).toBe(degraded.length);
    // A bucket of two tokens in each shard stands in for all the keys that have none.
    expect(degraded.some(({ allowed }) => allowed === false)).toBe(true);
    await small.stop();
  });

  test('ends the connection with the answer once nobody listens any more', async () => {
    const other = await startService({ flags: ['--threads', '1', '--drain-ms', '60000'] });
    const client = await RawClient.connect(other.port);
    const first = await client.send(postMany([fiveADay()])).answer();
    expect(first.headers['connection']).toBe('keep-alive');
    const bytes = postMany([fiveADay(), {}]);
    await client.sent(bytes.subarray(0, -20));
    other.process.kill('SIGINT');
    while ((await get(other, '/livez').catch(() => null)) !== null);
    const last = await client.send(bytes.subarray(-20)).answer();
    expect(itemsOf(last)).toMatchObject([{ remaining: 4 }, { error: { field: 'key' } }]);
    expect(last.headers['connection']).toBe('close');
    await client.closed();
    client.destroy();
    expect(await other.ended).toBe(0);
  });

  test.each(['GET', 'HEAD', 'PUT', 'DELETE'])('answers %s with 405 and Allow', async (method) => {
    const answer = await get(service, LIMITS_PATH, { method });
    expect([answer.status, answer.headers['allow']]).toEqual([405, 'POST, OPTIONS']);
    if (method !== 'HEAD') expectProblem(answer, 405, LIMITS_PATH, method);
  });

  test('answers pipelined batches and single requests in their order', async () => {
    const one = { ...fiveADay(), capacity: 10 };
    const client = await RawClient.connect(service.port);
    const single = JSON.stringify(one);
    const alone = request('POST', LIMIT_PATH, { 'Content-Length': String(single.length) }) + single;
    client.send(Buffer.concat([postMany([one, one]), Buffer.from(alone), postMany([one])]));
    expect(itemsOf(await client.answer())).toMatchObject([{ remaining: 9 }, { remaining: 8 }]);
    expect(members(await client.answer())).toMatchObject({ remaining: 7 });
    expect(itemsOf(await client.answer())).toMatchObject([{ remaining: 6 }]);
    client.destroy();
  });
});
