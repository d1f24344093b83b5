/**
 * Limits that instances share, as the client sees them: `strict` in a question, `source` in a
 * decision.
 */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ArgusClient } from '../../src/client/client.ts';
import { SOURCES } from '../../src/contract/sources.ts';
import {
  decisionOn,
  type FakeService,
  PATIENCE_MS,
  questionsOf,
  startFake,
} from './fake-service.ts';

const LIMIT = { capacity: 5, interval: 1 } as const;

let fake: FakeService;
let client: ArgusClient;
let source: unknown;
beforeEach(async () => {
  fake = await startFake((res, asked) => {
    const decisions = questionsOf(asked).map((one) => ({ ...decisionOn(one), source }));
    res.end(JSON.stringify(asked.body.startsWith('[') ? decisions : decisions[0]));
  });
  client = new ArgusClient({ url: fake.url, timeoutMs: PATIENCE_MS });
});
afterEach(async () => {
  client.close();
  await fake.stop();
});

test('strict goes with the question, true or false', async () => {
  await Promise.all(
    [true, false, undefined].map((strict) => client.limit({ ...LIMIT, key: 'k1', strict })),
  );
  const asked = fake.asked.flatMap(questionsOf);
  expect(asked.map(({ strict }) => strict)).toEqual([true, false, undefined]);
});

test.each(SOURCES)('a decision says that it came from: %s', async (from) => {
  source = from;
  expect(await client.limit({ ...LIMIT, key: 'k1' })).toEqual({
    ...decisionOn({ ...LIMIT, key: 'k1' }),
    source: from,
  });
  const both = ['k1', 'k2'].map((key) => client.limit({ ...LIMIT, key }));
  expect((await Promise.all(both)).map((decision) => decision.source)).toEqual([from, from]);
});

//  a source that this client does not know
test.each(['moon', 5, null, {}])(
  'a decision from %o counts, and does not say from where',
  async (from) => {
    source = from;
    const decision = await client.limit({ ...LIMIT, key: 'k1' });
    expect(decision).toEqual(decisionOn({ ...LIMIT, key: 'k1' }));
  },
);
