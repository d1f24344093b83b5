/**
 * TLS on the ports of the Redis protocol, gRPC and operators, as real clients speak it; and clients
 * that must show a certificate.
 */
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { post, request } from '../support/ask.ts';
import { freePort } from '../support/free-port.ts';
import { RawClient } from '../support/raw-http.ts';
import { RIGHT, TOKEN } from '../support/reset.ts';
import { isMissing, isNowhere, run } from '../support/resp-tools.ts';
import { scrape } from '../support/scrape.ts';
import { type Service, startService } from '../support/service.ts';
import { TlsFiles } from '../support/tls-files.ts';
import { until } from './shared-services.ts';

const files = new TlsFiles();
/** Vouches for clients. */
const clients = new TlsFiles();
const client = clients.issue('/CN=a client');
const stranger = files.issue('/CN=a stranger');
const RULES = `${import.meta.dirname}/policies.yaml`;

interface Ports {
  readonly resp: number;
  readonly grpc: number;
  readonly admin: number;
  readonly probe: number;
}

let ports: Ports;
let service: Service;
let strictPorts: Ports;
let strict: Service;

async function start(...more: readonly string[]): Promise<[Service, Ports]> {
  const of: Ports = {
    resp: await freePort(),
    grpc: await freePort(),
    admin: await freePort(),
    probe: await freePort(),
  };
  const flags = Object.entries(of).flatMap(([name, port]) => [`--${name}-port`, String(port)]);
  const all = ['--threads', '2', '--policies', RULES, ...files.flags, ...flags, ...more];
  return [await startService({ flags: all, env: { ADMIN_TOKEN: TOKEN } }), of];
}

beforeAll(async () => {
  [service, ports] = await start();
  [strict, strictPorts] = await start('--tls-client-ca-file', clients.caFile);
});
afterAll(async () => {
  expect(await service.stop()).toBe(0);
  expect(await strict.stop()).toBe(0);
  files.remove();
  clients.remove();
});

/** How often connections came to nothing for this reason, as the port of probes has it. */
async function failed(reason: string, of = ports): Promise<number> {
  const samples = await scrape({ port: of.probe });
  return samples.get(`argus_tls_handshakes_failed_total{reason="${reason}"}`) ?? Number.NaN;
}

/** Resolves with the handshake that was, or with the code of what became of it. */
function handshake(port: number, options: ConnectionOptions): Promise<TLSSocket | string> {
  const { promise, resolve } = Promise.withResolvers<TLSSocket | string>();
  const socket: TLSSocket = connect({ host: '127.0.0.1', port, ca: files.ca, ...options })
    .on('secureConnect', () => resolve(socket))
    .on('error', ({ code = '' }: NodeJS.ErrnoException) => resolve(code))
    .on('close', () => resolve('closed'));
  return promise;
}

/** How many bytes a client is told that asks for something, until it is closed. */
function toldOn(socket: TLSSocket): Promise<number> {
  const { promise, resolve } = Promise.withResolvers<number>();
  let told = 0;
  socket
    .on('data', (bytes: Buffer) => {
      told += bytes.length;
    })
    .on('error', () => undefined)
    .on('close', () => resolve(told))
    .write(request('GET', '/livez'));
  return promise;
}

describe('the Redis protocol', () => {
  const cli = (...args: readonly string[]) =>
    run('redis-cli', ['--tls', '--cacert', files.caFile, '-p', String(ports.resp), ...args]);

  test.skipIf(isMissing('redis-cli'))('redis-cli asks', async () => {
    expect(await cli('PING')).toEqual({ code: 0, output: 'PONG\n' });
    const { output } = await cli('CL.THROTTLE', 'k', '4', '5', '3600');
    expect(output.trim().split('\n')).toEqual(['0', '5', '4', '-1', '720']);
  });

  test.skipIf(isMissing('redis-benchmark'))('redis-benchmark asks in pipelines', async () => {
    const tls = ['--tls', '--cacert', files.caFile, '-h', '127.0.0.1', '-p', String(ports.resp)];
    const load = ['-c', '20', '-n', '20000', '-P', '50', '-q'];
    const { code, output } = await run('redis-benchmark', [...tls, ...load, 'PING']);
    expect([code, output]).toEqual([0, expect.stringContaining('requests per second')]);
  });

  test('a client without TLS is told what to speak', async () => {
    const { output } = await run('redis-cli', ['-p', String(ports.resp), 'PING']);
    expect(output).toContain('ERR this port speaks TLS: connect by it');
  });

  test('who speaks HTTP by ALPN, as every browser does, does not get in', async () => {
    const before = await failed('alpn');
    for (const name of ['h2', 'http/1.1', 'x']) {
      expect(await handshake(ports.resp, { ALPNProtocols: [name] })).toBe(
        'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
      );
    }
    await until(async () => (await failed('alpn')) === before + 3);
  });
});

describe('gRPC', () => {
  test.skipIf(isNowhere('grpcurl'))('grpcurl asks, for what is there and for health', async () => {
    const at = ['-cacert', files.caFile, `localhost:${ports.grpc}`];
    const list = await run('grpcurl', [...at, 'list']);
    expect(list.output).toContain('grpc.health.v1.Health');
    const check = await run('grpcurl', [...at, 'grpc.health.v1.Health/Check']);
    expect(JSON.parse(check.output)).toEqual({ status: 'SERVING' });
  });

  test('a client that asks for HTTP/1.1 does not get in', async () => {
    const before = await failed('alpn');
    expect(await handshake(ports.grpc, { ALPNProtocols: ['http/1.1'] })).toBe(
      'ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL',
    );
    await until(async () => (await failed('alpn')) === before + 1);
  });

  test('one that asks for nothing is told what to ask for', async () => {
    const before = await failed('alpn');
    const one = await RawClient.secure(ports.grpc, { ca: files.ca });
    const { status, body } = await one.send(request('GET', '/livez')).answer();
    expect([status, body]).toEqual([400, 'a client must ask for h2 by ALPN\n']);
    await one.closed();
    one.destroy();
    await until(async () => (await failed('alpn')) === before + 1);
  });
});

test('operators ask over TLS, with their token', async () => {
  const one = await RawClient.secure(ports.admin, { ca: files.ca, ALPNProtocols: ['http/1.1'] });
  expect((await one.send(request('GET', '/v1/threads', RIGHT)).answer()).status).toBe(200);
  expect((await one.send(request('GET', '/v1/threads')).answer()).status).toBe(401);
  one.destroy();
  const plain = await RawClient.connect(ports.admin);
  const { body } = await plain.send(request('GET', '/v1/threads', RIGHT)).answer();
  expect(body).toBe('this port speaks TLS: ask by https\n');
  plain.destroy();
});

describe('the port of probes', () => {
  test('says in plain how the service is, and decides nothing', async () => {
    const one = await RawClient.connect(ports.probe);
    for (const path of ['/livez', '/readyz', '/metrics']) {
      expect((await one.send(request('GET', path)).answer()).status).toBe(200);
    }
    const { status, body } = await one.send(post({ key: 'k', capacity: 1, interval: 1 })).answer();
    expect([status, JSON.parse(body).detail]).toEqual([
      404,
      'there is nothing at "/api/v1/limit"; this port says how the service is: /livez, /readyz, /metrics',
    ]);
    one.destroy();
  });

  test('says when the certificate ends', async () => {
    const samples = await scrape({ port: ports.probe });
    const ends = samples.get('argus_tls_certificate_not_after_timestamp_seconds') ?? 0;
    expect((ends * 1_000 - Date.now()) / 86_400_000).toBeCloseTo(365, 0);
    expect(samples.get('argus_tls_files_valid')).toBe(1);
  });
});

describe('where clients must show a certificate', () => {
  const portsOf = () => [strict.port, strictPorts.resp, strictPorts.grpc, strictPorts.admin];
  const h2 = (port: number) => (port === strictPorts.grpc ? { ALPNProtocols: ['h2'] } : {});

  test('one with it is served on all ports', async () => {
    for (const port of portsOf()) {
      const socket = await handshake(port, { ...client, ...h2(port) });
      expect(socket).toMatchObject({ encrypted: true });
      (socket as TLSSocket).destroy();
    }
    const one = await RawClient.secure(strict.port, { ca: files.ca, ...client });
    one.send(post({ key: 'k', capacity: 1, interval: 1 }));
    expect((await one.answer()).status).toBe(200);
    one.destroy();
  });

  //  what it shows, by which version
  test.each([
    ['none', {}, 'TLSv1.3'],
    ['none', {}, 'TLSv1.2'],
    ["that of another authority's", stranger, 'TLSv1.3'],
    ["that of another authority's", stranger, 'TLSv1.2'],
  ] as const)('one with %s is not served, on no port, %j, by %s', async (_, identity, version) => {
    const before = await failed('client_certificate', strictPorts);
    for (const port of portsOf()) {
      const options = { ...identity, ...h2(port), minVersion: version, maxVersion: version };
      const socket = await handshake(port, options);
      if (typeof socket === 'string') continue;
      // By TLS 1.3 the client has done its part before the service has looked at it.
      expect(await toldOn(socket)).toBe(0);
    }
    await until(async () => (await failed('client_certificate', strictPorts)) === before + 4);
  });

  test('probes need none', async () => {
    const one = await RawClient.connect(strictPorts.probe);
    expect((await one.send(request('GET', '/readyz')).answer()).status).toBe(200);
    one.destroy();
  });
});
