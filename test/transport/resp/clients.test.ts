/** Clients as they come, without options: what people have talks to the service. */
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freshKey } from '../../support/ask.ts';
import { askResp, type RespService, startResp } from '../../support/resp-service.ts';
import { isMissing, run } from '../../support/resp-tools.ts';
import { scrape, total } from '../../support/scrape.ts';

const TOKEN = 'open-sesame';
const REFUSED = 'argus_bad_requests_total';

let service: RespService;
beforeAll(async () => {
  service = await startResp({ flags: ['--threads', '2'], env: { ADMIN_TOKEN: TOKEN } });
});
afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

describe.skipIf(isMissing('redis-cli'))('redis-cli', () => {
  async function cli(args: readonly string[], input?: string): Promise<string> {
    const { code, output } = await run(
      'redis-cli',
      ['-p', String(service.respPort), ...args],
      input,
    );
    expect(code, output).toBe(0);
    return output;
  }

  test('asks', async () => {
    const key = freshKey();
    expect(await cli(['CL.THROTTLE', key, '15', '30', '60'])).toBe('0\n16\n15\n-1\n2\n');
    expect(await cli(['THROTTLE', key, '10', '30', '60', '0'])).toMatch(/^1\n10\n9\n2\n0\n$/);
    expect(await cli(['--no-raw', 'PING'])).toBe('PONG\n');
  });

  test('asks under version 3', async () => {
    const key = freshKey();
    const answer = await cli(['-3', '--no-raw', 'CL.THROTTLE', key, '0', '1', '60']);
    expect(answer).toContain('1) (integer) 0\n2) (integer) 1\n3) (integer) 0\n4) (integer) -1\n');
  });

  test('shows the token, from the command line or after', async () => {
    const key = freshKey();
    await cli(['THROTTLE', key, '1', '1', '60']);
    expect(await cli(['--no-auth-warning', '-a', TOKEN, 'DEL', key])).toBe('1\n');
    await cli(['THROTTLE', key, '1', '1', '60']);
    expect(await cli([], `AUTH ${TOKEN}\nDEL ${key}\n`)).toBe('OK\n1\n');
    expect(await cli(['DEL', key])).toContain('NOAUTH');
  });

  test('reads many commands from a pipe', async () => {
    const key = freshKey();
    const line = `THROTTLE ${key} 100 1 3600\r\n`;
    const output = await cli(['--pipe'], line.repeat(1_000));
    expect(output).toContain('errors: 0, replies: 1000');
    expect(await askResp(service, `THROTTLE ${key} 100 1 3600 0`)).toMatch(/^\*\[:1 :100 :0 /);
  });
});

test.skipIf(isMissing('redis-benchmark'))('redis-benchmark', { timeout: 120_000 }, async () => {
  const args = ['-p', String(service.respPort), '-n', '20000', '-c', '20', '-P', '16', '-q'];
  const before = await scrape(service);
  const command = ['CL.THROTTLE', 'user:__rand_int__', '1000', '1000', '3600'];
  const { code, output } = await run('redis-benchmark', [...args, '-r', '1000', ...command]);
  expect(code, output).toBe(0);
  expect(output).toMatch(/[\d.]+ requests per second/);
  expect(output).not.toMatch(/WARN|ERR|rror/);
  const after = await scrape(service);
  const decisions = (samples: typeof after) => total(samples, 'argus_decisions_total');
  expect(decisions(after) - decisions(before)).toBeGreaterThanOrEqual(20_000);
  expect(total(after, REFUSED)).toBe(total(before, REFUSED));
});

describe('ioredis', () => {
  test('asks, by itself and in a pipeline', async () => {
    const redis = new Redis(service.respPort);
    const key = freshKey();
    expect(await redis.call('CL.THROTTLE', key, 15, 30, 60)).toEqual([0, 16, 15, -1, 2]);
    const pipeline = redis.pipeline();
    for (let i = 0; i < 100; i++) pipeline.call('THROTTLE', `${key} many`, 50, 1, 3_600);
    const answers = (await pipeline.exec()) ?? [];
    expect(
      answers.filter(([error, answer]) => !error && (answer as number[])[0] === 1),
    ).toHaveLength(50);
    await expect(redis.call('CL.THROTTLE', key)).rejects.toThrow('Usage: cl.throttle');
    expect(await redis.ping()).toBe('PONG');
    await redis.quit();
  });

  test('asks in a transaction', async () => {
    const redis = new Redis(service.respPort);
    const key = freshKey();
    const transaction = redis.multi();
    for (let i = 0; i < 3; i++) transaction.call('CL.THROTTLE', key, 1, 1, 3_600);
    const answers = (await transaction.exec()) ?? [];
    expect(answers.map(([, answer]) => (answer as number[]).slice(0, 3))).toEqual([
      [0, 2, 1],
      [0, 2, 0],
      [1, 2, 0],
    ]);
    await redis.quit();
  });

  test('with a password and a name resets keys', async () => {
    const redis = new Redis({ port: service.respPort, password: TOKEN, connectionName: 'tests' });
    const key = freshKey();
    await redis.call('THROTTLE', key, 1, 1, 3_600);
    expect(await redis.del(key)).toBe(1);
    expect(await redis.client('GETNAME')).toBe('tests');
    redis.disconnect();
  });
});

describe('redis', () => {
  test('asks, by itself and many at once', async () => {
    const client = createClient({ url: `redis://127.0.0.1:${service.respPort}` });
    await client.connect();
    const key = freshKey();
    const asked = ['CL.THROTTLE', key, '15', '30', '60'];
    expect(await client.sendCommand(asked)).toEqual([0, 16, 15, -1, 2]);
    const answers = await Promise.all(
      Array.from({ length: 100 }, () =>
        client.sendCommand<number[]>(['THROTTLE', `${key} many`, '50', '1', '3600']),
      ),
    );
    expect(answers.filter(([allowed]) => allowed === 1)).toHaveLength(50);
    await expect(client.sendCommand(['CL.THROTTLE', key])).rejects.toThrow('Usage: cl.throttle');
    expect(await client.ping()).toBe('PONG');
    await client.close();
  });

  test('with a password and a name resets keys', async () => {
    const client = createClient({
      url: `redis://:${TOKEN}@127.0.0.1:${service.respPort}`,
      name: 'tests',
    });
    await client.connect();
    const key = freshKey();
    await client.sendCommand(['THROTTLE', key, '1', '1', '3600']);
    expect(await client.del(key)).toBe(1);
    expect(await client.clientGetName()).toBe('tests');
    client.destroy();
  });

  test('asks in a transaction', async () => {
    const client = createClient({ url: `redis://127.0.0.1:${service.respPort}` });
    await client.connect();
    const asked = ['CL.THROTTLE', freshKey(), '0', '1', '3600'];
    const answers = await client.multi().addCommand(asked).addCommand(asked).ping().exec();
    expect(answers).toEqual([[0, 1, 0, -1, 3_600], [1, 1, 0, 3_600, 3_600], 'PONG']);
    await client.close();
  });

  test('with RESP 2', async () => {
    const client = createClient({ url: `redis://127.0.0.1:${service.respPort}`, RESP: 2 });
    await client.connect();
    expect(await client.configGet('save')).toEqual({ save: '' });
    await client.close();
  });
});
