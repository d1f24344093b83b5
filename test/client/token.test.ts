/** A token of the service: it goes with every call, and what it does not let ask is said. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ArgusClient, BadQuestionError, UnavailableError } from '../../src/client/client.ts';
import { termsOf, tokenOf } from '../access/terms.ts';
import { freshKey } from '../support/ask.ts';
import { type Service, startService } from '../support/service.ts';
import { TokensFile } from '../support/tokens-file.ts';
import { started } from './started.ts';

const fiveADay = (key: string) => ({ key, capacity: 5, interval: 1, unit: 'd' }) as const;

const { clientOf, fakeOf } = started();

describe('before the real service', () => {
  const file = new TokensFile([
    termsOf('a', { rights: ['ask', 'refund', 'reset'], keys: ['a:'] }),
    termsOf('ask'),
  ]);
  let service: Service;

  beforeAll(async () => {
    const flags = ['--threads', '1', '--max-keys', '1000', '--auth-tokens-file', file.path];
    service = await startService({ flags, env: { ADMIN_TOKEN: 'secret' } });
  });

  afterAll(async () => {
    await service.stop();
    file.remove();
  });

  const clientWith = (name: string) => clientOf(service.url, { token: tokenOf(name) });

  test('all is asked with it, whatever is asked', async () => {
    const client = clientWith('a');
    const key = `a:${freshKey()}`;
    expect(await client.limit(fiveADay(key))).toMatchObject({ remaining: 4 });
    expect(await client.all([fiveADay(key)])).toMatchObject({ allowed: true });
    expect(await client.acquire(fiveADay(key))).toMatchObject({ remaining: 2 });
    expect(await client.refund(fiveADay(key), 1)).toMatchObject({ answered: true });
    expect(await client.reset(key)).toBe(true);
  });

  test('what it is not for is a bad question, and nothing is let through for it', async () => {
    const client = clientOf(service.url, { token: tokenOf('a'), onError: 'allow' });
    const asked = client.limit(fiveADay('b'));
    await expect(asked).rejects.toThrow(BadQuestionError);
    await expect(asked).rejects.toThrow('the token is for keys that begin with "a:", not for "b"');
  });

  test('none, and one that the service does not know, is no answer', async () => {
    for (const client of [clientOf(service.url), clientWith('gone')]) {
      await expect(client.limit(fiveADay('a:'))).rejects.toThrow(UnavailableError);
    }
  });

  test('a reset shows the admin token where there is one', async () => {
    const client = clientOf(service.url, { token: tokenOf('ask'), adminToken: 'secret' });
    expect(await client.reset(freshKey())).toBe(false);
    await expect(clientWith('ask').reset('k')).rejects.toMatchObject({
      name: 'UnauthorizedError',
    });
  });
});

test('it stands in Authorization, and an admin token in its place where it resets', async () => {
  const fake = await fakeOf((res) => res.end('{"reset":true}'));
  const client = clientOf(fake.url, { token: 'one', adminToken: 'other', onError: 'deny' });
  await client.limit(fiveADay('k'));
  await client.reset('k');
  expect(fake.asked.map(({ headers }) => headers.authorization)).toEqual([
    'Bearer one',
    'Bearer other',
  ]);
});

test('one that no header field can hold is refused, and not shown', () => {
  for (const token of ['', 'a b', 'a\r\nb', 'é', 5]) {
    const options = { url: 'http://127.0.0.1:1', token: token as string };
    expect(() => new ArgusClient(options)).toThrow('a token must be printable ASCII');
  }
});
