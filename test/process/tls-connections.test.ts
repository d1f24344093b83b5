/** Connections over TLS: how many there may be, how they end, and how they reach deciders. */
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { LIMITS_PATH } from '../../src/contract/paths.ts';
import { freshKey, post, request } from '../support/ask.ts';
import { freePort } from '../support/free-port.ts';
import { RawClient } from '../support/raw-http.ts';
import { scrape, total } from '../support/scrape.ts';
import { runService, type Service, startService } from '../support/service.ts';
import { TlsFiles } from '../support/tls-files.ts';
import { until } from './shared-services.ts';

const ALTERED = fileURLToPath(new URL('../support/altered-service.ts', import.meta.url));
const HALF_A_HELLO = Buffer.from([22, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3]);
const QUESTION = { key: freshKey(), capacity: 1_000_000, interval: 1 };

const files = new TlsFiles();
afterAll(() => files.remove());

function start(...flags: readonly string[]): Promise<Service> {
  return startService({ flags: ['--threads', '2', ...files.flags, ...flags] });
}

function secure({ port }: { readonly port: number }): Promise<RawClient> {
  return RawClient.secure(port, { ca: files.ca });
}

test('beyond MAX_CONNECTIONS probes are answered, once, and all else is sent away', async () => {
  const service = await start('--max-connections', '4');
  const held = [];
  for (let i = 0; i < 4; i++) held.push(await secure(service));
  // Those that are not through their handshakes count as well.
  const half = await RawClient.connect(service.port);
  half.send(HALF_A_HELLO);
  for (const path of ['/livez', '/metrics']) {
    const probe = await secure(service);
    expect((await probe.send(request('GET', path)).answer()).status).toBe(200);
    await probe.closed();
    probe.destroy();
  }
  const other = await secure(service);
  expect((await other.send(post(QUESTION)).answer()).status).toBe(503);
  await other.closed();
  for (const client of [...held, half, other]) client.destroy();
  await until(async () => {
    const again = await secure(service);
    const { status } = await again.send(post(QUESTION)).answer();
    again.destroy();
    return status === 200;
  });
  expect(await service.stop()).toBe(0);
});

test('at the stop idle connections end, handshakes too, and what was asked is answered', async () => {
  const service = await start('--headers-timeout-ms', '60000', '--request-timeout-ms', '60000');
  const idle = await secure(service);
  expect((await idle.send(post(QUESTION)).answer()).status).toBe(200);
  const fresh = await secure(service);
  const half = await RawClient.connect(service.port);
  half.send(HALF_A_HELLO);
  const silent = await RawClient.connect(service.port);
  const asked = await secure(service);
  const whole = post(QUESTION);
  asked.send(whole.subarray(0, 20));
  await new Promise((resolve) => setTimeout(resolve, 100));
  const began = performance.now();
  service.process.kill('SIGINT');
  await Promise.all([idle.closed(), fresh.closed(), half.closed(), silent.closed()]);
  asked.send(whole.subarray(20));
  expect((await asked.answer()).headers['connection']).toBe('close');
  await asked.closed();
  expect(await service.ended).toBe(0);
  expect(performance.now() - began).toBeLessThan(5_000);
  for (const client of [idle, fresh, half, silent, asked]) client.destroy();
});

test('a client that does not read its answers is closed for what it makes a thread hold', async () => {
  const probePort = await freePort();
  const bounds = ['--max-client-bytes', '8388608', '--request-timeout-ms', '30000'];
  const service = await startService({
    flags: ['--threads', '1', ...files.flags, ...bounds, '--probe-port', String(probePort)],
  });
  const batch = Array.from({ length: 1_000 }, (_, i) => ({ ...QUESTION, key: `${i}`.padEnd(200) }));
  const body = JSON.stringify(batch);
  const fields = { 'Content-Type': 'application/json', 'Content-Length': String(body.length) };
  const whole = `${request('POST', LIMITS_PATH, fields)}${body}`;
  const deaf = await Promise.all(Array.from({ length: 24 }, () => secure(service)));
  for (const client of deaf) {
    client.pause();
    client.send(whole.repeat(12));
  }
  let most = 0;
  await until(async () => {
    const samples = await scrape({ port: probePort });
    most = Math.max(most, total(samples, 'argus_client_bytes'));
    return total(samples, 'argus_clients_closed_total') > 0 || most > 4_194_304;
  });
  // What TLS has not got rid of counts as it does without TLS.
  expect(most).toBeGreaterThan(1_000_000);
  for (const client of deaf) client.destroy();
  expect(await service.stop()).toBe(0);
});

describe.concurrent.each(['handed-on', 'alone'])('connections are accepted: %s', (accept) => {
  test('over TLS', async () => {
    const env = { TEST_ACCEPT: accept };
    const flags = ['--threads', '2', ...files.flags];
    const service = await startService({ script: ALTERED, env, flags });
    const one = { key: freshKey(), capacity: 10, interval: 1, unit: 'd' };
    const statuses = [];
    for (let i = 0; i < 20; i++) {
      const client = await secure(service);
      statuses.push((await client.send(post(one)).answer()).status);
      client.destroy();
    }
    expect(statuses.filter((status) => status === 200)).toHaveLength(10);
    const plain = await RawClient.connect(service.port);
    expect((await plain.send(post(one)).answer()).status).toBe(400);
    plain.destroy();
    expect(await service.stop()).toBe(0);
  });
});

describe('argus health', () => {
  async function health(...flags: readonly string[]): Promise<[unknown, string]> {
    const run = runService({ flags: ['health', '--host', '127.0.0.1', ...flags] });
    return [await run.ended, run.output()];
  }

  test('asks over TLS, and does not look who the certificate is made out to', async () => {
    const service = await start();
    const port = ['--port', String(service.port)];
    // Also while the files are not as they should be: nothing of them is needed.
    const gone = ['--tls-cert-file', files.at('gone'), '--tls-key-file', files.at('gone')];
    const alive = `argus: alive at 127.0.0.1 port ${service.port}\n`;
    expect(await health(...port, ...gone)).toEqual([0, alive]);
    expect((await health(...port))[0]).toBe(1);
    const asked = await health(...port, ...gone, '--tls-client-ca-file', files.at('gone'));
    expect(asked).toEqual([1, expect.stringContaining('PROBE_PORT is for that')]);
    expect(await service.stop()).toBe(0);
  });

  test('asks at the port of probes where there is one', async () => {
    const probePort = await freePort();
    const probes = ['--probe-port', String(probePort)];
    const service = await start(...probes, '--tls-client-ca-file', files.caFile);
    const alive = `argus: alive at 127.0.0.1 port ${probePort}\n`;
    expect(await health(...probes, ...files.flags)).toEqual([0, alive]);
    expect(await service.stop()).toBe(0);
  });
});

describe('a start is refused', () => {
  async function refused(...flags: readonly string[]): Promise<[unknown, string]> {
    const run = runService({ flags: ['--host', '127.0.0.1', '--port', '0', ...flags] });
    return [await run.ended, run.output().replaceAll(files.folder, '')];
  }

  test('where the files of TLS are wrong, with what is', async () => {
    const other = files.issue();
    files.replace(files.at('other.key'), other.key);
    const pair = ['--tls-cert-file', files.certFile, '--tls-key-file', files.at('other.key')];
    expect(await refused(...pair)).toEqual([
      2,
      'argus: TLS_KEY_FILE, /other.key, must have the key of the first certificate in ' +
        "TLS_CERT_FILE, /tls.crt, has another's\n",
    ]);
  });

  test('where the port of probes is taken', async () => {
    const service = await start();
    const run = await refused('--probe-port', String(service.port));
    expect(run).toEqual([1, expect.stringContaining('it is in use; PROBE_PORT=0 does without')]);
    expect(await service.stop()).toBe(0);
  });
});
