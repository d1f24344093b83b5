/** The Redis protocol as a running service speaks it, beside HTTP. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, freshKey, members, request } from '../../support/ask.ts';
import { RawClient } from '../../support/raw-http.ts';
import { RespClient } from '../../support/resp-client.ts';
import { frame, words } from '../../support/resp-frames.ts';
import { askResp, type RespService, startResp } from '../../support/resp-service.ts';
import { scrape, total } from '../../support/scrape.ts';

const ALTERED = fileURLToPath(new URL('../../support/altered-service.ts', import.meta.url));
const TOKEN = 'open-sesame';

let service: RespService;
beforeAll(async () => {
  service = await startResp({ flags: ['--threads', '2'], env: { ADMIN_TOKEN: TOKEN } });
});
afterAll(async () => {
  expect(await askResp(service, 'PING')).toBe('+PONG');
  expect(await service.stop()).toBe(0);
});

function http(key: string, more: object = {}): Promise<Record<string, unknown>> {
  return ask(service, { key, capacity: 10, interval: 600, ...more }).then(members);
}

describe('a bucket is one over HTTP and the Redis protocol', () => {
  test('what is taken over HTTP is gone here', async () => {
    const key = freshKey();
    await http(key, { cost: 8 });
    expect(await askResp(service, `THROTTLE ${key} 10 10 600`)).toMatch(/^\*\[:1 :10 :1 /);
    expect(await askResp(service, `CL.THROTTLE ${key} 9 10 600`)).toMatch(/^\*\[:0 :10 :0 :-1 /);
    expect(await askResp(service, `CL.THROTTLE ${key} 9 10 600`)).toMatch(/^\*\[:1 :10 :0 :/);
    expect(await http(key)).toMatchObject({ allowed: false, remaining: 0 });
  });

  test('what is taken here is gone over HTTP', async () => {
    const key = `ключ ${freshKey()}`;
    const client = await RespClient.connect(service.respPort);
    const taken = frame('CL.THROTTLE', key, 9, 10, 600, 10);
    expect(await client.send(taken).reply()).toMatch(/^\*\[:0 :10 :0 :-1 /);
    expect(await http(key)).toMatchObject({ allowed: false, remaining: 0 });
    const given = frame('THROTTLE', key, 10, 10, 600, -4);
    expect(await client.send(given).reply()).toMatch(/^\*\[:1 :10 :4 /);
    expect(await http(key, { cost: 4 })).toMatchObject({ allowed: true, remaining: 0 });
    client.destroy();
  });

  test('and DEL fills it, on whichever thread', async () => {
    const key = freshKey();
    await http(key, { cost: 10 });
    const clients = [];
    for (let i = 0; i < 6; i++) clients.push(await RespClient.connect(service.respPort));
    for (const client of clients) {
      expect(await client.ask(`DEL ${key}`)).toMatch(/^-NOAUTH /);
      expect(await client.ask(`AUTH ${TOKEN}`)).toBe('+OK');
      expect(await client.ask(`DEL ${key}`)).toBe(':1');
      expect(await http(key, { cost: 10 })).toMatchObject({ allowed: true });
      client.destroy();
    }
    expect(await askResp(service, `DEL ${freshKey()}`)).toMatch(/^-NOAUTH /);
  });
});

test('connections have a number each, on whichever thread', async () => {
  const ids = new Set<string>();
  for (let i = 0; i < 20; i++) ids.add(await askResp(service, 'CLIENT ID'));
  expect(ids.size).toBe(20);
});

test('a client that says it is done gets its answers, then the end', async () => {
  const client = await RespClient.connect(service.respPort);
  client.send(Buffer.concat([words('PING a'), words('PING b'), words('PI')])).end();
  expect((await client.rest()).slice(0, 2)).toEqual(['$a', '$b']);
  const half = await RespClient.connect(service.respPort);
  half.send(Buffer.concat([words('PING a'), Buffer.from('*1\r\n$4\r\nPI')])).end();
  expect(await half.rest()).toEqual(['$a']);
});

test('a wrong frame is answered to the last byte though more is on its way', async () => {
  const client = await RespClient.connect(service.respPort);
  const more = Buffer.alloc(1_000_000, 'a');
  client.send(Buffer.concat([words('PING'), Buffer.from('*1\r\n$-5\r\n'), more]));
  expect(await client.rest()).toEqual(['+PONG', '-ERR Protocol error: invalid bulk length']);
  client.destroy();
});

test('decisions, durations and errors are counted as of this transport', async () => {
  const before = await scrape(service);
  const key = freshKey();
  const client = await RespClient.connect(service.respPort);
  for (let i = 0; i < 5; i++) await client.ask(`CL.THROTTLE ${key} 2 1 600`);
  await client.ask('CL.THROTTLE');
  await client.ask('NOPE');
  await client.ask('AUTH wrong');
  client.send('*x\r\n');
  await client.rest();
  const after = await scrape(service);
  const grown = (name: string) => total(after, name) - total(before, name);
  expect(grown('argus_decisions_total{transport="resp",outcome="allowed"}')).toBe(3);
  expect(grown('argus_decisions_total{transport="resp",outcome="denied"}')).toBe(2);
  expect(grown('argus_decision_duration_seconds_count')).toBe(5);
  for (const reason of ['bad_field', 'unknown_command', 'unauthorized', 'malformed_resp']) {
    expect(grown(`argus_bad_requests_total{reason="${reason}"}`)).toBe(1);
  }
  client.destroy();
});

test('connections beyond MAX_CONNECTIONS are closed, and are those of both ports', async () => {
  const flags = ['--threads', '2', '--max-connections', '5'];
  const few = await startResp({ flags });
  const clients = [];
  for (let i = 0; i < 4; i++) {
    const client = await RespClient.connect(few.respPort);
    expect(await client.ask('PING')).toBe('+PONG');
    clients.push(client);
  }
  const beyond = await RespClient.connect(few.respPort);
  const refusal = ['-ERR max number of clients reached'];
  expect(await beyond.send(words('PING')).rest()).toEqual(refusal);
  // The fifth is kept for HTTP.
  const last = await RawClient.connect(few.port);
  expect((await last.send(request('GET', '/openapi.json')).answer()).status).toBe(200);
  const status = async () => {
    const client = await RawClient.connect(few.port);
    const { status } = await client.send(request('GET', '/openapi.json')).answer();
    client.destroy();
    return status;
  };
  expect(await status()).toBe(503);
  expect(await clients.pop()?.send(words('QUIT')).end().rest()).toEqual(['+OK']);
  last.destroy();
  while ((await status()) === 503);
  for (const client of [...clients, beyond]) client.destroy();
  expect(await few.stop()).toBe(0);
});

test('a failed assertion in a decision is not answered; exit code 1', async () => {
  const broken = await startResp({ script: ALTERED, env: { TEST_BREAK: 'decision' } });
  const client = await RespClient.connect(broken.respPort);
  expect(await client.ask('PING')).toBe('+PONG');
  expect(await client.send(words('THROTTLE a 1 1 1')).rest()).toEqual([]);
  expect(await broken.ended).toBe(1);
  expect(broken.output()).toContain('broken on purpose');
  client.destroy();
});
