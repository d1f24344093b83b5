/** A batch that is refused whole: who is at fault is found, and nobody else pays for it. */
import { afterEach, describe, expect, test } from 'vitest';
import { ArgusClient, type ClientOptions, type Question } from '../../src/client/client.ts';
import {
  decideAll,
  type FakeService,
  PATIENCE_MS,
  questionsOf,
  type Respond,
  refuse,
  startFake,
} from './fake-service.ts';

const LIMIT = { capacity: 1_000_000, interval: 1, unit: 'm' } as const;

let fake: FakeService;
let client: ArgusClient;

async function start(respond: Respond, options: Partial<ClientOptions> = {}): Promise<void> {
  fake = await startFake(respond);
  client = new ArgusClient({
    url: fake.url,
    timeoutMs: PATIENCE_MS,
    onError: 'allow',
    ...options,
  });
}

afterEach(async () => {
  client.close();
  await fake.stop();
});

/** What was left, which tells the question, or the name of the error. */
async function ask(keys: readonly string[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(keys.map((key) => client.limit({ ...LIMIT, key })));
  return settled.map((one) =>
    one.status === 'fulfilled' ? (one.value.error?.reason ?? one.value.remaining) : one.reason.name,
  );
}

const isBad = ({ key }: Question) => key.startsWith('bad');

/** Refuses all of a request where one question of it is bad. */
const refuseWhole: Respond = (res, asked) => {
  if (questionsOf(asked).some(isBad)) refuse(res, 400, 'a bad one');
  else decideAll(res, asked);
};

const numbered = (count: number, badAt: readonly number[]) =>
  Array.from({ length: count }, (_, i) => `${badAt.includes(i) ? 'bad' : 'k'}${i}`);

describe('where a batch is refused for some of its questions', () => {
  //  how many questions, which of them are bad
  const batches = [
    [2, [0]],
    [2, [1]],
    [3, [1]],
    [7, [0, 6]],
    [100, [3, 4, 98]],
    [1_000, [500]],
    [5, [0, 1, 2, 3, 4]],
  ] as const;
  test.each(batches)('of %i, %j alone are refused', async (count, badAt: readonly number[]) => {
    await start(refuseWhole);
    const wanted = Array.from({ length: count }, (_, i) =>
      badAt.includes(i) ? 'BadQuestionError' : i,
    );
    expect(await ask(numbered(count, badAt))).toEqual(wanted);
  });

  test('each of the others is decided once, and in order', async () => {
    await start(refuseWhole);
    await ask(numbered(20, [4, 11]));
    const decided = fake.asked.map(questionsOf).filter((questions) => !questions.some(isBad));
    const keys = decided.flat().map(({ key }) => key);
    expect(keys).toEqual(numbered(20, [4, 11]).filter((key) => !key.startsWith('bad')));
  });

  test('one bad question of a thousand costs some twenty requests', async () => {
    await start(refuseWhole);
    await ask(numbered(1_000, [0]));
    expect(fake.asked.length).toBeLessThanOrEqual(21);
  });
});

test('a batch that is too large for a proxy is asked in smaller ones', async () => {
  await start((res, asked) => {
    if (asked.body.length <= 2_000) decideAll(res, asked);
    else res.writeHead(413, { 'Content-Type': 'text/html' }).end('<html>too large');
  });
  expect(await ask(numbered(100, []))).toEqual(Array.from({ length: 100 }, (_, i) => i));
  expect(fake.asked.length).toBeGreaterThan(2);
});

describe('what was refused once never passes without a decision', () => {
  //  what becomes of the smaller requests
  const ways: readonly (readonly [string, Respond])[] = [
    ['have no answer in time', () => {}],
    ['lose their connection', (res) => res.destroy()],
    ['are answered by somebody else', (res) => res.writeHead(502).end('<html>Bad Gateway')],
  ];
  test.each(ways)('also where the smaller requests %s', async (_, then) => {
    const respond: Respond = (res, asked) => {
      if (questionsOf(asked).length === 4) refuse(res, 400, 'all of you');
      else then(res, asked);
    };
    await start(respond, { timeoutMs: 500 });
    expect(await ask(numbered(4, []))).toEqual(Array(4).fill('BadQuestionError'));
  });

  test('and nobody waits longer than timeoutMs', async () => {
    const timeoutMs = 400;
    const respond: Respond = (res) => {
      setTimeout(() => refuse(res, 400, 'all of you'), 150);
    };
    await start(respond, { timeoutMs });
    const startMs = performance.now();
    expect(await ask(numbered(64, []))).toEqual(Array(64).fill('BadQuestionError'));
    expect(performance.now() - startMs).toBeLessThan(3 * timeoutMs);
    expect(fake.asked.length).toBeLessThan(8);
  });
});
