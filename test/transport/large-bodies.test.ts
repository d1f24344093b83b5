/** Large bodies that arrive slowly hold so much memory and no more, and are in nobody's way. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MOST_BATCH_BYTES, MOST_HELD_BYTES } from '../../src/transport/http/body.ts';
import { ask, exchange, freshKey, request } from '../support/ask.ts';
import { askMany, BATCH_PATH, itemsOf, postMany } from '../support/batch.ts';
import { expectProblem } from '../support/problem.ts';
import { type Answer, RawClient } from '../support/raw-http.ts';
import { type Service, startService } from '../support/service.ts';

/** As many as there is room for. */
const MOST_LARGE = MOST_HELD_BYTES / MOST_BATCH_BYTES;
const LACKING = 10;

let service: Service;
beforeAll(async () => {
  service = await startService({ flags: ['--threads', '1', '--request-timeout-ms', '60000'] });
});
afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

const question = () => ({ key: freshKey(), capacity: 5, interval: 60 });
const large = () => postMany(JSON.stringify([question()]).padEnd(MOST_BATCH_BYTES));

/** As many clients as there is room for, which have sent all of a large body but its end. */
function almostSent(bytes = large()): Promise<readonly RawClient[]> {
  return Promise.all(
    Array.from({ length: MOST_LARGE }, async () => {
      const client = await RawClient.connect(service.port);
      await client.sent(bytes.subarray(0, -LACKING));
      return client;
    }),
  );
}

/** The same body as a chunk, of which nobody knows before how long it is. */
function largeChunk(): Buffer {
  const head = request('POST', BATCH_PATH, { 'Transfer-Encoding': 'chunked' });
  const size = MOST_BATCH_BYTES.toString(16);
  return Buffer.from(`${head}${size}\r\n${' '.repeat(MOST_BATCH_BYTES)}`);
}

/** Sends as many large bodies at once as there should be room for, until all are taken. */
async function untilRoom(): Promise<void> {
  for (;;) {
    const fill = await almostSent();
    const answers = await Promise.all(
      fill.map((client) => client.send(' '.repeat(LACKING)).answer()),
    );
    for (const client of fill) client.destroy();
    if (answers.every(({ status }) => status === 200)) return;
  }
}

/**
 * Sends large bodies until one is refused, or one of the slow, which came after it: either shows that
 * there is no more room.
 */
async function untilFull(slow: readonly RawClient[]): Promise<void> {
  let isRefused = false;
  const refused = () => {
    isRefused = true;
  };
  for (const client of slow) client.answer().then(refused, () => undefined);
  while (!isRefused && (await exchange(service, large())).status === 200);
}

test('beyond what there is room for they get 503, and small ones are answered', async () => {
  const slow = [...(await almostSent()), ...(await almostSent())];
  const refused: Answer[] = [];
  const { promise: half, resolve } = Promise.withResolvers<void>();
  const answers = slow.map(async (client) => {
    const answer = await client.answer();
    if (answer.status === 503 && refused.push(answer) === MOST_LARGE) resolve();
    return answer.status;
  });
  // No client has finished: whoever is not refused holds what it has sent.
  await half;
  for (const answer of refused) {
    expectProblem(answer, 503, 'no room');
    expect(answer.headers).toMatchObject({ 'retry-after': '1', connection: 'close' });
  }
  expect((await ask(service, question())).status).toBe(200);
  expect(itemsOf(await askMany(service, [question(), question()]))).toHaveLength(2);
  for (const client of slow) client.send(' '.repeat(LACKING));
  const statuses = await Promise.all(answers);
  expect(new Set(statuses)).toEqual(new Set([200, 503]));
  expect(statuses.filter((status) => status === 200).length).toBeLessThanOrEqual(MOST_LARGE);
  await untilRoom();
  for (const client of slow) client.destroy();
});

//  what slow clients do, the body they had begun, how they go on
const ways: readonly (readonly [string, () => Buffer, (client: RawClient) => void])[] = [
  ['reset their connections', large, (client) => client.reset()],
  ['end their connections', large, (client) => client.end()],
  ['send more than anybody may', largeChunk, (client) => client.send(tooMuch)],
];
const tooMuch = `${' '.repeat(LACKING)}\r\n1\r\n \r\n`;

test.each(ways)('there is room for all again when they %s', async (_, bytes, goOn) => {
  const slow = await almostSent(bytes());
  await untilFull(slow);
  for (const client of slow) goOn(client);
  await untilRoom();
  for (const client of slow) client.destroy();
});
