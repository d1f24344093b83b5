/** Keys, for operators: over the admin port of a whole service, with both engines. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENGINES } from '../../src/table/table-memory.ts';
import { ask, get, type Headers, members } from '../support/ask.ts';
import { freePort } from '../support/free-port.ts';
import { expectProblem } from '../support/problem.ts';
import type { Answer } from '../support/raw-http.ts';
import { RIGHT, TOKEN } from '../support/reset.ts';
import { scrape } from '../support/scrape.ts';
import { type Service, startService } from '../support/service.ts';

const POLICIES = fileURLToPath(new URL('./policies.yaml', import.meta.url));
/** Keys that are anything but text that is meant well. */
const HOSTILE = [
  '<img src=x onerror=alert(1)>',
  'a\r\nSet-Cookie: admin=1',
  'nul\0nul',
  '%00',
  '../../v1/threads',
  '"}],"cursor":"',
  '__proto__',
  '😀'.repeat(60),
];

interface Page {
  readonly keys: readonly (Record<string, unknown> & { readonly key: string })[];
  readonly cursor: string | null;
}

describe.each(ENGINES)('with %s', (engine) => {
  let service: Service;
  let port: number;
  beforeAll(async () => {
    port = await freePort();
    const flags = ['--threads', '2', '--engine', engine, '--max-keys', '6000'];
    service = await startService({
      flags: [...flags, '--policies', POLICIES, '--admin-port', String(port)],
      env: { ADMIN_TOKEN: TOKEN },
    });
  });
  afterAll(async () => {
    expect(await service.stop()).toBe(0);
  });

  function admin(path: string, headers: Headers = RIGHT): Promise<Answer> {
    return get({ port }, path, { headers });
  }

  async function page(query: string): Promise<Page> {
    const answer = await admin(`/v1/keys${query}`);
    expect([answer.status, answer.headers['content-type']]).toEqual([200, 'application/json']);
    expect(answer.headers['cache-control']).toBe('no-store');
    return members(answer) as unknown as Page;
  }

  async function allKeys(query: string): Promise<Page['keys']> {
    const keys: Page['keys'][number][] = [];
    let cursor = '';
    for (;;) {
      const next = await page(`${query}${cursor}`);
      keys.push(...next.keys);
      if (next.cursor === null) return keys;
      cursor = `&cursor=${next.cursor}`;
    }
  }

  async function take(keys: readonly string[], unit: 's' | 'd'): Promise<void> {
    const questions = keys.map((key) => ({ key, capacity: 1, interval: 1, unit }));
    const body = JSON.stringify(questions);
    const answer = await fetch(`${service.url}/api/v1/limits`, { method: 'POST', body });
    expect(answer.status).toBe(200);
    await answer.arrayBuffer();
  }

  test('keys are told with their buckets, whatever they are', async () => {
    await take(HOSTILE, 'd');
    await ask(service, { policy: 'a', key: 'of a policy' });
    const keys = await allKeys('?limit=3');
    expect(keys).toHaveLength(HOSTILE.length + 1);
    for (const key of HOSTILE) {
      const found = keys.filter((one) => key.startsWith(one.key) && one.key !== '');
      expect(found, key).toMatchObject([{ namespace: 'plain', remaining: 0, state: 'denied' }]);
    }
    const ofPolicy = await allKeys('?policy=a');
    expect(ofPolicy).toMatchObject([{ namespace: 'policy', policy: 'a', key: 'of a policy' }]);
    expect(await allKeys('?prefix=%3Cimg')).toMatchObject([{ key: HOSTILE[0] }]);
    expect(await allKeys('?prefix=nul%00')).toMatchObject([{ key: 'nul\0nul' }]);
    expect(await allKeys('?state=denied&prefix=of')).toEqual([]);
  });

  test('none that stays is missed or told twice under load, over sweeps and swaps', async () => {
    const staying = Array.from({ length: 1_000 }, (_, i) => `stays ${i}`);
    await take(staying, 'd');
    let isDone = false;
    const churn = async () => {
      for (let round = 0; !isDone; round++) {
        const coming = Array.from({ length: 500 }, (_, i) => `comes ${round} ${i}`);
        await take(coming, 's');
      }
      return true;
    };
    const churning = churn();
    const before = await scrape(service);
    let walks = 0;
    while (walks < 3 || (await evictions()) === (before.get('argus_evictions_total') ?? 0)) {
      const told = (await allKeys('?limit=173')).map(({ key }) => key);
      const stayed = told.filter((key) => key.startsWith('stays '));
      expect(stayed.toSorted()).toEqual(staying.toSorted());
      expect(told.length).toBeGreaterThan(staying.length);
      walks++;
    }
    isDone = true;
    expect(await churning).toBe(true);
    expect(await evictions()).toBeGreaterThan(0);
  }, 60_000);

  async function evictions(): Promise<number> {
    return (await scrape(service)).get('argus_evictions_total') ?? 0;
  }

  test('how long shards were locked for it is counted', async () => {
    await page('?limit=1');
    const samples = await scrape(service);
    expect(samples.get('argus_admin_hold_seconds_count')).toBeGreaterThan(0);
  });

  describe('what is wrong with a request is said', () => {
    //  the query, the field at fault, words about it
    test.each([
      ['limit=0', 'limit', 'from 1 to 1000'],
      ['limit=1001', 'limit', 'from 1 to 1000'],
      ['limit=-1', 'limit', 'from 1 to 1000'],
      ['namespace=other', 'namespace', 'plain, policy, envoy'],
      ['namespace=plain&policy=a', 'namespace', 'policy is there'],
      ['state=allowed', 'state', 'denied, or left out'],
      ['cursor=x', 'cursor', 'begin again without one'],
      [`cursor=${'x'.repeat(5_000)}`, 'cursor', 'begin again without one'],
      [`prefix=${'x'.repeat(257)}`, 'prefix', 'at most 256'],
      [`policy=${'x'.repeat(257)}`, 'policy', 'at most 256'],
      ['prefix=%ff', 'prefix=%ff', 'UTF-8'],
      ['prefix=%ed%a0%80', 'prefix=%ed%a0%80', 'UTF-8'],
      ['key=a', 'key', 'prefix, policy, namespace, state, limit, cursor'],
    ])('%s', async (query, field, words) => {
      const answer = await admin(`/v1/keys?${query}`);
      expectProblem(answer, 400, words);
      expect(members(answer)['field']).toBe(field);
    });

    test('a query that is longer than all fields may be', async () => {
      expectProblem(await admin(`/v1/keys?prefix=${'x'.repeat(65_536)}`), 431);
    });
  });
});
