/** The lane on real connections: as long, as many and as well ended as those off it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshKey, members, post, request } from '../../support/ask.ts';
import { expectProblem } from '../../support/problem.ts';
import { type Answer, RawClient } from '../../support/raw-http.ts';
import { scrape, total } from '../../support/scrape.ts';
import { type Service, startService } from '../../support/service.ts';
import { postMany } from './batch.ts';

const KEEP_ALIVE_MS = 1_000;
/** Both keep a connection for so much longer, for clients that ask at the last moment. */
const GRACE_MS = 1_000;
const HEADERS_TIMEOUT_MS = 1_000;
const TIMES = {
  '--keep-alive-ms': String(KEEP_ALIVE_MS),
  '--headers-timeout-ms': String(HEADERS_TIMEOUT_MS),
};
const FLAGS = ['--threads', '1', ...Object.entries(TIMES).flat()];

let lane: Service;
let http: Service;
beforeAll(async () => {
  lane = await startService({ flags: FLAGS });
  http = await startService({ flags: [...FLAGS, '--http-lane', 'off'] });
});
afterAll(async () => {
  for (const service of [lane, http]) expect(await service.stop()).toBe(0);
});

/** A bucket that does not refill while anybody looks. */
const question = (key = freshKey()) => ({ key, capacity: 5, interval: 366, unit: 'd' });

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** What a service answers to pieces that arrive one by one, but for what the time changes. */
async function answersOf(service: Service, pieces: readonly Uint8Array[]): Promise<object[]> {
  const client = await RawClient.connect(service.port);
  for (const piece of pieces) {
    await client.sent(piece);
    await sleep(5);
  }
  const answers = await client.end().answers();
  client.destroy();
  return answers.map(timeless);
}

function timeless({ status, headers, body }: Answer): object {
  const { date = 'none', 'content-length': _, ...others } = headers;
  expect(date).toMatch(/ GMT$|^none$/);
  return { status, headers: others, body: body.replaceAll(/(AfterMs":)\d{2,}/g, '$1many') };
}

/** More than is ever read at once. */
const LARGE_BATCH = postMany(
  Array.from({ length: 1_000 }, () => ({ ...question(), key: freshKey().padEnd(250) })),
);

//  how a client sends two questions about one key
const clients: readonly (readonly [string, (one: Buffer) => readonly Uint8Array[]])[] = [
  ['one by one', (one) => [one, one]],
  ['at once', (one) => [Buffer.concat([one, one])]],
  ['the second in two pieces', (one) => [one, one.subarray(0, 50), one.subarray(50)]],
  ['head and body apart', (one) => [one.subarray(0, -40), one.subarray(-40), one]],
  ['byte by byte', (one) => Array.from(one, (byte) => Uint8Array.of(byte))],
  ['with something else between', (one) => [one, Buffer.from(request('GET', '/livez')), one]],
  ['with a large batch between', (one) => [one, LARGE_BATCH, one]],
  ['with a large batch and the end behind', (one) => [one, Buffer.concat([LARGE_BATCH, one])]],
  ['with nonsense between', (one) => [one, Buffer.from('nonsense\r\n\r\n'), one]],
];
test.each(clients)('clients that ask %s get from both what they should', async (_, pieces) => {
  const key = freshKey();
  const bytes = post(question(key), { 'Content-Type': 'application/json' });
  const [one, other] = await Promise.all([lane, http].map((to) => answersOf(to, pieces(bytes))));
  expect(one).toEqual(other);
  expect(one?.length).toBeGreaterThan(0);
});

describe.concurrent.each(['lane', 'http'])('on connections by way of: %s', (way) => {
  const service = () => (way === 'lane' ? lane : http);

  test('an idle one is ended after KEEP_ALIVE_MS, and not before', async () => {
    const client = await RawClient.connect(service().port);
    await client.send(post(question())).answer();
    await sleep(KEEP_ALIVE_MS / 2);
    await client.send(post(question())).answer();
    const answered = performance.now();
    await client.closed();
    expect(performance.now() - answered).toBeGreaterThanOrEqual(KEEP_ALIVE_MS + GRACE_MS / 2);
    client.destroy();
  });

  test('one that is silent, and then stalls in its first request, gets 408', async () => {
    const client = await RawClient.connect(service().port);
    await sleep(HEADERS_TIMEOUT_MS / 2);
    expectProblem(await client.send('POST /api/v1').answer(), 408);
    await client.closed();
    client.destroy();
  });

  test('a request with the end of the connection behind it is answered', async () => {
    const client = await RawClient.connect(service().port);
    const [answer, ...more] = await client.send(post(question())).end().answers();
    expect(answer?.status).toBe(200);
    expect(more).toEqual([]);
    client.destroy();
  });

  test('one that resets is forgotten', async () => {
    const client = await RawClient.connect(service().port);
    await client.send(post(question())).answer();
    client.reset();
    await sleep(20);
    const again = await RawClient.connect(service().port);
    expect((await again.send(post(question())).answer()).status).toBe(200);
    again.destroy();
  });
});

test('what the lane decides is what everybody decides', async () => {
  const key = freshKey();
  const client = await RawClient.connect(lane.port);
  for (const remaining of [4, 3, 2]) {
    expect(members(await client.send(post(question(key))).answer())).toMatchObject({ remaining });
  }
  // Two in one piece are node:http's.
  const both = client.send(Buffer.concat([post(question(key)), post(question(key))]));
  expect(members(await both.answer())).toMatchObject({ remaining: 1 });
  expect(members(await both.answer())).toMatchObject({ remaining: 0 });
  expect((await client.send(post(question(key))).answer()).status).toBe(429);
  client.destroy();
});

test('a question that the lane hands over is decided, or found bad, once', async () => {
  const before = await scrape(lane);
  const client = await RawClient.connect(lane.port);
  const good = post(question());
  for (const bytes of [good, post({ key: 5 }), good]) await client.send(bytes).answer();
  const other = await RawClient.connect(lane.port);
  await other.send(Buffer.concat([good, good])).answer();
  await other.answer();
  const after = await scrape(lane);
  const counted = (name: string) => total(after, name) - total(before, name);
  expect(counted('argus_bad_requests_total')).toBe(1);
  expect(counted('argus_decisions_total')).toBe(4);
  for (const one of [client, other]) one.destroy();
});
