/** Profiles over HTTP: how they are asked for, and whoever does not wait for the end. */
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { TakenProfile } from '../../../../src/admin/profiles/taken-profile.ts';
import { get, members, request } from '../../../support/ask.ts';
import { expectProblem } from '../../../support/problem.ts';
import { RawClient } from '../../../support/raw-http.ts';
import { RIGHT } from '../../../support/reset.ts';
import { AdminHarness } from './admin-harness.ts';

/** Shorter than the profiles that are asked for. */
const REQUEST_TIMEOUT_MS = 200;
const TAKEN: TakenProfile = { kind: 'heap', beganUs: 1, tookUs: 2, threads: [], late: [] };
const HEAP = '/debug/pprof/heap';

let harness: AdminHarness;
beforeEach(async () => {
  harness = await AdminHarness.start({ requestTimeoutMs: REQUEST_TIMEOUT_MS });
});
afterEach(() => harness.stop());

const admin = (path: string, method = 'GET') => get(harness, path, { headers: RIGHT, method });
const asked = (count: number) => until(() => harness.requests.length === count);

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 5));
}

test('a profile is a file, and comes once it is taken, however long that is', async () => {
  const answer = admin(`${HEAP}?seconds=300`);
  await asked(1);
  expect(harness.requests).toEqual([{ kind: 'profile', of: 'heap', seconds: 300 }]);
  // Until a connection on which nothing is sent would be closed.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  harness.profiles.receive(TAKEN);
  expect(await answer).toMatchObject({
    status: 200,
    body: 'a file of heap',
    headers: {
      'content-type': 'application/octet-stream',
      'content-disposition': 'attachment; filename="argus-heap.pb.gz"',
      'content-length': '14',
      'cache-control': 'no-store',
    },
  });
}, 20_000);

test('whoever does not take it is closed like anybody else, and holds nothing', async () => {
  harness.profileBytes = 32 * 2 ** 20;
  const deaf = connect({ port: harness.port, host: '127.0.0.1' });
  deaf.on('error', () => undefined).pause();
  deaf.write(request('GET', HEAP, RIGHT));
  await asked(1);
  harness.profiles.receive(TAKEN);
  await until(() => harness.waitingBytes > 2 ** 20);
  await until(() => harness.sockets.size === 0);
  deaf.destroy();
}, 20_000);

test.each([['profile'], ['heap'], ['allocs']])('of %s, 30 s where it is not said', async (kind) => {
  const answer = admin(`/debug/pprof/${kind}`);
  await asked(1);
  expect(harness.requests).toEqual([{ kind: 'profile', of: kind, seconds: 30 }]);
  harness.profiles.receive(TAKEN);
  expect((await answer).headers['content-disposition']).toContain(`argus-${kind}.pb.gz`);
});

describe('none is begun', () => {
  //  the query, the field at fault, words about it
  test.each([
    ['seconds=0', 'seconds', 'from 1 to 300'],
    ['seconds=301', 'seconds', 'from 1 to 300'],
    ['seconds=1.5', 'seconds', '1.5'],
    ['seconds=', 'seconds', 'from 1 to 300'],
    ['debug=1', 'debug', 'there are seconds'],
  ])('for ?%s', async (query, field, words) => {
    const answer = await admin(`${HEAP}?${query}`);
    expectProblem(answer, 400, words);
    expect(members(answer)['field']).toBe(field);
    expect(harness.requests).toEqual([]);
  });

  test('by HEAD, which is told what GET would be', async () => {
    const answer = await admin(HEAP, 'HEAD');
    expect(answer).toMatchObject({ status: 200, body: '' });
    expect(answer.headers['content-type']).toBe('application/octet-stream');
    expect(harness.requests).toEqual([]);
  });

  test('while another one is taken', async () => {
    const first = admin(HEAP);
    await asked(1);
    const second = await admin('/debug/pprof/profile');
    expectProblem(second, 503, 'being taken');
    expect(second.headers['retry-after']).toBe('5');
    expect(harness.requests).toHaveLength(1);
    harness.profiles.receive(TAKEN);
    expect((await first).status).toBe(200);
  });

  test('at the end of the service, which ends the one that is taken', async () => {
    const first = admin(HEAP);
    await asked(1);
    const ended = harness.profiles.end();
    expect(harness.requests.at(-1)).toEqual({ kind: 'profile-end' });
    expectProblem(await admin(HEAP), 503, 'ending');
    harness.profiles.receive(TAKEN);
    expect((await first).status).toBe(200);
    await ended;
  });
});

describe('whoever is gone leaves room for another', () => {
  test.each([
    ['closes', (client: RawClient) => client.destroy()],
    ['says that he sends no more', (client: RawClient) => void client.end()],
  ])('who %s', async (_how, leave) => {
    const client = await RawClient.connect(harness.port);
    client.send(request('GET', HEAP, RIGHT));
    await asked(1);
    leave(client);
    await asked(2);
    expect(harness.requests.at(-1)).toEqual({ kind: 'profile-end' });
    harness.profiles.receive(TAKEN);
    const next = admin(HEAP);
    await asked(3);
    harness.profiles.receive(TAKEN);
    expect((await next).status).toBe(200);
    client.destroy();
  });

  test('and who has sent all he will is given what there is by then', async () => {
    const client = await RawClient.connect(harness.port);
    client.send(request('GET', HEAP, RIGHT)).end();
    await asked(2);
    harness.profiles.receive(TAKEN);
    expect(await client.answer()).toMatchObject({ status: 200, body: 'a file of heap' });
    client.destroy();
  });
});

test('what else is asked on its connection is answered after it', async () => {
  const client = await RawClient.connect(harness.port);
  client.send(request('GET', HEAP, RIGHT).repeat(12) + request('GET', '/v1/top', RIGHT));
  await asked(1);
  // The others are refused by now.
  await new Promise((resolve) => setTimeout(resolve, 100));
  harness.profiles.receive(TAKEN);
  expect((await client.answer()).body).toBe('a file of heap');
  for (let i = 1; i < 12; i++) expect((await client.answer()).status).toBe(503);
  expect((await client.answer()).body).toContain('halfLife');
  client.destroy();
});

test('a connection on which many were asked for is none the worse', async () => {
  const client = await RawClient.connect(harness.port);
  const listening = () => [...harness.sockets].map((socket) => socket.listenerCount('end'));
  let before: number[] = [];
  for (let i = 1; i <= 3; i++) {
    client.send(request('GET', HEAP, RIGHT));
    await asked(i);
    harness.profiles.receive(TAKEN);
    expect((await client.answer()).status).toBe(200);
    if (i === 1) before = listening();
  }
  expect(listening()).toEqual(before);
  client.destroy();
});
