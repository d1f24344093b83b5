/** Clients that do not read, do not finish or do not close, on a running service; and its end. */
import { describe, expect, test } from 'vitest';
import { RespClient } from '../../support/resp-client.ts';
import { frame, words } from '../../support/resp-frames.ts';
import { askResp, type RespService, startResp } from '../../support/resp-service.ts';
import { scrape } from '../../support/scrape.ts';

const FOR_EVER_MS = '60000';
const SHORT = ['--threads', '1', '--headers-timeout-ms', '500', '--request-timeout-ms', '500'];
const MIB = 1_048_576;

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await sleep(20);
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

async function residentMib(service: RespService): Promise<number> {
  return ((await scrape(service)).get('process_resident_memory_bytes') as number) / MIB;
}

/** Sends without reading until nothing more is taken; returns how much was. */
async function flood(client: RespClient, most: number): Promise<number> {
  const bytes = Buffer.concat(Array.from({ length: 8 }, () => frame('ECHO', 'a'.repeat(16_000))));
  const { socket } = client;
  let gone = 0;
  while (gone < most) {
    const sent = new Promise<boolean>((resolve) => socket.write(bytes, () => resolve(true)));
    if (!(await Promise.race([sent, sleep(2_000).then(() => false)]))) break;
    gone += bytes.length;
  }
  return gone;
}

test('a client that does not read makes no memory grow, and no others wait', async () => {
  const service = await startResp({ flags: ['--threads', '1'] });
  await askResp(service, 'PING');
  const before = await residentMib(service);
  const deaf = [];
  for (let i = 0; i < 10; i++) deaf.push(await RespClient.connect(service.respPort));
  for (const { socket } of deaf) socket.pause();
  const taken = await Promise.all(deaf.map((client) => flood(client, 64 * MIB)));
  for (const bytes of taken) expect(bytes).toBeLessThan(32 * MIB);
  expect(await askResp(service, 'PING')).toBe('+PONG');
  expect((await residentMib(service)) - before).toBeLessThan(100);
  for (const client of deaf) client.destroy();
  expect(await service.stop()).toBe(0);
});

describe.concurrent('a connection is ended, and what it holds is given back,', () => {
  test.each([
    ['that says nothing', ''],
    ['that says half a command', '*1\r\n$4\r\nPI'],
    ['that stalls in a later command', 'PING\r\n*1\r\n'],
  ])('%s', async (_, bytes) => {
    const service = await startResp({ flags: SHORT });
    const client = await RespClient.connect(service.respPort);
    const replies = await client.send(bytes).rest();
    expect(replies.at(-1)).toBe('-ERR timeout: a command must arrive whole within 500 ms');
    expect(await service.stop()).toBe(0);
    client.destroy();
  });

  test.each([
    ['that does not read', '', false],
    ['that does not read, and has quit', 'QUIT\n', false],
    ['that has been ended and does not close', '*x\r\n', true],
  ])('%s', async (_, last, reads) => {
    const service = await startResp({ flags: SHORT });
    const open = async () => (await scrape(service)).get('process_open_fds') as number;
    const before = await open();
    const client = await RespClient.connect(service.respPort);
    expect(await client.ask('PING')).toBe('+PONG');
    if (!reads) client.socket.pause();
    client.send(reads ? last : 'INFO\n'.repeat(200_000) + last);
    await until(async () => (await open()) <= before);
    client.destroy();
    expect(await service.stop()).toBe(0);
  });
});

test('a connection that has asked once may rest longer than any time limit', async () => {
  const service = await startResp({ flags: [...SHORT, '--keep-alive-ms', '500'] });
  const client = await RespClient.connect(service.respPort);
  expect(await client.ask('PING')).toBe('+PONG');
  await sleep(2_500);
  expect(await client.ask('PING')).toBe('+PONG');
  expect(await service.stop()).toBe(0);
  client.destroy();
});

describe.concurrent('stopping', () => {
  test('SIGTERM: still answering for DRAIN_DELAY_MS, then the end; exit code 0', async () => {
    const service = await startResp({ flags: ['--threads', '2', '--drain-delay-ms', '3000'] });
    const client = await RespClient.connect(service.respPort);
    expect(await client.ask('PING')).toBe('+PONG');
    const signalled = performance.now();
    service.process.kill('SIGTERM');
    await until(() => service.output().includes('SIGTERM'));
    expect(await client.ask('THROTTLE a 1 1 60')).toBe('*[:1 :1 :0 :60 :0]');
    expect(await askResp(service, 'PING')).toBe('+PONG');
    expect(await client.rest()).toEqual([]);
    expect(performance.now() - signalled).toBeGreaterThanOrEqual(2_900);
    expect(await service.ended).toBe(0);
    client.destroy();
  });

  test('a command of which half has come is waited for and answered; exit code 0', async () => {
    const flags = ['--threads', '2', '--drain-ms', FOR_EVER_MS];
    const service = await startResp({ flags });
    const client = await RespClient.connect(service.respPort);
    const bytes = words('THROTTLE a 1 1 60');
    expect(await client.ask('PING')).toBe('+PONG');
    client.send(Buffer.concat([words('PING'), bytes.subarray(0, 20)]));
    expect(await client.reply()).toBe('+PONG');
    const idle = await RespClient.connect(service.respPort);
    service.process.kill('SIGINT');
    expect(await idle.rest()).toEqual([]);
    expect(service.process.exitCode).toBeNull();
    client.send(bytes.subarray(20));
    expect(await client.rest()).toEqual(['*[:1 :1 :0 :60 :0]']);
    expect(await service.ended).toBe(0);
    client.destroy();
    idle.destroy();
  });

  test('a client that goes on asking is answered until the end; exit code 0', async () => {
    const service = await startResp({ flags: ['--threads', '2', '--drain-ms', FOR_EVER_MS] });
    const client = await RespClient.connect(service.respPort);
    expect(await client.ask('PING')).toBe('+PONG');
    service.process.kill('SIGINT');
    let answered = 0;
    while ((await client.ask('PING').catch(() => null)) === '+PONG') answered++;
    expect(answered).toBeGreaterThan(0);
    expect(await service.ended).toBe(0);
    client.destroy();
  });

  test('a client that is stuck does not hold it beyond DRAIN_MS; exit code 0', async () => {
    const flags = ['--drain-ms', '500', '--request-timeout-ms', FOR_EVER_MS];
    const service = await startResp({ flags });
    const half = await RespClient.connect(service.respPort);
    expect(await half.ask('PING')).toBe('+PONG');
    half.send('*1\r\n');
    const deaf = await RespClient.connect(service.respPort);
    deaf.socket.pause();
    deaf.send('INFO\n'.repeat(200_000));
    service.process.kill('SIGINT');
    expect(await service.ended).toBe(0);
    half.destroy();
    deaf.destroy();
  });
});
