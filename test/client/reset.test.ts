/** A reset by the client: who may, and what it says. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ArgusClient, BadQuestionError } from '../../src/client/client.ts';
import { freshKey } from '../support/ask.ts';
import { type Service, startService } from '../support/service.ts';
import { refuse } from './fake-service.ts';
import { started } from './started.ts';

const fiveADay = (key = freshKey()) => ({ key, capacity: 5, interval: 1, unit: 'd' }) as const;

const { clientOf, fakeOf } = started();

describe('before the real service', () => {
  let service: Service;
  let open: Service;

  beforeAll(async () => {
    const flags = ['--threads', '1', '--max-keys', '1000'];
    const start = (env: Readonly<Record<string, string>>) => startService({ flags, env });
    [service, open] = await Promise.all([start({ ADMIN_TOKEN: 'secret' }), start({})]);
  });

  afterAll(() => Promise.all([service.stop(), open.stop()]));

  test('it fills the bucket of a key, whatever is in that, for whoever has the token', async () => {
    const client = clientOf(service.url, { adminToken: 'secret' });
    for (const key of [freshKey(), 'a+b c&d=é%/?#', '\u{1f600}']) {
      await client.limit({ ...fiveADay(key), cost: 5 });
      expect(await client.reset(key)).toBe(true);
      expect(await client.limit({ ...fiveADay(key), cost: 0 })).toMatchObject({
        remaining: 5,
      });
    }
    expect(await client.reset(freshKey())).toBe(false);
    expect(await clientOf(service.url).reset(freshKey(), { token: 'secret' })).toBe(false);
  });

  test('a wrong token, and a service without one, are said in its words', async () => {
    const wrong = clientOf(service.url, { adminToken: 'secret', onError: 'allow' });
    const refused = wrong.reset('k', { token: 'other' });
    await expect(refused).rejects.toMatchObject({ name: 'UnauthorizedError' });
    await expect(refused).rejects.toThrow('Cannot reset this key: Authorization must be Bearer');
    const none = clientOf(open.url, { adminToken: 'secret' }).reset('k');
    await expect(none).rejects.toMatchObject({ name: 'UnauthorizedError' });
  });

  test('a bad key is a bad question', async () => {
    const client = clientOf(service.url, { adminToken: 'secret' });
    for (const key of ['', 'k'.repeat(257), '\ud800', 5 as unknown as string]) {
      const reset = client.reset(key);
      await expect(reset).rejects.toThrow(BadQuestionError);
      await expect(reset).rejects.toMatchObject({ field: 'key' });
    }
  });

  test('the token goes with nothing else', async () => {
    const fake = await fakeOf((res) => res.end('{"reset":true}'));
    const client = clientOf(fake.url, { adminToken: 'secret', onError: 'deny' });
    await client.limit(fiveADay());
    await client.refund(fiveADay(), 1);
    await client.reset('k');
    const sent = fake.asked.map(({ method, headers }) => [method, headers.authorization]);
    expect(sent).toEqual([
      ['POST', undefined],
      ['POST', undefined],
      ['DELETE', 'Bearer secret'],
    ]);
    expect(fake.asked.at(-1)).toMatchObject({ path: '/api/v1/limit?key=k', body: '' });
  });
});

//  status, type, body
const none = [
  [200, 'application/json', '{"reset":"yes"}'],
  [200, 'text/html', '{"reset":true}'],
  [401, 'text/html', '<html>'],
  [403, 'application/json', '{"status":403,"detail":"x"}'],
  [429, 'application/problem+json', '{"status":429,"detail":"too many wrong tokens"}'],
  [503, 'application/problem+json', '{"status":503,"detail":"the store is away"}'],
] as const;
test.each(none)(
  'status %i, %s: %s is no reset, whatever onError says',
  async (status, type, body) => {
    const fake = await fakeOf((res) => {
      res.writeHead(status, { 'Content-Type': type }).end(body);
    });
    const call = clientOf(fake.url, { adminToken: 'secret', onError: 'allow' }).reset('k');
    await expect(call).rejects.toMatchObject({ reason: 'answer' });
    expect(fake.asked).toHaveLength(1);
  },
);

test('a refusal of the key is a bad question', async () => {
  const fake = await fakeOf((res) => refuse(res, 400, 'key must be better', 'key'));
  const call = clientOf(fake.url, { adminToken: 'secret' }).reset('k');
  await expect(call).rejects.toMatchObject({ name: 'BadQuestionError', field: 'key' });
});

describe('a token', () => {
  const url = 'http://127.0.0.1:1';

  test('must be there', async () => {
    const reset = clientOf(url).reset('k');
    await expect(reset).rejects.toThrow('reset() needs a token');
  });

  test.each(['', 'a b', 'a\r\nb: c', 'ä', 5])(
    'that cannot be sent is not shown: %j',
    async (bad) => {
      const adminToken = bad as string;
      const words = 'a token must be printable ASCII without spaces';
      expect(() => new ArgusClient({ url, adminToken })).toThrow(words);
      await expect(clientOf(url).reset('k', { token: adminToken })).rejects.toThrow(words);
    },
  );
});
