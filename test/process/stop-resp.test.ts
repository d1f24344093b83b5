/** Stopping while pipelines of the Redis protocol are on their way. */
import { expect, test } from 'vitest';
import { RespClient } from '../support/resp-client.ts';
import { words } from '../support/resp-frames.ts';
import { startResp } from '../support/resp-service.ts';

const CLIENTS = 60;
const COMMANDS = 200;
/** Around the first time at which connections are told to end. */
const FIRST_MS = 440;
const LAST_MS = 600;

/** In one write, so that it arrives whole however busy the machine is. */
const PIPELINE = Buffer.concat(Array.from({ length: COMMANDS }, () => words('THROTTLE a 9 9 60')));

test('a pipeline that comes as it ends is answered whole, or not begun', async () => {
  const service = await startResp({ flags: ['--threads', '2'] });
  const clients: RespClient[] = [];
  for (let i = 0; i < CLIENTS; i++) clients.push(await RespClient.connect(service.respPort));
  for (const client of clients) expect(await client.ask('PING')).toBe('+PONG');
  service.process.kill('SIGINT');
  const sent = clients.map(async (client, i) => {
    const ms = FIRST_MS + ((LAST_MS - FIRST_MS) * i) / CLIENTS;
    await new Promise((resolve) => setTimeout(resolve, ms));
    client.send(PIPELINE);
  });
  await Promise.all(sent);
  const answered = await Promise.all(clients.map(async (client) => (await client.rest()).length));
  expect(await service.ended).toBe(0);
  expect(answered.filter((count) => count !== 0 && count !== COMMANDS)).toEqual([]);
  expect(answered).toContain(COMMANDS);
  for (const client of clients) client.destroy();
});
