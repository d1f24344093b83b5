/** No question sees half of a reload: all of a batch are decided by one reading of the files. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ask, members } from '../support/ask.ts';
import { PoliciesFile } from '../support/policies-file.ts';
import { RawClient } from '../support/raw-http.ts';
import { type Service, startService } from '../support/service.ts';
import { itemsOf, postMany } from '../transport/http/batch.ts';
import { type Over, until } from './shared-services.ts';

/** Several pieces of each policy. */
const OVERRIDES = 300;
const ASKERS = 2;

/** Two policies whose limits, and those of all overrides, have this capacity. */
function textOf(capacity: number): string {
  const limits = `limits: [{name: requests, capacity: ${capacity}, interval: 1d}]`;
  const overrides = Array.from(
    { length: OVERRIDES },
    (_, i) => `      - {keys: ["k:${i}"], ${limits}}\n`,
  ).join('');
  const policy = (name: string) => `  ${name}:\n    ${limits}\n    overrides:\n${overrides}`;
  return `policies:\n${policy('a')}${policy('b')}`;
}

/** What the first and the last piece of both policies bring. */
const LOOKS = ['a', 'b'].flatMap((policy) =>
  ['other', 'k:0', `k:${OVERRIDES - 1}`].map((key) => ({ policy, key, cost: 0 })),
);

/** The capacities that each batch was decided by, in the order of the answers. */
async function capacitiesSeen(service: Service, over: Over): Promise<readonly string[]> {
  const client = await RawClient.connect(service.port);
  const seen: string[] = [];
  while (!over.isOver) {
    const items = itemsOf(await client.send(postMany(LOOKS)).answer());
    const capacities = items.map(({ limit }) => limit).join(' ');
    if (seen.at(-1) !== capacities) seen.push(capacities);
  }
  client.destroy();
  return seen;
}

let file: PoliciesFile;
beforeEach(() => {
  file = new PoliciesFile(textOf(100));
});
afterEach(() => file.remove());

test('while files are swapped under load', async () => {
  const service = await startService({
    flags: ['--threads', '2', '--max-keys', '10000', '--policies', file.path],
  });
  const over = { isOver: false };
  const asking = Array.from({ length: ASKERS }, () => capacitiesSeen(service, over));
  for (let capacity = 101; capacity <= 103; capacity++) {
    file.replace(textOf(capacity));
    service.process.kill('SIGHUP');
    await until(async () => {
      const answer = await ask(service, { policy: 'b', key: 'other', cost: 0 });
      return members(answer)['limit'] === capacity;
    });
  }
  over.isOver = true;
  for (const seen of await Promise.all(asking)) {
    const whole = [100, 101, 102, 103].map((capacity) => LOOKS.map(() => capacity).join(' '));
    // In turn; a busy asker may miss one.
    expect(seen).toEqual(whole.filter((one) => seen.includes(one)));
    expect(seen.length).toBeGreaterThan(1);
  }
  expect(await service.stop()).toBe(0);
});
