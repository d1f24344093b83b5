/** Which questions go together, and which answer belongs to whom. */
import { afterEach, describe, expect, test } from 'vitest';
import { ArgusClient, BadQuestionError, type Question } from '../../src/client/client.ts';
import {
  decideAll,
  decisionOn,
  type FakeService,
  PATIENCE_MS,
  questionsOf,
  type Respond,
  startFake,
} from './fake-service.ts';

const LIMIT = { capacity: 1_000_000, interval: 1, unit: 'm' } as const;

let fake: FakeService;
let client: ArgusClient;

async function start(respond?: Respond): Promise<void> {
  fake = await startFake(respond);
  client = new ArgusClient({ url: fake.url, timeoutMs: PATIENCE_MS });
}

afterEach(async () => {
  client.close();
  await fake.stop();
});

/** What became of each: what was left, which tells the question, or the error. */
async function ask(questions: readonly Question[]): Promise<unknown[]> {
  const settled = await Promise.allSettled(questions.map((one) => client.limit(one)));
  return settled.map((one) => (one.status === 'fulfilled' ? one.value.remaining : one.reason));
}

function questions(count: number, prefix = 'k'): Question[] {
  return Array.from({ length: count }, (_, i) => ({ ...LIMIT, key: `${prefix}${i}` }));
}

function numbers(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

describe('one request', () => {
  test('a single question goes alone, as it was asked, and asks for JSON', async () => {
    await start();
    const question = { key: 'k7', capacity: 9, interval: 5, unit: 'm', cost: 2 } as const;
    expect(await client.limit(question)).toEqual(decisionOn(question));
    expect(fake.asked).toHaveLength(1);
    expect(fake.asked[0]).toMatchObject({
      path: '/api/v1/limit',
      headers: { accept: 'application/json', connection: 'keep-alive' },
    });
    expect(JSON.parse(fake.asked[0]?.body ?? '')).toEqual(question);
  });

  test('calls of one tick are one request, answered in order', async () => {
    await start();
    expect(await ask(questions(5))).toEqual(numbers(5));
    expect(fake.asked.map(({ path }) => path)).toEqual(['/api/v1/limits']);
    expect(fake.asked.flatMap(questionsOf)).toEqual(questions(5));
  });

  test('so are calls from several callbacks of one turn of the event loop', async () => {
    await start();
    const answers = await new Promise<unknown>((resolve) => {
      setImmediate(() => {
        const first = client.limit({ ...LIMIT, key: 'k1' });
        const second = Promise.resolve().then(() => client.limit({ ...LIMIT, key: 'k2' }));
        const third = new Promise((answer) => {
          process.nextTick(() => answer(client.limit({ ...LIMIT, key: 'k3' })));
        });
        resolve(Promise.all([first, second, third]));
      });
    });
    expect(answers).toMatchObject([{ remaining: 1 }, { remaining: 2 }, { remaining: 3 }]);
    expect(fake.asked).toHaveLength(1);
  });

  test('calls of two turns are two requests', async () => {
    await start();
    const first = client.limit({ ...LIMIT, key: 'k1' });
    await new Promise((resolve) => setImmediate(resolve));
    const second = client.limit({ ...LIMIT, key: 'k2' });
    await Promise.all([first, second]);
    expect(fake.asked.map(({ path }) => path)).toEqual(['/api/v1/limit', '/api/v1/limit']);
  });

  test('a question is asked as it was when limit() was called', async () => {
    await start();
    const question = { ...LIMIT, key: 'k1' };
    const decision = client.limit(question);
    question.key = 'k2';
    expect(await decision).toMatchObject({ remaining: 1 });
  });

  test('a path of the url goes before that of the request', async () => {
    await start();
    client = new ArgusClient({ url: `${fake.url}/limits/of/ours/`, timeoutMs: PATIENCE_MS });
    await client.limit({ ...LIMIT, key: 'k1' });
    expect(fake.asked[0]?.path).toBe('/limits/of/ours/api/v1/limit');
  });
});

describe('several requests', () => {
  test('above 1000 calls of one tick go as several, each answered to its caller', async () => {
    await start();
    expect(await ask(questions(2_501))).toEqual(numbers(2_501));
    const sizes = fake.asked.map((asked) => questionsOf(asked).length);
    expect(sizes.toSorted()).toEqual([1_000, 1_000, 501]);
  });

  test('so do fewer with long keys: no body is above 512 KiB', async () => {
    await start();
    // Six bytes of JSON a character, so that 256 of them are the longest good key.
    const longest = '\u0001'.repeat(252);
    expect(await ask(questions(1_000, longest))).toEqual(numbers(1_000));
    const bytes = fake.asked.map(({ body }) => Buffer.byteLength(body));
    expect(fake.asked.length).toBeGreaterThan(1);
    expect(Math.max(...bytes)).toBeLessThanOrEqual(512 * 1_024);
  });

  test('bytes are counted, not characters', async () => {
    await start();
    expect(await ask(questions(1_000, 'ä'.repeat(300)))).toEqual(numbers(1_000));
    const bytes = fake.asked.map(({ body }) => Buffer.byteLength(body));
    expect(Math.max(...bytes)).toBeLessThanOrEqual(512 * 1_024);
  });

  test('a last one alone is asked alone', async () => {
    await start();
    await ask(questions(1_001));
    expect(fake.asked.map(({ path }) => path).toSorted()).toEqual([
      '/api/v1/limit',
      '/api/v1/limits',
    ]);
  });
});

/** Refuses what has no good capacity, as the service does. */
const refuseBadOnes: Respond = (res, asked) => {
  const answers = questionsOf(asked).map((question) =>
    question.capacity > 0
      ? decisionOn(question)
      : { error: { field: 'capacity', detail: 'capacity must be from 1' } },
  );
  res.end(JSON.stringify(answers));
};

describe('a wrong question', () => {
  test('rejects its own call only', async () => {
    await start(refuseBadOnes);
    const asked = questions(4).with(2, { ...LIMIT, key: 'k2', capacity: 0 });
    const answers = await ask(asked);
    expect(answers.toSpliced(2, 1)).toEqual([0, 1, 3]);
    expect(answers[2]).toBeInstanceOf(BadQuestionError);
    expect(answers[2]).toMatchObject({ field: 'capacity', detail: 'capacity must be from 1' });
  });

  //  what it is, the question
  const unsendable = [
    ['far too long', { ...LIMIT, key: 'k'.repeat(1_000_000) }],
    ['no JSON', { ...LIMIT, key: 'k', capacity: 1n }],
    ['nothing', undefined],
  ] as const;
  test.each(unsendable)('that is %s is never sent', async (_, question) => {
    await start();
    const [first, bad, last] = await ask([
      { ...LIMIT, key: 'k1' },
      question as unknown as Question,
      { ...LIMIT, key: 'k3' },
    ]);
    expect([first, last]).toEqual([1, 3]);
    expect(bad).toBeInstanceOf(BadQuestionError);
    expect(fake.asked.flatMap(questionsOf).map(({ key }) => key)).toEqual(['k1', 'k3']);
  });

  test('keeps its unknown fields, for the service to refuse', async () => {
    await start();
    await client.limit({ ...LIMIT, key: 'k1', cots: 5 } as Question);
    expect(JSON.parse(fake.asked[0]?.body ?? '')).toMatchObject({ cots: 5 });
  });

  test('of which one has no decision and no error leaves the others theirs', async () => {
    await start((res, asked) => {
      if (!asked.body.startsWith('[')) return decideAll(res, asked);
      res.end(JSON.stringify([...questionsOf(asked).map(decisionOn).slice(1), { allowed: true }]));
    });
    const [first, second] = await ask(questions(2));
    expect(first).toBe(1);
    expect(second).toMatchObject({ reason: 'answer' });
  });
});
