/** Connections are kept, bounded and given up; nothing is sent twice, nothing piles up. */
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { ArgusClient, type ClientOptions, type Question } from '../../src/client/client.ts';
import { runService } from '../support/service.ts';
import { decideAll, type FakeService, questionsOf, type Respond, until } from './fake-service.ts';
import { started } from './started.ts';

const { both } = started();
let fake: FakeService;
let client: ArgusClient;

async function start(respond?: Respond, options?: Partial<ClientOptions>): Promise<void> {
  ({ fake, client } = await both(respond, options));
}

function question(key: string): Question {
  return { key, capacity: 1_000_000, interval: 1, unit: 'm' };
}

function turn(): Promise<unknown> {
  return new Promise((resolve) => setImmediate(resolve));
}

describe('a connection', () => {
  test('serves one call after another', async () => {
    await start();
    for (let i = 0; i < 50; i++) expect((await client.limit(question(`k${i}`))).remaining).toBe(i);
    expect(fake.sockets).toHaveLength(1);
  });

  test('is one of at most as many as are allowed, and the calls wait their turn', async () => {
    const held: (() => void)[] = [];
    await start((res, asked) => held.push(() => decideAll(res, asked)), { maxSockets: 3 });
    const calls: Promise<unknown>[] = [];
    for (let i = 0; i < 10; i++) {
      calls.push(client.limit(question(`k${i}`)));
      await turn();
    }
    for (let i = 0; i < 10; i++) {
      await until(() => held.length > 0);
      held.shift()?.();
    }
    const answers = (await Promise.all(calls)) as { remaining: number }[];
    expect(answers.map(({ remaining }) => remaining)).toEqual([...calls.keys()]);
    expect(fake.sockets).toHaveLength(3);
  });

  test('that the service closes while it is idle costs no call', async () => {
    await start();
    for (let i = 0; i < 20; i++) {
      await client.limit(question(`k${i}`));
      // Without a word in the answer, as after an idle time or at a restart.
      const socket = fake.sockets[i];
      socket?.end();
      await until(() => socket?.closed === true);
    }
    expect(fake.sockets).toHaveLength(20);
  });

  test('is not used again when the service announces that it closes it soon', async () => {
    await start((res, asked) => {
      res.setHeader('Connection', 'keep-alive').setHeader('Keep-Alive', 'timeout=1');
      decideAll(res, asked);
    });
    for (let i = 0; i < 3; i++) await client.limit(question(`k${i}`));
    expect(fake.sockets).toHaveLength(3);
  });

  test('is closed before the service, as it announced, closes it', async () => {
    await start((res, asked) => {
      res.setHeader('Connection', 'keep-alive').setHeader('Keep-Alive', 'timeout=2');
      decideAll(res, asked);
    });
    for (let i = 0; i < 3; i++) await client.limit(question(`k${i}`));
    expect(fake.sockets).toHaveLength(1);
    // The fake itself waits for longer than until() does.
    await until(() => fake.sockets[0]?.destroyed === true);
  });

  test('is closed at once by close(), and not only when it has been idle', async () => {
    await start();
    await client.limit(question('k1'));
    client.close();
    const [socket] = fake.sockets;
    await expect.poll(() => socket?.destroyed, { timeout: 3_000 }).toBe(true);
  });

  test('does not keep the process running while it is idle', async () => {
    await start();
    const script = fileURLToPath(new URL('ask-once.ts', import.meta.url));
    const child = runService({ script, flags: [fake.url] });
    expect([await child.ended, child.output()]).toEqual([0, 'true\n']);
  });
});

describe('a call that was sent', () => {
  test('is not sent again when its kept connection breaks', async () => {
    let answered = 0;
    await start((res, asked) => {
      if (answered++ === 0) decideAll(res, asked);
      else res.socket?.resetAndDestroy();
    });
    await client.limit(question('k1'));
    await expect(client.limit(question('k2'))).rejects.toMatchObject({ reason: 'connection' });
    await expect(client.limit(question('k3'))).rejects.toMatchObject({ reason: 'connection' });
    expect(fake.asked.flatMap(questionsOf).map(({ key }) => key)).toEqual(['k1', 'k2', 'k3']);
  });

  test('has its late answer discarded: it is nobody else’s', async () => {
    const late: (() => void)[] = [];
    await start((res, asked) => {
      if (fake.asked.length === 1) late.push(() => decideAll(res, asked));
      else decideAll(res, asked);
    });
    client = new ArgusClient({ url: fake.url, timeoutMs: 100, onError: 'deny', maxSockets: 1 });
    expect(await client.limit(question('k1'))).toMatchObject({ error: { reason: 'timeout' } });
    late[0]?.();
    // However often it times out on a busy machine: what is answered is what was asked.
    const decision = await client.limit(question('k2'));
    if (decision.error === undefined) expect(decision.remaining).toBe(2);
    await until(() => fake.sockets[0]?.destroyed === true);
  });

  test('times out while it waits for a connection too', async () => {
    await start(() => {}, { maxSockets: 1 });
    const patient = client.limit(question('k1')).catch(() => {});
    const hasty = new ArgusClient({ url: fake.url, timeoutMs: 50, maxSockets: 1 });
    const calls: Promise<unknown>[] = [];
    for (let i = 0; i < 20; i++) {
      calls.push(hasty.limit(question(`h${i}`)));
      await turn();
    }
    const answers = await Promise.allSettled(calls);
    for (const answer of answers) expect(answer).toMatchObject({ reason: { reason: 'timeout' } });
    // What was given up is not sent any more, nor are connections opened for it.
    await until(() => fake.sockets.slice(1).every(({ destroyed }) => destroyed));
    expect(fake.sockets.length).toBeLessThan(10);
    hasty.close();
    client.close();
    await patient;
  });

  test('does not time out because this process was busy when the answer came', async () => {
    const worker = new Worker(new URL('fake-worker.ts', import.meta.url));
    const [url] = (await once(worker, 'message')) as [string];
    client = new ArgusClient({ url, timeoutMs: 150 });
    // Until there is a connection, however busy the machine is.
    while (!(await client.limit(question('k1')).catch(() => null)));
    const call = client.limit(question('k7'));
    await turn();
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_000);
    expect(await call).toMatchObject({ remaining: 7 });
    await worker.terminate();
  });
});

test('10,000 calls leave no timers, listeners or memory behind', async () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const warnings: Error[] = [];
  const warn = (warning: Error) => warnings.push(warning);
  process.on('warning', warn);
  await start((res, asked) => {
    if (questionsOf(asked).some(({ key }) => key === 'break')) res.destroy();
    else decideAll(res, asked);
    (fake.asked as unknown[]).length = 0;
  });
  const timers = () =>
    process.getActiveResourcesInfo().filter((name) => /Timeout|Immediate/.test(name)).length;
  const callMany = async () => {
    for (let i = 0; i < 500; i++) {
      const key = i % 10 === 0 ? 'break' : `k${i}`;
      await Promise.allSettled(Array.from({ length: 10 }, () => client.limit(question(key))));
    }
    collect();
    return process.memoryUsage().heapUsed;
  };
  await callMany();
  const timersBefore = timers();
  const before = await callMany();
  const after = await callMany();
  expect(timers()).toBeLessThanOrEqual(timersBefore + 2);
  expect(after - before).toBeLessThan(3_000_000);
  const open = fake.sockets.filter(({ destroyed }) => !destroyed);
  expect(open.length).toBeLessThanOrEqual(16);
  expect(warnings).toEqual([]);
  process.off('warning', warn);
});
