/** Whatever bytes arrive, each answer is well-formed and no 500, and the service goes on. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, chunk, freshKey, LAST_CHUNK, LIMIT_PATH, post, request } from '../../support/ask.ts';
import { RawClient } from '../../support/raw-http.ts';
import { type Service, startService } from '../../support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService({ flags: ['--threads', '2'] });
});
afterAll(async () => {
  const answer = await ask(service, { key: freshKey(), capacity: 1, interval: 1 });
  expect(answer.status).toBe(200);
  expect(await service.stop()).toBe(0);
});

const QUESTION = '{"key":"any","capacity":1000,"interval":1,"unit":"h","cost":2}';

/** Good requests, to be spoilt. */
const requests = [
  post(QUESTION),
  post(QUESTION, { Expect: '100-continue', Accept: 'text/plain, */*;q=0.1' }),
  Buffer.concat([
    Buffer.from(request('POST', LIMIT_PATH, { 'Transfer-Encoding': 'chunked' })),
    chunk(QUESTION),
    Buffer.from(LAST_CHUNK),
  ]),
  Buffer.from(request('GET', '/readyz', { Connection: 'keep-alive' })),
  Buffer.from(request('OPTIONS', LIMIT_PATH)),
];

/** At a place in the bytes (a share of their length), takes some away and puts others in. */
const edit = fc.record({
  place: fc.double({ min: 0, max: 1, noNaN: true }),
  away: fc.nat({ max: 6 }),
  put: fc.oneof(
    fc.uint8Array({ maxLength: 4 }),
    fc.constantFrom(
      ...['\r\n', '\r\n\r\n', ' ', ':', ',', '"', '\\', '{', '\0', '\ud7ff', '9'.repeat(20)],
    ),
  ),
});

const spoilt = fc
  .tuple(fc.constantFrom(...requests), fc.array(edit, { maxLength: 4 }))
  .map(([bytes, edits]) => edits.reduce(spoil, bytes));

function spoil(
  bytes: Buffer,
  { place, away, put }: typeof edit extends fc.Arbitrary<infer T> ? T : never,
) {
  const at = Math.floor(place * bytes.length);
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(put), bytes.subarray(at + away)]);
}

/** What the service says to these bytes and then to the end of them. */
async function statusesOf(bytes: Buffer): Promise<readonly number[]> {
  const client = await RawClient.connect(service.port);
  const answers = await client.send(bytes).end().answers();
  client.destroy();
  return answers.map(({ status }) => status);
}

test('spoilt requests, up to three in a row, are answered with what is no 500', async () => {
  const rows = fc.array(spoilt, { minLength: 1, maxLength: 3 }).map((all) => Buffer.concat(all));
  await fc.assert(
    fc.asyncProperty(fc.array(rows, { minLength: 4, maxLength: 4 }), async (connections) => {
      for (const statuses of await Promise.all(connections.map(statusesOf))) {
        expect(statuses.filter((status) => status >= 500)).toEqual([]);
      }
      expect(service.process.exitCode).toBeNull();
    }),
    { numRuns: 150 },
  );
});

test('bodies of any JSON are answered with 200, 400 or 429', async () => {
  const field = fc.constantFrom('key', 'capacity', 'interval', 'unit', 'cost', 'other');
  const value = fc.oneof(
    fc.constantFrom('s', 'd', 'us', 1, 1000, 60),
    fc.double(),
    fc.maxSafeInteger(),
    fc.string({ unit: 'binary' }),
    fc.jsonValue({ maxDepth: 2 }),
  );
  const question = fc.record({ key: fc.string(), capacity: value, interval: value });
  const body = fc.oneof(question, fc.dictionary(field, value), fc.jsonValue());
  await fc.assert(
    fc.asyncProperty(body, async (sent) => {
      const { status, headers } = await ask(service, JSON.stringify(sent));
      expect([200, 400, 413, 429]).toContain(status);
      const type =
        status === 400 || status === 413 ? 'application/problem+json' : 'application/json';
      expect(headers['content-type']).toBe(type);
    }),
    { numRuns: 500 },
  );
});
