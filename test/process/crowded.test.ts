/**
 * At MAX_CONNECTIONS: who still gets in, what the others are told, and what is counted and logged.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { request } from '../support/ask.ts';
import { RawClient } from '../support/raw-http.ts';
import { RespClient } from '../support/resp-client.ts';
import { type RespService, startResp } from '../support/resp-service.ts';
import { scrape } from '../support/scrape.ts';
import { type Service, startService } from '../support/service.ts';

const MOST = 20;
const KEPT = 2;
const BEGINS = 'Connections are refused';

const clients: { destroy(): void }[] = [];
const services: Service[] = [];

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  for (const service of services.splice(0)) expect(await service.stop()).toBe(0);
});

async function crowded(): Promise<RespService> {
  const flags = ['--threads', '2', '--max-connections', String(MOST)];
  const service = await startResp({ flags });
  services.push(service);
  return service;
}

async function http(service: Service): Promise<RawClient> {
  const client = await RawClient.connect(service.port);
  clients.push(client);
  return client;
}

async function get(service: Service, path: string) {
  const client = await RawClient.connect(service.port);
  const answer = await client.send(request('GET', path)).answer();
  client.destroy();
  return answer;
}

/** Opens all connections that HTTP may have, and leaves them idle. */
async function fillHttp(service: Service): Promise<void> {
  for (let i = 0; i < MOST - KEPT; i++) {
    const client = await http(service);
    const { headers } = await client.send(request('GET', '/livez')).answer();
    expect(headers['connection']).toBe('keep-alive');
  }
}

async function fillResp(service: RespService): Promise<void> {
  for (let i = 0; i < MOST - KEPT; i++) {
    const client = await RespClient.connect(service.respPort);
    clients.push(client);
    expect(await client.ask('PING')).toBe('+PONG');
  }
}

/** Waits until so many are counted. */
async function open(service: Service, protocol: 'http' | 'resp', wanted: number): Promise<void> {
  const name = `argus_connections{protocol="${protocol}"}`;
  while (metric((await get(service, '/metrics')).body, name) !== wanted);
}

function metric(text: string, name: string): number {
  return Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${name} `))
      ?.split(' ')[1],
  );
}

describe('where idle HTTP connections have all that they may', () => {
  test.each(['/livez', '/readyz', '/metrics', '/api/v1/health'])(
    '%s answers, once',
    async (path) => {
      const service = await crowded();
      await fillHttp(service);
      for (let i = 0; i < 3; i++) {
        const client = await http(service);
        const answer = await client.send(request('GET', path)).answer();
        expect(answer.status).toBe(200);
        expect(answer.headers['connection']).toBe('close');
        await client.closed();
      }
    },
  );

  test('all else is told to come again, counted, and logged once', async () => {
    const service = await crowded();
    await fillHttp(service);
    for (const method of ['POST', 'DELETE', 'GET']) {
      const client = await http(service);
      const answer = await client.send(request(method, '/api/v1/limit')).answer();
      expect(answer.status).toBe(503);
      expect(answer.headers).toMatchObject({
        'content-type': 'application/problem+json',
        'retry-after': '1',
        connection: 'close',
      });
      expect(JSON.parse(answer.body).detail).toContain('MAX_CONNECTIONS');
      await client.closed();
    }
    const text = (await get(service, '/metrics')).body;
    expect(metric(text, 'argus_connections_refused_total{protocol="http"}')).toBe(3);
    expect(service.output().split(BEGINS)).toHaveLength(2);
  });

  test('RESP has what is kept for it, and is told why there is no more', async () => {
    const service = await crowded();
    await fillHttp(service);
    for (let i = 0; i < KEPT; i++) {
      const client = await RespClient.connect(service.respPort);
      clients.push(client);
      expect(await client.ask('PING')).toBe('+PONG');
    }
    const beyond = await RespClient.connect(service.respPort);
    clients.push(beyond);
    expect(await beyond.rest()).toEqual(['-ERR max number of clients reached']);
  });

  test('a crowd that says nothing does not keep a probe out', async () => {
    const service = await crowded();
    await fillHttp(service);
    for (let i = 0; i < 100; i++) await http(service);
    for (let i = 0; i < 5; i++) expect((await get(service, '/livez')).status).toBe(200);
    const text = (await get(service, '/metrics')).body;
    // Two threads hold 16 each beyond the bound; who made room is counted.
    const refused = metric(text, 'argus_connections_refused_total{protocol="http"}');
    expect(refused).toBeGreaterThanOrEqual(100 - 2 * 16);
    expect(metric(text, 'argus_connections{protocol="http"}')).toBe(MOST - KEPT);
  });
});

test('idle RESP connections leave HTTP its part, and the counts go back to 0', async () => {
  const service = await crowded();
  await fillResp(service);
  for (let i = 0; i < KEPT; i++) {
    const client = await http(service);
    expect((await client.send(request('GET', '/openapi.json')).answer()).status).toBe(200);
  }
  for (const client of clients.splice(0)) client.destroy();
  await open(service, 'resp', 0);
  const counts = await scrape(service);
  expect(counts.get('argus_connections{protocol="resp"}')).toBe(0);
  expect(counts.get('argus_connections_refused_total{protocol="resp"}')).toBe(0);
});

describe('where fewer files may be open than connections', () => {
  const under = ['sh', '-c', 'ulimit -n 256; exec "$0" "$@"'];

  test.each([
    ['300', true],
    ['100', false],
  ])('--max-connections %s: warned is %s', async (most, isWarned) => {
    const flags = ['--threads', '1', '--max-connections', most];
    const service = await startService({ under, flags });
    services.push(service);
    expect(service.output().includes('ulimit -n is 256, wanted is')).toBe(isWarned);
  });
});
