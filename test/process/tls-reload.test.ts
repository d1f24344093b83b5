/**
 * Certificates that change while the service runs: new connections get the new one, old ones go on,
 * and nothing that is half there takes effect.
 */
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { freshKey, post, request } from '../support/ask.ts';
import { freePort } from '../support/free-port.ts';
import { HEALTH_CHECK } from '../support/grpc-service.ts';
import { RawClient } from '../support/raw-http.ts';
import { RIGHT, TOKEN } from '../support/reset.ts';
import { RespClient } from '../support/resp-client.ts';
import { type Service, startService } from '../support/service.ts';
import { type Identity, TlsFiles } from '../support/tls-files.ts';
import { RawClient as RawGrpcClient } from '../transport/grpc/raw-client.ts';
import { call } from '../transport/http2/frames.ts';
import { until } from './shared-services.ts';

let files: TlsFiles;
beforeEach(() => {
  files = new TlsFiles();
});
afterEach(() => files.remove());

const QUESTION = { key: freshKey(), capacity: 1_000_000, interval: 1 };

function start(...flags: readonly string[]): Promise<Service> {
  const env = { ADMIN_TOKEN: TOKEN };
  return startService({ flags: ['--threads', '2', ...files.flags, ...flags], env });
}

/** The serial number of the certificate that a new connection is shown. */
function serialAt(port: number): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const socket: TLSSocket = connect({ host: '127.0.0.1', port, ca: files.ca }, () => {
    resolve(socket.getPeerCertificate().serialNumber);
    socket.destroy();
  }).on('error', reject);
  return promise;
}

/** Of so many connections in a row: all threads are among them. */
async function allShow(ports: readonly number[], serial: string): Promise<boolean> {
  for (const port of ports.flatMap((one) => Array<number>(12).fill(one))) {
    if ((await serialAt(port)) !== serial) return false;
  }
  return true;
}

async function serialsBefore(ports: readonly number[]): Promise<string> {
  const serial = await serialAt(ports[0] as number);
  expect(await allShow(ports, serial)).toBe(true);
  return serial;
}

test('every port of every thread shows the new one, and no connection ends for it', async () => {
  const [respPort, grpcPort, adminPort] = [await freePort(), await freePort(), await freePort()];
  const more = ['--resp-port', respPort, '--grpc-port', grpcPort, '--admin-port', adminPort];
  const service = await start(...more.map(String));
  const ports = [service.port, respPort, grpcPort, adminPort];
  const before = await serialsBefore(ports);
  const old: RawClient[] = [];
  const oldResp: RespClient[] = [];
  const oldGrpc: RawGrpcClient[] = [];
  const { ca } = files;
  for (let i = 0; i < 12; i++) {
    old.push(await RawClient.secure(service.port, { ca }));
    oldResp.push(await RespClient.secure(respPort, { ca }));
    oldGrpc.push(await RawGrpcClient.begin(grpcPort, { ca }));
  }
  const operator = await RawClient.secure(adminPort, { ca });
  const all = async (streamId: number) => {
    for (const client of old) {
      expect((await client.send(post(QUESTION)).answer()).status).toBe(200);
    }
    for (const client of oldResp) {
      expect(await client.ask('CL.THROTTLE k 999999 1000000 1')).toMatch(/^\*\[:0 /);
    }
    for (const client of oldGrpc) {
      client.send(call(streamId, HEALTH_CHECK, ''));
      await client.until((words) => words.some((one) => one.startsWith(`DATA ${streamId} `)));
    }
    operator.send(request('GET', '/v1/threads', RIGHT));
    expect((await operator.answer()).status).toBe(200);
  };
  await all(1);
  files.write(files.issue());
  await until(async () => (await serialAt(service.port)) !== before);
  const after = await serialAt(service.port);
  await until(() => allShow(ports, after));
  // The same connections, which were there before.
  await all(3);
  for (const client of [...old, ...oldResp, operator]) client.destroy();
  for (const client of oldGrpc) client.stop();
  expect(service.output().match(/certificate and key loaded again/g)).toHaveLength(1);
  expect(await service.stop()).toBe(0);
});

test('client CAs that change let nobody go on with a session of before', async () => {
  const clients = new TlsFiles();
  const identity = clients.issue('/CN=a client');
  const clientCa = files.at('clients.crt');
  files.replace(clientCa, clients.ca);
  const service = await start('--tls-client-ca-file', clientCa);
  const sessions: Buffer[] = [];
  const options = { host: '127.0.0.1', port: service.port, ca: files.ca, ...identity };
  const answered = async (session?: Buffer) => {
    const socket: TLSSocket = connect({ ...options, ...(session && { session }) });
    const { promise, resolve } = Promise.withResolvers<boolean>();
    socket
      .on('session', (fresh: Buffer) => sessions.push(fresh))
      .on('data', () => resolve(true))
      .on('error', () => undefined)
      .on('close', () => resolve(false))
      .write(request('GET', '/livez'));
    const isAnswered = await promise;
    const isReused = socket.isSessionReused();
    socket.destroy();
    return isAnswered ? (isReused ? 'again' : 'anew') : 'no';
  };
  expect(await answered()).toBe('anew');
  const [session] = sessions;
  expect(await answered(session)).toBe('again');
  files.replace(clientCa, files.ca);
  await until(() => service.output().includes('certificate and key loaded again'));
  expect(await answered(session)).toBe('no');
  expect(await answered()).toBe('no');
  clients.remove();
  expect(await service.stop()).toBe(0);
});

test('while questions are asked all the time none is lost by a change', async () => {
  const service = await start();
  let isOver = false;
  let asked = 0;
  const ask = async () => {
    const client = await RawClient.secure(service.port, { ca: files.ca });
    for (; !isOver; asked++) {
      expect((await client.send(post(QUESTION)).answer()).status).toBe(200);
    }
    client.destroy();
  };
  const asking = Array.from({ length: 4 }, ask);
  const before = await serialAt(service.port);
  files.write(files.issue());
  await until(async () => (await serialAt(service.port)) !== before);
  isOver = true;
  await Promise.all(asking);
  expect(asked).toBeGreaterThan(10);
  expect(await service.stop()).toBe(0);
});

test('a certificate without its key changes nothing, is named, and the pair is taken once it is one', async () => {
  const service = await start();
  const before = await serialsBefore([service.port]);
  const next: Identity = files.issue();
  files.replace(files.certFile, next.cert);
  const words = 'certificate and key stay as they were: TLS_KEY_FILE';
  await until(() => service.output().includes(words));
  expect(await allShow([service.port], before)).toBe(true);
  files.replace(files.keyFile, next.key);
  await until(async () => (await serialAt(service.port)) !== before);
  rmSync(files.keyFile);
  await until(() => service.output().includes('there is no such file or folder (ENOENT)'));
  expect(await serialAt(service.port)).not.toBe(before);
  expect(await service.stop()).toBe(0);
});

test('a certificate that is written piece by piece is never shown before it is whole', async () => {
  const service = await start();
  const before = await serialsBefore([service.port]);
  const next = files.issue();
  const chain = next.cert + files.ca;
  for (let length = 0; length < chain.length; length += 400) {
    writeFileSync(files.certFile, chain.slice(0, length));
    writeFileSync(files.keyFile, next.key.slice(0, length));
    for (let i = 0; i < 6; i++) expect(await serialAt(service.port)).toBe(before);
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  files.write({ ...next, cert: chain });
  await until(async () => (await serialAt(service.port)) !== before);
  expect(await service.stop()).toBe(0);
});

test('a folder whose link is swapped, as Kubernetes does with a Secret', async () => {
  const mount = files.at('mount');
  const version = (name: string, { cert, key }: Identity) => {
    mkdirSync(files.at(name));
    writeFileSync(join(files.at(name), 'tls.crt'), cert);
    writeFileSync(join(files.at(name), 'tls.key'), key);
  };
  mkdirSync(mount);
  version('one', files.issue());
  version('two', files.issue());
  symlinkSync('../one', join(mount, '..data'));
  for (const name of ['tls.crt', 'tls.key']) symlinkSync(`..data/${name}`, join(mount, name));
  const flags = [
    '--tls-cert-file',
    join(mount, 'tls.crt'),
    '--tls-key-file',
    join(mount, 'tls.key'),
  ];
  const service = await startService({ flags: ['--threads', '1', ...flags] });
  const before = await serialAt(service.port);
  symlinkSync('../two', join(mount, '..data_tmp'));
  renameSync(join(mount, '..data_tmp'), join(mount, '..data'));
  await until(async () => (await serialAt(service.port)) !== before);
  expect(service.output()).not.toContain('stay as they were');
  expect(await service.stop()).toBe(0);
});

test('SIGHUP loads it at once', async () => {
  const service = await start();
  service.process.kill('SIGHUP');
  await until(() => service.output().includes('certificate and key loaded again'));
  expect(await service.stop()).toBe(0);
});
