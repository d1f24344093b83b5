/**
 * Tokens of a language model, of which nobody knows beforehand how many it takes: asked for with an
 * estimate, settled with what it really took.
 */
import { ArgusClient } from '@argus-limit/argus/client';

const url = process.env['ARGUS_URL'] ?? 'http://127.0.0.1:8123';
const policy = process.env['ARGUS_POLICY'];
const client = new ArgusClient({ url, timeoutMs: 2_000, onError: 'throw' });

// A thousand an hour; or as many as a policy of the service says.
const own = { key: 'grace', capacity: 1_000, interval: 1, unit: 'h' } as const;
const tokens = policy === undefined ? own : { policy, key: 'grace' };

/** The longest answer that the model is asked for, and the prompt. */
const ESTIMATE = 400;

/** Stands in for the model: says how many tokens an answer took. It holds to no estimate. */
async function complete(prompt: string): Promise<number> {
  return prompt.startsWith('Tell me all') ? 900 : 120;
}

for (const prompt of ['Say hello', 'Tell me all about limits', 'Say goodbye']) {
  const { allowed, retryAfterMs } = await client.limit({ ...tokens, cost: ESTIMATE });
  if (!allowed) {
    console.log(`denied for ${(retryAfterMs ?? 0) / 1_000} s`);
    continue;
  }
  let used = 0;
  try {
    used = await complete(prompt);
  } finally {
    // All of it comes back where the model failed. What is above the estimate is taken in any case.
    const settled = await client.settle(tokens, ESTIMATE, used);
    const left = settled.answered ? settled.decision?.remaining : 'nobody knows what is';
    console.log(`asked for ${ESTIMATE}, took ${used}: ${left} left`);
  }
}
client.close();
