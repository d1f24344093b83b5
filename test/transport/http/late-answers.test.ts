/**
 * Decisions that are told late: every answer comes, in its place, and waits for no other
 * connection.
 */
import { afterEach, describe, expect, test } from 'vitest';
import { type Config, DEFAULTS } from '../../../src/config.ts';
import { ReadBuffer } from '../../../src/transport/connection/read-buffer.ts';
import { ask, members, post, request } from '../../support/ask.ts';
import { CERTIFICATE } from '../../support/certificate.ts';
import { expectProblem } from '../../support/problem.ts';
import { type Answer, RawClient } from '../../support/raw-http.ts';
import { HeldLimiter } from './held-limiter.ts';
import { HttpHarness, OrdinaryReads } from './http-harness.ts';

let limiter: HeldLimiter;
let http: HttpHarness;
let clients: RawClient[] = [];

async function start(config: Partial<Config> = {}, reads = new ReadBuffer()): Promise<void> {
  limiter = new HeldLimiter();
  http = await HttpHarness.start(limiter, config, '', reads);
}

async function connectTo(isSecure: boolean): Promise<RawClient> {
  const client = isSecure
    ? await RawClient.secure(http.securePort, { ca: CERTIFICATE })
    : await RawClient.connect(http.port);
  clients.push(client);
  return client;
}

afterEach(async () => {
  for (const client of clients) client.destroy();
  clients = [];
  await http.close();
});

const question = (key: string, capacity = 5) => ({ key, capacity, interval: 60 });
const asking = (key: string, capacity?: number) => post(question(key, capacity));

//  the lane, how connections are read, who reads them so, and whether by TLS
const ways = [
  ['on', 'in place', ReadBuffer, false],
  ['on', 'as Node does', OrdinaryReads, false],
  ['off', 'in place', ReadBuffer, false],
  ['on', 'over TLS', ReadBuffer, true],
  ['off', 'over TLS', ReadBuffer, true],
] as const;
describe.each(ways)('with the lane %s, read %s', (httpLane, _, Reads, isSecure) => {
  const startIt = () => start({ httpLane }, new Reads());
  const connect = () => connectTo(isSecure);

  test('an answer is given when its decision is there, and counted then', async () => {
    await startIt();
    const client = (await connect()).send(asking('held'));
    await limiter.waitsFor('held');
    expect(http.counted).toEqual({ allowed: 0, denied: 0, answered: 0, refused: {} });
    limiter.allow('held', { source: 'store' });
    const answer = await client.answer();
    expect([answer.status, members(answer)['source']]).toEqual([200, 'store']);
    expect(answer.headers['connection']).toBe('keep-alive');
    expect(http.counted).toEqual({ allowed: 1, denied: 0, answered: 1, refused: {} });
  });

  test('a denial that comes late is one', async () => {
    await startIt();
    const client = (await connect()).send(asking('held'));
    await limiter.waitsFor('held');
    limiter.deny('held');
    const answer = await client.answer();
    expect([answer.status, answer.headers['retry-after']]).toEqual([429, '2']);
    expect(http.counted.denied).toBe(1);
  });

  test('what is sent meanwhile is answered after it, in order', async () => {
    await startIt();
    const client = await connect();
    await client.sent(asking('held-1', 1));
    await limiter.waitsFor('held-1');
    await client.sent(asking('now', 2));
    await client.sent(asking('held-3', 3).subarray(0, 40));
    await client.sent(asking('held-3', 3).subarray(40));
    await client.sent(request('GET', '/livez'));
    await client.sent(asking('held-5', 5));
    await http.servesOthers();
    limiter.allow('held-1');
    expect(members(await client.answer())).toMatchObject({ limit: 1 });
    expect(members(await client.answer())).toMatchObject({ limit: 2 });
    await limiter.waitsFor('held-3', 'held-5');
    limiter.allow('held-5');
    limiter.allow('held-3');
    expect(members(await client.answer())).toMatchObject({ limit: 3 });
    expect((await client.answer()).body).toBe('OK');
    expect(members(await client.answer())).toMatchObject({ limit: 5 });
  });

  test('of several in one piece each has its answer in its place', async () => {
    await startIt();
    const keys = ['held-1', 'held-2', 'now', 'held-4'];
    const client = await connect();
    client.send(Buffer.concat(keys.map((key, i) => asking(key, i + 1))));
    await limiter.waitsFor('held-1', 'held-2', 'held-4');
    for (const key of ['held-4', 'held-2', 'held-1']) limiter.allow(key);
    for (const limit of [1, 2, 3, 4])
      expect(members(await client.answer())).toMatchObject({ limit });
  });

  test('several connections are answered as their decisions come', async () => {
    await startIt();
    const limits = [4, 1, 5, 2, 3];
    const waiting = new Map<number, RawClient>();
    for (const limit of limits.toSorted()) {
      waiting.set(limit, (await connect()).send(asking(`held-${limit}`, limit)));
    }
    await limiter.waitsFor(...limits.map((limit) => `held-${limit}`));
    for (const limit of limits) {
      limiter.allow(`held-${limit}`);
      const answer = await (waiting.get(limit) as RawClient).answer();
      expect(members(answer)).toMatchObject({ limit });
      expect((await ask(http, question('now'))).status).toBe(200);
    }
  });

  //  what comes behind two decisions, its bytes
  test.each([
    ['nonsense', 'NONSENSE\r\n\r\n'],
    ['what asks for a proxy', request('CONNECT', 'example.com:443')],
  ])('%s behind them is answered last', async (_, bytes) => {
    await startIt();
    const client = await connect();
    client.send(Buffer.concat([asking('held-1', 1), asking('held-2', 2), Buffer.from(bytes)]));
    await limiter.waitsFor('held-1', 'held-2');
    await http.servesOthers();
    limiter.allow('held-2');
    await http.servesOthers();
    limiter.allow('held-1');
    expect(members(await client.answer())).toMatchObject({ limit: 1 });
    expect(members(await client.answer())).toMatchObject({ limit: 2 });
    expectProblem(await client.answer(), 400);
    await client.closed();
  });

  test('a client that has ended its side is answered, and then the other side ended', async () => {
    await startIt();
    const client = (await connect()).send(asking('held')).end();
    await limiter.waitsFor('held');
    await http.servesOthers();
    limiter.allow('held');
    expect((await client.answers()).map(({ status }) => status)).toEqual([200]);
  });

  test('a client that has ended its side behind two is answered both', async () => {
    await startIt();
    const client = await connect();
    await client.sent(asking('held-1', 1));
    await limiter.waitsFor('held-1');
    await client.sent(asking('held-2', 2));
    client.end();
    await http.servesOthers();
    limiter.allow('held-1');
    await limiter.waitsFor('held-2');
    await http.servesOthers();
    limiter.allow('held-2');
    const answers = await client.answers();
    expect(answers.map((answer) => members(answer)['limit'])).toEqual([1, 2]);
  });

  test.each([
    ['resets its connection', (client: RawClient) => client.reset()],
    ['closes its connection', (client: RawClient) => client.destroy()],
  ])('a client that %s before its answer does no harm', async (_, leave) => {
    await startIt();
    const client = (await connect()).send(asking('held'));
    await limiter.waitsFor('held');
    leave(client);
    await http.servesOthers();
    limiter.allow('held');
    await http.connectionsAreAtMost(0);
    expect(http.counted.allowed).toBe(limiter.asked.length);
    expect((await ask(http, question('now'))).status).toBe(200);
  });

  test('a client that is long gone does none either', async () => {
    await startIt();
    const client = (await connect()).send(asking('held'));
    await limiter.waitsFor('held');
    client.reset();
    await http.connectionsAreAtMost(0);
    limiter.allow('held');
    expect((await ask(http, question('now'))).status).toBe(200);
  });

  test('a service that ends gives the answer first, and says that the connection ends', async () => {
    await startIt();
    const [waiting, idle] = [await connect(), await connect()];
    expect((await idle.send(asking('now')).answer()).status).toBe(200);
    waiting.send(asking('held'));
    await limiter.waitsFor('held');
    let isClosed = false;
    const closing = http.close().then(() => {
      isClosed = true;
    });
    // Whoever waits for nothing is ended, time and again.
    await idle.closed();
    expect(isClosed).toBe(false);
    limiter.allow('held');
    const answer = await waiting.answer();
    expect([answer.status, answer.headers['connection']]).toEqual([200, 'close']);
    await waiting.closed();
    await closing;
  });

  test('a request that comes when the service is closing ends its connection, at once or late', async () => {
    await startIt();
    const [client, other] = [await connect(), await connect()];
    http.phase = 'closing';
    expect((await other.send(asking('now')).answer()).headers['connection']).toBe('close');
    await other.closed();
    client.send(asking('held'));
    await limiter.waitsFor('held');
    limiter.allow('held');
    expect((await client.answer()).headers['connection']).toBe('close');
    await client.closed();
  });
});

describe('in the lane', () => {
  const connect = () => connectTo(false);

  test('nothing more is read from a connection before its answer is given', async () => {
    await start();
    const client = (await connect()).send(asking('held'));
    await limiter.waitsFor('held');
    await client.sent(asking('next'));
    await http.servesOthers();
    expect(limiter.asked.some(({ key }) => key === 'next')).toBe(false);
    limiter.allow('held');
    await client.answer();
    expect((await client.answer()).status).toBe(200);
  });

  test('a connection is not idle while its decision is waited for, and is not old then', async () => {
    await start({ headersTimeoutMs: 100 });
    const [waiting, idle] = [await connect(), await connect()];
    expect((await idle.send(asking('now')).answer()).status).toBe(200);
    waiting.send(asking('held'));
    await limiter.waitsFor('held');
    http.laterUs = 10 * DEFAULTS.keepAliveMs * 1_000;
    await idle.closed();
    limiter.allow('held');
    expect((await waiting.answer()).status).toBe(200);
    // Whoever is silent is found out, and so would be whoever was idle for long.
    const [silent] = await (await connect()).answers();
    expectProblem(silent as Answer, 408);
    expect((await waiting.send(asking('now')).answer()).status).toBe(200);
  });
});
