/** The command line and the environment, as a user meets them: plain Node, one process each. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { ask, freshKey, get } from '../support/ask.ts';
import { freePort } from '../support/free-port.ts';
import { scrape } from '../support/scrape.ts';
import { runService, type ServiceOptions, startService } from '../support/service.ts';

const PACKAGE = new URL('../../package.json', import.meta.url);

/** What it prints on each stream, and how it ends. */
async function runToEnd(options: ServiceOptions) {
  const run = runService(options);
  let errors = '';
  run.process.stderr?.on('data', (text: string) => {
    errors += text;
  });
  const code = await run.ended;
  return { code, errors, all: run.output() };
}

test('--help lists every flag and variable with its default, on standard output', async () => {
  const { code, errors, all } = await runToEnd({ flags: ['--help'] });
  expect([code, errors]).toEqual([0, '']);
  //  flag, variable, default
  const settings = [
    ['--host', 'HOST', '0.0.0.0'],
    ['--port', 'PORT', '8123'],
    ['--resp-port', 'RESP_PORT', '6380'],
    ['--grpc-port', 'GRPC_PORT', '0'],
    ['--grpc-max-connection-age-ms', 'GRPC_MAX_CONNECTION_AGE_MS', '0'],
    ['--http-lane', 'HTTP_LANE', 'on'],
    ['--policies', 'POLICIES', 'none'],
    ['--shadow-mode', 'SHADOW_MODE', 'false'],
    ['--envoy-algorithm', 'ENVOY_ALGORITHM', 'fixed_window'],
    ['--most-metric-values', 'MOST_METRIC_VALUES', '1000'],
    ['--redis-url', 'REDIS_URL', 'none'],
    ['--redis-prefix', 'REDIS_PREFIX', 'argus'],
    ['--redis-username', 'REDIS_USERNAME', 'none'],
    ['--redis-password', 'REDIS_PASSWORD', 'none'],
    ['--redis-password-file', 'REDIS_PASSWORD_FILE', 'none'],
    ['--redis-ca-file', 'REDIS_CA_FILE', 'none'],
    ['--redis-cert-file', 'REDIS_CERT_FILE', 'none'],
    ['--redis-key-file', 'REDIS_KEY_FILE', 'none'],
    ['--redis-server-name', 'REDIS_SERVER_NAME', 'none'],
    ['--sharing', 'SHARING', 'leased'],
    ['--on-store-down', 'ON_STORE_DOWN', 'local'],
    ['--store-timeout-ms', 'STORE_TIMEOUT_MS', '20'],
    ['--decide-within-ms', 'DECIDE_WITHIN_MS', '0'],
    ['--instances', 'INSTANCES', '1'],
    ['--admin-token', 'ADMIN_TOKEN', 'none'],
    ['--auth-tokens-file', 'AUTH_TOKENS_FILE', 'none'],
    ['--admin-port', 'ADMIN_PORT', '0'],
    ['--admin-host', 'ADMIN_HOST', '127.0.0.1'],
    ['--probe-port', 'PROBE_PORT', '0'],
    ['--tls-cert-file', 'TLS_CERT_FILE', 'none'],
    ['--tls-key-file', 'TLS_KEY_FILE', 'none'],
    ['--tls-client-ca-file', 'TLS_CLIENT_CA_FILE', 'none'],
    ['--otel-exporter-otlp-endpoint', 'OTEL_EXPORTER_OTLP_ENDPOINT', 'none'],
    ['--allow-origins', 'ALLOW_ORIGINS', 'none'],
    ['--max-client-bytes', 'MAX_CLIENT_BYTES', '67108864'],
    ['--log-level', 'LOG_LEVEL', 'info'],
    ['--threads', 'THREADS', ''],
    ['--max-keys', 'MAX_KEYS', '1000000'],
    ['--engine', 'ENGINE', 'tree'],
    ['--snapshot', 'SNAPSHOT', 'none'],
    ['--snapshot-interval-ms', 'SNAPSHOT_INTERVAL_MS', '10000'],
    ['--snapshot-required', 'SNAPSHOT_REQUIRED', 'false'],
    ['--denied-status', 'DENIED_STATUS', '429'],
    ['--default-answer', 'DEFAULT_ANSWER', 'json'],
    ['--headers-timeout-ms', 'HEADERS_TIMEOUT_MS', '5000'],
    ['--request-timeout-ms', 'REQUEST_TIMEOUT_MS', '10000'],
    ['--keep-alive-ms', 'KEEP_ALIVE_MS', '75000'],
    ['--max-connections', 'MAX_CONNECTIONS', '10000'],
    ['--drain-delay-ms', 'DRAIN_DELAY_MS', '1000'],
    ['--drain-ms', 'DRAIN_MS', '10000'],
    ['--help', '', ''],
    ['--version', '', ''],
  ] as const;
  const lines = all.split('\n');
  for (const [flag, variable, byDefault] of settings) {
    const line = lines.find((one) => one.startsWith(`  ${flag} `)) ?? flag;
    expect(line).toContain(` ${variable}`);
    expect(line).toContain(byDefault);
  }
  // Those of a service, each at the begin of its line.
  const flags = [...all.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag = '']) => flag);
  expect(flags.toSorted()).toEqual(settings.map(([flag]) => flag).toSorted());
});

test('--version says which', async () => {
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { version: string };
  const { code, errors, all } = await runToEnd({ flags: ['--version'] });
  expect([code, errors, all.trim()]).toEqual([0, '', version]);
});

//  flags, environment, what the line names
const refused: readonly (readonly [string, Record<string, string>, readonly string[]])[] = [
  ['--nonsense', {}, ['--nonsense']],
  ['--nonsense 5', {}, ['--nonsense']],
  ['--maxkeys 5', {}, ['--maxkeys', 'nearest is --max-keys:']],
  ['--max_keys 5', {}, ['--max_keys']],
  ['--__proto__ 5', {}, ['--__proto__']],
  ['--no-port', {}, ['--no-port']],
  ['-p 5', {}, ['-p']],
  ['5', {}, ['5']],
  ['--port', {}, ['--port']],
  ['--port=', {}, ['--port', '""']],
  ['--port x', {}, ['--port', '"x"', '65535']],
  ['--port 65536', {}, ['--port', '65536', '65535']],
  ['--port=-1', {}, ['--port', '"-1"']],
  ['--port 80.5', {}, ['--port', '"80.5"']],
  ['--port 0x50', {}, ['--port', '"0x50"']],
  ['--threads 0', {}, ['--threads', '"0"', '1']],
  ['--threads 1e3', {}, ['--threads', '"1e3"']],
  ['--max-keys 0', {}, ['--max-keys', '"0"']],
  ['--max-keys 99999999999999', {}, ['--max-keys', '99999999999999']],
  ['--denied-status 500', {}, ['--denied-status', '"500"', '429, 200, 403, 503']],
  ['--default-answer xml', {}, ['--default-answer', '"xml"', 'json, text']],
  ['--log-level loud', {}, ['--log-level', '"loud"', 'info']],
  ['--drain-ms -5', {}, ['--drain-ms']],
  ['', { MAX_KEYS: 'many' }, ['MAX_KEYS', '"many"']],
  ['', { DENIED_STATUS: '404' }, ['DENIED_STATUS', '"404"']],
  ['', { DRAIN_DELAY_MS: '1s' }, ['DRAIN_DELAY_MS', '"1s"']],
  ['', { KEEP_ALIVE_MS: '0' }, ['KEEP_ALIVE_MS', '"0"', 'from 1 to']],
  ['', { ARGUS_THREADS: 'all', THREADS: '2' }, ['ARGUS_THREADS must be', '"all"', 'from 1 to 256']],
  ['', { ARGUS_PROT: '80' }, ['ARGUS_PROT is not a setting', 'ARGUS_PORT', '--help']],
  ['--port 7000 --resp-port 7000', {}, ['--resp-port', '--port', '7000']],
  ['--redis-prefix=a:b', {}, ['--redis-prefix', '"a:b"', 'letters, digits']],
  ['', { REDIS_PREFIX: '{tag}' }, ['REDIS_PREFIX', '"{tag}"']],
  [
    '--redis-url redis://:hunter/2@h',
    {},
    ['--redis-url', '%2F', '%23', '%40', '%25', 'REDIS_PASSWORD'],
  ],
  ['', { REDIS_USERNAME: 'me' }, ['REDIS_USERNAME is set, but REDIS_URL']],
  [
    '--redis-url redis://:a@h',
    { REDIS_PASSWORD: 'b' },
    ['REDIS_PASSWORD', 'in REDIS_URL too: leave it in one'],
  ],
  [
    '--redis-url redis://h',
    { REDIS_PASSWORD_FILE: '/nowhere/at/all' },
    ['Cannot read REDIS_PASSWORD_FILE', '/nowhere/at/all'],
  ],
  ['--http-lane no', {}, ['--http-lane', '"no"', 'on, off']],
  ['--headers-timeout-ms 20000', {}, ['--headers-timeout-ms', 'REQUEST_TIMEOUT_MS', '20000']],
];
test.concurrent.each(refused)(
  '%j with %j ends in one line on standard error, and code 2',
  async (...row) => {
    const [flags, env, words] = row;
    const run = { flags: flags === '' ? [] : flags.split(' '), env };
    const { code, errors, all } = await runToEnd(run);
    expect({ code, all }).toEqual({ code: 2, all: errors });
    expect(errors).toMatch(/^[^\n]+\n$/);
    for (const word of words) expect(errors).toContain(word);
  },
);

test('every variable is read, and flags win over them', async () => {
  const env = { MAX_KEYS: '77', DENIED_STATUS: '503', DEFAULT_ANSWER: 'text', PORT: 'overruled' };
  const flags = ['--max-keys=99', '--denied-status', '403', '--threads', '1'];
  const service = await startService({ env, flags });
  const question = { key: freshKey(), capacity: 1, interval: 1, unit: 'd' };
  const answers = [await ask(service, question), await ask(service, question)];
  expect(answers.map(({ status, body }) => [status, body])).toEqual([
    [200, 'OK'],
    [403, 'LIMITED'],
  ]);
  expect((await scrape(service)).get('argus_max_keys')).toBe(99);
  await service.stop();
});

test('a flag given twice: the last counts', async () => {
  const service = await startService({ flags: ['--max-keys', '5', '--max-keys', '6'] });
  expect((await scrape(service)).get('argus_max_keys')).toBe(6);
  await service.stop();
});

test('LOG_LEVEL=silent serves without a word', async () => {
  const port = await freePort();
  const run = runService({ flags: ['--port', String(port), '--log-level', 'silent'] });
  await untilServing(port);
  expect(await run.stop('SIGINT')).toBe(0);
  expect(run.output()).toBe('');
});

async function untilServing(port: number): Promise<void> {
  for (;;) {
    const answer = await get({ port }, '/readyz').catch(() => null);
    if (answer?.status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
