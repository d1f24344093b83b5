/** What becomes of a call when the service is away, slow or talks nonsense. */
import { createServer, type Server } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import {
  ArgusClient,
  BadQuestionError,
  type ClientOptions,
  type OnError,
  UnavailableError,
} from '../../src/client/client.ts';
import { freePort } from '../support/free-port.ts';
import {
  type FakeService,
  PATIENCE_MS,
  type Respond,
  refuse,
  startFake,
  until,
} from './fake-service.ts';

const QUESTION = { key: 'k', capacity: 5, interval: 1 } as const;
const SOON_MS = 50;

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function fakeOf(respond: Respond): Promise<FakeService> {
  const fake = await startFake(respond);
  cleanups.push(() => fake.stop());
  return fake;
}

function clientOf(options: ClientOptions): ArgusClient {
  const client = new ArgusClient({ timeoutMs: PATIENCE_MS, ...options });
  cleanups.push(() => client.close());
  return client;
}

/** What a call is rejected with. */
async function errorOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (value) => expect.fail(`It was not rejected: ${JSON.stringify(value)}`),
    (error: unknown) => error,
  );
}

/** A service at the socket, that does this with each connection. */
async function rawOf(serve: Parameters<typeof createServer>[1]): Promise<string> {
  const port = await freePort();
  const server: Server = createServer(serve).listen(port, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  cleanups.push(() => server.close());
  return `http://127.0.0.1:${port}`;
}

const DECISION = '{"allowed":true,"limit":5,"remaining":4,"retryAfterMs":0,"resetAfterMs":200}';
const DENIAL = '{"allowed":false,"limit":5,"remaining":0,"retryAfterMs":9,"resetAfterMs":10}';

describe('onError', () => {
  const hang: Respond = () => {};

  test('throws unless it is given, and says why', async () => {
    const { url } = await fakeOf(hang);
    const error = await errorOf(clientOf({ url, timeoutMs: SOON_MS }).limit(QUESTION));
    expect(error).toBeInstanceOf(UnavailableError);
    expect(error).toMatchObject({
      reason: 'timeout',
      message: `Cannot get a decision from ${url}: no answer within ${SOON_MS} ms`,
    });
  });

  //  onError, the decision
  const policies = [
    ['allow', { allowed: true, limit: 5, remaining: 0, retryAfterMs: 0, resetAfterMs: 0 }],
    ['deny', { allowed: false, limit: 5, remaining: 0, retryAfterMs: 1_000, resetAfterMs: 1_000 }],
  ] as const;
  test.each(policies)('%s decides by itself, and says that it did', async (onError, decision) => {
    const { url } = await fakeOf(hang);
    const client = clientOf({ url, timeoutMs: SOON_MS, onError });
    const answers = await Promise.all([client.limit(QUESTION), client.limit(QUESTION)]);
    const error = expect.any(UnavailableError);
    const wanted = { ...decision, degraded: true, error };
    expect(answers).toEqual([wanted, wanted]);
    expect(answers[0]?.error).toMatchObject({ reason: 'timeout' });
  });

  test.each(['allow', 'deny', 'throw'] as const)(
    '%s lets no bad question pass',
    async (onError) => {
      const { url } = await fakeOf((res) => {
        refuse(res, 400, 'cost must be less', 'cost');
      });
      const error = await errorOf(clientOf({ url, onError }).limit(QUESTION));
      expect(error).toBeInstanceOf(BadQuestionError);
      expect(error).toMatchObject({
        field: 'cost',
        detail: 'cost must be less',
        message: 'Cannot decide this question: cost must be less',
      });
    },
  );
});

describe('no decision', () => {
  /** Of one call alone, and of two in a batch. */
  async function reasonsAt(url: string, timeoutMs = PATIENCE_MS): Promise<unknown[]> {
    const client = clientOf({ url, timeoutMs });
    const alone = await errorOf(client.limit(QUESTION));
    const batch = await Promise.all([1, 2].map(() => errorOf(client.limit(QUESTION))));
    const errors = [alone, ...batch] as UnavailableError[];
    for (const error of errors) expect(error).toBeInstanceOf(UnavailableError);
    return errors.map(({ reason }) => reason);
  }

  const all = (reason: string) => [reason, reason, reason];

  test('comes from where nobody listens', async () => {
    expect(await reasonsAt(`http://127.0.0.1:${await freePort()}`)).toEqual(all('connection'));
    expect(await reasonsAt(`http://localhost:${await freePort()}`)).toEqual(all('connection'));
  });

  test('comes in time from who accepts and says nothing', async () => {
    expect(await reasonsAt(await rawOf(() => {}), SOON_MS)).toEqual(all('timeout'));
  });

  test('comes in time from who begins an answer and does not end it', async () => {
    const { url } = await fakeOf((res) => {
      res.writeHead(200, { 'Content-Length': '100' }).write(DECISION);
    });
    expect(await reasonsAt(url, SOON_MS)).toEqual(all('timeout'));
  });

  //  what the service does with its connection, once it was asked
  const breaks = [
    ['closes it', ''],
    ['breaks off', `HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n${DECISION}`],
    ['does not speak HTTP', 'SSH-2.0-OpenSSH_9.2\r\n'],
  ] as const;
  test.each(breaks)('comes from who %s', async (_, answer) => {
    const url = await rawOf((socket) => {
      socket.on('error', () => {}).once('data', () => socket.end(answer));
    });
    expect(await reasonsAt(url)).toEqual(all('connection'));
  });

  test('comes from who changes to another protocol', async () => {
    const url = await rawOf((socket) => {
      const answer =
        'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n\r\n';
      socket.on('error', () => {}).once('data', () => socket.write(answer));
    });
    expect(await reasonsAt(url)).toEqual(all('connection'));
  });

  //  status, body
  const nonsense = [
    [200, ''],
    [200, '<html>Please log in</html>'],
    [200, 'OK'],
    [200, 'null'],
    [200, '{}'],
    [200, '[]'],
    [200, '[{},{}]'],
    [200, `[${DECISION}]`],
    [200, `[${DECISION},${DECISION},${DECISION}]`],
    [200, DECISION.replace('true', '"true"')],
    [200, DECISION.replace('"remaining":4,', '')],
    [200, DECISION.replace('4', '-4')],
    [200, DECISION.replace('200', '1e999')],
    [200, DECISION.replace('"retryAfterMs":0', '"retryAfterMs":"0"')],
    [302, ''],
    [400, '<html>Bad Request</html>'],
    [400, DECISION],
    [404, '{"status":404,"detail":"there is nothing at /x"}'],
    [429, '{"detail":"the proxy has a limit of its own"}'],
    [503, 'upstream connect error'],
  ] as const;
  test.each(nonsense)('is in an answer with status %i: %s', async (status, body) => {
    const { url } = await fakeOf((res) => {
      res.writeHead(status).end(body);
    });
    expect(await reasonsAt(url)).toEqual(all('answer'));
  });

  test('is in an answer that does not end', async () => {
    const { url } = await fakeOf((res) => {
      const more = () => {
        while (!res.destroyed && res.write('x'.repeat(65_536)));
      };
      res.on('drain', more);
      more();
    });
    expect(await reasonsAt(url)).toEqual(all('answer'));
  });

  test('says the status and how the answer begins', async () => {
    const { url } = await fakeOf((res) => {
      res.writeHead(502).end('<html>Bad Gateway');
    });
    const error = await errorOf(clientOf({ url }).limit(QUESTION));
    const fault = 'its answer, with status 502, is not one: "<html>Bad Gateway"';
    expect(error).toMatchObject({ message: `Cannot get a decision from ${url}: ${fault}` });
  });

  test('has the failure of the connection as its cause', async () => {
    const url = `http://127.0.0.1:${await freePort()}`;
    const error = await errorOf(clientOf({ url }).limit(QUESTION));
    expect(error).toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });
});

describe('a denial', () => {
  test.each([200, 403, 429, 503])('is a value with status %i too', async (status) => {
    const { url } = await fakeOf((res) => {
      res.writeHead(status).end(DENIAL);
    });
    const decision = await clientOf({ url, onError: 'throw' }).limit(QUESTION);
    expect(decision).toEqual(JSON.parse(DENIAL));
  });

  test('by the service says whether it is degraded, and has no error, whatever is sent', async () => {
    const { url } = await fakeOf((res) => {
      res.end(DENIAL.replace('}', ',"degraded":true,"error":"x","more":1}'));
    });
    const decision = await clientOf({ url }).limit(QUESTION);
    expect(decision).toEqual({ ...JSON.parse(DENIAL), degraded: true });
  });
});

describe('close()', () => {
  test('gives up what is not answered, sent or waiting for a connection', async () => {
    const fake = await fakeOf(() => {});
    const client = clientOf({ url: fake.url, maxSockets: 1 });
    const sent = errorOf(client.limit(QUESTION));
    await until(() => fake.asked.length === 1);
    const waiting = errorOf(client.limit(QUESTION));
    await new Promise((resolve) => setImmediate(resolve));
    const unsent = errorOf(client.limit(QUESTION));
    client.close();
    const later = errorOf(client.limit(QUESTION));
    const closed = { reason: 'closed' };
    expect(await Promise.all([sent, waiting, unsent, later])).toMatchObject(Array(4).fill(closed));
    await until(() => fake.sockets.every(({ destroyed }) => destroyed));
    expect([fake.asked.length, fake.sockets.length]).toEqual([1, 1]);
  });

  test('leaves those calls to onError', async () => {
    const client = clientOf({ url: 'http://127.0.0.1:1', onError: 'allow' });
    client.close();
    expect(await client.limit(QUESTION)).toMatchObject({
      allowed: true,
      error: { reason: 'closed' },
    });
  });

  test('can be called twice', () => {
    const client = clientOf({ url: 'http://127.0.0.1:1' });
    client.close();
    client.close();
  });
});

describe('a bad option', () => {
  const url = 'http://127.0.0.1:1';
  //  options, what is said
  const bad = [
    [{ url: 'ftp://argus' }, 'url must begin with http:// or https://, is ftp://argus'],
    [{ url: 'argus:8123' }, 'url must begin with http:// or https://, is argus:8123'],
    [{ url: '' }, 'url must begin with http://'],
    [{ url: 'https://me:secret@argus' }, 'url must be a host, a port and at most a path'],
    [{ url: 'http://argus/?a=b' }, 'url must be a host, a port and at most a path'],
    [{ url, timeoutMs: 0 }, 'timeoutMs must be a whole number from 1 to 2147483647, is 0'],
    [{ url, timeoutMs: 2 ** 31 }, 'timeoutMs must be'],
    [{ url, timeoutMs: Number.NaN }, 'timeoutMs must be'],
    [{ url, maxSockets: 0 }, 'maxSockets must be'],
    [{ url, onError: 'Allow' as OnError }, 'onError must be allow, deny or throw, is Allow'],
  ] as const;
  test.each(bad)('%j is refused', (options, words) => {
    expect(() => new ArgusClient(options)).toThrow(words);
    expect(() => new ArgusClient(options)).not.toThrow('secret');
  });
});
