/** Large bodies that arrive slowly hold so much memory and no more, and are in nobody's way. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MOST_BATCH_BYTES } from '../../src/contract/bounds.ts';
import { ask, exchange, freshKey, request } from '../support/ask.ts';
import { expectProblem } from '../support/problem.ts';
import { RawClient } from '../support/raw-http.ts';
import { scrape } from '../support/scrape.ts';
import { type Service, startService } from '../support/service.ts';
import { askMany, itemsOf, LIMITS_PATH, postMany } from './http/batch.ts';
import { HeldLimiter } from './http/held-limiter.ts';
import { HttpHarness } from './http/http-harness.ts';

const MOST_BYTES = 32 * 1_024 * 1_024;
/** Together a quarter more than there is room for. */
const CLIENTS = (1.25 * MOST_BYTES) / MOST_BATCH_BYTES;
const LACKING = 10;
const PATIENCE_MS = 15_000;

let service: Service;
beforeAll(async () => {
  const most = ['--max-client-bytes', String(MOST_BYTES)];
  service = await startService({ flags: ['--threads', '1', ...most] });
});
afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

const question = () => ({ key: freshKey(), capacity: 5, interval: 60 });
const large = () => postMany(JSON.stringify([question()]).padEnd(MOST_BATCH_BYTES));

/** Clients which have sent all of a large body but its end. */
function almostSent(count: number, bytes: Buffer = large()): Promise<readonly RawClient[]> {
  return Promise.all(
    Array.from({ length: count }, async () => {
      const client = await RawClient.connect(service.port);
      client.send(bytes.subarray(0, -LACKING));
      return client;
    }),
  );
}

/** The same body as a chunk, of which nobody knows before how long it is. */
function largeChunk(): Buffer {
  const head = request('POST', LIMITS_PATH, { 'Transfer-Encoding': 'chunked' });
  const size = MOST_BATCH_BYTES.toString(16);
  return Buffer.from(`${head}${size}\r\n${' '.repeat(MOST_BATCH_BYTES)}`);
}

/** Resolves when what clients hold is at least, or at most, so much. */
async function holds(isEnough: (bytes: number) => boolean): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const bytes = (await scrape(service)).get('argus_client_bytes') ?? Number.NaN;
    if (isEnough(bytes)) return;
    if (Date.now() > deadline) throw new Error(`Clients hold ${bytes} bytes`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

test('more than there is room for are all answered, and small ones meanwhile', async () => {
  const slow = await almostSent(CLIENTS);
  await holds((bytes) => bytes > MOST_BYTES / 2);
  for (let i = 0; i < 20; i++) expect((await ask(service, question())).status).toBe(200);
  expect(itemsOf(await askMany(service, [question(), question()]))).toHaveLength(2);
  await holds((bytes) => bytes <= MOST_BYTES);
  for (const client of slow) client.send(' '.repeat(LACKING));
  const answers = await Promise.all(slow.map((client) => client.answer()));
  expect(answers.map(({ status }) => status)).toEqual(Array(CLIENTS).fill(200));
  for (const client of slow) client.destroy();
  await holds((bytes) => bytes === 0);
  const closed = (await scrape(service)).get('argus_clients_closed_total{reason="memory"}');
  expect(closed).toBe(0);
});

//  what slow clients do, the body they had begun, how they go on
const tooMuch = `${' '.repeat(LACKING)}\r\n1\r\n \r\n`;
const ways: readonly (readonly [string, () => Buffer, (client: RawClient) => void])[] = [
  ['reset their connections', large, (client) => client.reset()],
  ['end their connections', large, (client) => client.end()],
  ['send more than anybody may', largeChunk, (client) => client.send(tooMuch)],
  ['send what was wanted', large, (client) => client.send(' '.repeat(LACKING))],
];
test.each(ways)('there is room for all again when they %s', async (_, bytes, goOn) => {
  const slow = await almostSent(10, bytes());
  await holds((held) => held >= 10 * (MOST_BATCH_BYTES - LACKING));
  for (const client of slow) goOn(client);
  await holds((held) => held === 0);
  for (const client of slow) client.destroy();
});

test('a body for which there is no room gets 503, and small ones are read', async () => {
  const limiter = new HeldLimiter();
  const http = await HttpHarness.start(limiter, { maxClientBytes: 900_000 });
  const held = JSON.stringify([{ ...question(), key: 'held' }]).padEnd(MOST_BATCH_BYTES);
  // A large one is counted until it is answered.
  const first = exchange(http, postMany(held));
  await limiter.waitsFor('held');
  const second = await exchange(http, postMany(held));
  expectProblem(second, 503, 'no room');
  expect(second.headers).toMatchObject({ 'retry-after': '1', connection: 'close' });
  expect((await ask(http, question())).status).toBe(200);
  limiter.allow('held');
  expect((await first).status).toBe(200);
  await http.close();
});
