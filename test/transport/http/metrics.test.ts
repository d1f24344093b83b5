/** What /metrics says: every metric is there, sums are over all threads, labels are ours alone. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { BAD_REQUEST_REASONS } from '../../../src/contract/reasons.ts';
import { ask, type Body, exchange, freshKey, get, LIMIT_PATH, request } from '../../support/ask.ts';
import { type Samples, scrape, total } from '../../support/scrape.ts';
import { type Service, startService } from '../../support/service.ts';

const DECISIONS = 'argus_decisions_total';
const ALLOWED = `${DECISIONS}{transport="http",outcome="allowed"}`;
const DENIED = `${DECISIONS}{transport="http",outcome="denied"}`;
const DURATIONS = 'argus_decision_duration_seconds_count';
const BAD_REQUESTS = 'argus_bad_requests_total';

let service: Service;
beforeAll(async () => {
  service = await startService({ flags: ['--threads', '4', '--max-keys', '5000'] });
});
afterAll(async () => {
  await service.stop();
});

/** Scrapes until a count is there: an answer is on its way a moment before it is counted. */
async function scrapeOnce(isThere: (samples: Samples) => boolean): Promise<Samples> {
  for (;;) {
    const samples = await scrape(service);
    if (isThere(samples)) return samples;
  }
}

describe('the metrics', () => {
  //  name, type
  const metrics = [
    ['argus_decisions_total', 'counter'],
    ['argus_decision_duration_seconds', 'histogram'],
    ['argus_keys', 'gauge'],
    ['argus_max_keys', 'gauge'],
    ['argus_evictions_total', 'counter'],
    ['argus_swaps_total', 'counter'],
    ['argus_swap_hold_seconds', 'histogram'],
    ['argus_search_depth', 'gauge'],
    ['argus_search_depth_ideal', 'gauge'],
    ['argus_lock_contended_total', 'counter'],
    ['argus_table_full_total', 'counter'],
    ['argus_auth_failures_total', 'counter'],
    ['argus_clients_closed_total', 'counter'],
    ['argus_client_bytes', 'gauge'],
    ['argus_connections', 'gauge'],
    ['argus_connections_refused_total', 'counter'],
    ['argus_bad_requests_total', 'counter'],
    ['argus_build_info', 'gauge'],
    ['process_cpu_user_seconds_total', 'counter'],
    ['process_cpu_system_seconds_total', 'counter'],
    ['process_cpu_seconds_total', 'counter'],
    ['process_resident_memory_bytes', 'gauge'],
    ['process_start_time_seconds', 'gauge'],
    ['process_open_fds', 'gauge'],
    ['process_max_fds', 'gauge'],
  ] as const;

  test('are these and no others, each with its type, a help text, and a value', async () => {
    const { body } = await get(service, '/metrics');
    const types = [...body.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name, type]) => [
      name,
      type,
    ]);
    const linuxOnly = ['process_open_fds', 'process_max_fds'];
    const here = metrics.filter(
      ([name]) => process.platform === 'linux' || !linuxOnly.includes(name),
    );
    expect(types.toSorted()).toEqual(here.toSorted());
    const samples = await scrape(service);
    for (const [name, type] of here) {
      expect(body).toMatch(new RegExp(`^# HELP ${name} \\S.*$`, 'm'));
      const sample = type === 'histogram' ? `${name}_count` : name;
      const values = [...samples].filter(([one]) => one.split('{')[0] === sample);
      expect(values, name).not.toEqual([]);
      for (const [, value] of values) expect(value, name).toBeGreaterThanOrEqual(0);
    }
  });

  test('have only labels and values that are ours', async () => {
    const secret = 'secret-of-a-client';
    await ask(service, { key: secret, capacity: 1, interval: 1, unit: 'd' });
    await ask(service, { key: secret, capacity: 1, interval: 1, unit: 'd' });
    await ask(service, { key: secret, [secret]: 1 });
    await ask(service, `{${secret}`);
    await get(service, `/${secret}`);
    await get(service, '/livez', { method: 'PUT', headers: { [secret]: secret } });
    const samples = await scrape(service);
    const labels: Record<string, Set<string>> = {};
    for (const sample of samples.keys()) {
      expect(sample).not.toContain(secret);
      for (const [, label = '', value = ''] of sample.matchAll(/(\w+)="([^"]*)"/g)) {
        labels[label] ??= new Set();
        labels[label].add(value);
      }
    }
    expect(Object.keys(labels).toSorted()).toEqual([
      'le',
      'node',
      'outcome',
      'protocol',
      'reason',
      'transport',
      'version',
    ]);
    expect(labels['transport']).toEqual(new Set(['http', 'resp', 'grpc']));
    expect(labels['outcome']).toEqual(new Set(['allowed', 'denied']));
    expect(labels['reason']).toEqual(new Set([...BAD_REQUEST_REASONS, 'memory']));
    expect(labels['version']?.size).toBe(1);
    expect(labels['node']).toEqual(new Set([process.version]));
  });

  test('have histograms that grow with their bounds, from 50 us', async () => {
    const samples = await scrape(service);
    for (const [name, least] of [
      ['argus_decision_duration_seconds', '0.00005'],
      ['argus_swap_hold_seconds', '0.00001'],
    ] as const) {
      const buckets = [...samples].filter(([sample]) => sample.startsWith(`${name}_bucket`));
      const bounds = buckets.map(([sample]) => /le="(.+)"/.exec(sample)?.[1] ?? '');
      expect(Number(bounds[0])).toBe(Number(least));
      expect(bounds.at(-1)).toBe('+Inf');
      const counts = buckets.map(([, count]) => count);
      expect(counts).toEqual(counts.toSorted((a, b) => a - b));
      expect(counts.at(-1)).toBe(samples.get(`${name}_count`));
    }
  });

  test('say what is running', async () => {
    const samples = await scrape(service);
    expect(samples.get('argus_max_keys')).toBe(5000);
    expect(total(samples, 'argus_build_info')).toBe(1);
    const startedS = samples.get('process_start_time_seconds') ?? 0;
    expect(Math.abs(startedS - Date.now() / 1000)).toBeLessThan(600);
    const [user, system, both] = ['user_', 'system_', ''].map(
      (kind) => samples.get(`process_cpu_${kind}seconds_total`) ?? Number.NaN,
    );
    expect(both).toBeGreaterThan(0);
    expect(Math.abs(Number(user) + Number(system) - Number(both))).toBeLessThan(1);
  });
});

describe('the totals', () => {
  test('are exact over all threads, whichever answers', async () => {
    const before = await scrape(service);
    const question = { key: freshKey(), capacity: 30, interval: 1, unit: 'd' };
    // Each over a connection of its own: they spread over the threads.
    const asked = Array.from({ length: 100 }, () => ask(service, question));
    const looks = Array.from({ length: 20 }, () => ask(service, { ...question, cost: 0 }));
    await Promise.all([...asked, ...looks]);
    const grown = (samples: Samples, name: string) => total(samples, name) - total(before, name);
    const after = await scrapeOnce((samples) => grown(samples, DURATIONS) >= 120);
    expect(grown(after, ALLOWED)).toBe(50);
    expect(grown(after, DENIED)).toBe(70);
    expect(grown(after, DURATIONS)).toBe(120);
    // Now that all is counted, every thread says the same.
    const scrapes = await Promise.all(Array.from({ length: 40 }, () => scrape(service)));
    for (const samples of scrapes) {
      for (const name of [ALLOWED, DENIED, DURATIONS]) {
        expect(samples.get(name)).toBe(after.get(name));
      }
      expect(total(samples, DECISIONS)).toBe(samples.get(DURATIONS));
    }
  });

  test('of keys grow with a bucket and not with a look', async () => {
    const limit = { capacity: 2, interval: 1, unit: 'd' };
    for (let i = 0; i < 10; i++) await ask(service, { ...limit, key: freshKey() });
    const before = await scrape(service);
    for (let i = 0; i < 10; i++) await ask(service, { ...limit, key: freshKey(), cost: 0 });
    expect((await scrape(service)).get('argus_keys')).toBe(before.get('argus_keys'));
    for (let i = 0; i < 10; i++) await ask(service, { ...limit, key: freshKey() });
    expect((await scrape(service)).get('argus_keys')).toBe((before.get('argus_keys') ?? 0) + 10);
  });
});

describe('a refusal is counted under its reason, and is no decision', () => {
  const question = '{"key":"a","capacity":5,"interval":60}';
  const asking = (body: Body, headers?: Record<string, string>) => () =>
    ask(service, body, headers);
  const sending = (bytes: string) => () => exchange(service, bytes);
  const expecting = { Expect: 'x', 'Content-Length': '0' };

  const refusals: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['malformed_http', sending('NONSENSE\r\n\r\n')],
    ['headers_too_large', sending(request('GET', `/${'x'.repeat(20_000)}`))],
    ['body_too_large', asking(' '.repeat(16_385))],
    ['content_encoding', asking(question, { 'Content-Encoding': 'gzip' })],
    ['expectation', sending(request('POST', LIMIT_PATH, expecting))],
    ['not_found', () => get(service, '/nowhere')],
    ['method_not_allowed', () => get(service, LIMIT_PATH)],
    ['cross_site', asking(question, { Origin: 'https://elsewhere.example' })],
    ['not_utf8', asking(Uint8Array.of(0xff))],
    ['not_json', asking('{')],
    ['not_json', asking('[]')],
    ['unknown_field', asking('{"burst":1}')],
    ['bad_field', asking('{"key":""}')],
    ['bad_field', asking('{"key":"a","capacity":5,"interval":60,"cost":6}')],
  ];
  test.each(refusals)('%s', async (reason, refuse) => {
    const before = await scrape(service);
    for (let i = 0; i < 5; i++) await refuse();
    const sample = `${BAD_REQUESTS}{reason="${reason}"}`;
    const wanted = (before.get(sample) ?? Number.NaN) + 5;
    const after = await scrapeOnce((samples) => (samples.get(sample) ?? 0) >= wanted);
    expect(after.get(sample)).toBe(wanted);
    expect(total(after, BAD_REQUESTS)).toBe(total(before, BAD_REQUESTS) + 5);
    expect(total(after, DECISIONS)).toBe(total(before, DECISIONS));
  });

  test('timeout', async () => {
    const quick = await startService({
      flags: ['--threads', '1', '--headers-timeout-ms', '1000', '--request-timeout-ms', '1000'],
    });
    await exchange(quick, 'POST /api');
    expect((await scrape(quick)).get(`${BAD_REQUESTS}{reason="timeout"}`)).toBe(1);
    await quick.stop();
  });

  test('a denial is none of them', async () => {
    const before = await scrape(service);
    const one = { key: freshKey(), capacity: 1, interval: 1, unit: 'd' };
    for (let i = 0; i < 5; i++) await ask(service, one);
    const after = await scrapeOnce(
      (now) => (now.get(DENIED) ?? 0) >= (before.get(DENIED) ?? 0) + 4,
    );
    expect(total(after, BAD_REQUESTS)).toBe(total(before, BAD_REQUESTS));
  });
});

describe('a full table', () => {
  test('is counted, and says so in each answer that it degrades', async () => {
    const small = await startService({ flags: ['--threads', '1', '--max-keys', '1'] });
    const limit = { capacity: 2, interval: 1, unit: 'd' };
    let degraded = 0;
    for (let i = 0; i < 50; i++) {
      const { body } = await ask(small, { ...limit, key: freshKey() });
      if (body.endsWith(',"degraded":true}')) degraded++;
      else expect(body).not.toContain('degraded');
    }
    const samples = await scrape(small);
    // One bucket of two tokens stands in for all the keys that have none.
    expect(degraded).toBeGreaterThan(0);
    expect(samples.get('argus_table_full_total')).toBe(degraded);
    expect(samples.get('argus_keys')).toBeLessThanOrEqual(50 - degraded);
    await small.stop();
  });
});
