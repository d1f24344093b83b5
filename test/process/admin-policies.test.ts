/** Policies, and questions that are tried: over the admin port of a whole service. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ask, exchange, get, members, request } from '../support/ask.ts';
import { freePort } from '../support/free-port.ts';
import { expectProblem } from '../support/problem.ts';
import type { Answer } from '../support/raw-http.ts';
import { RIGHT, TOKEN } from '../support/reset.ts';
import { type Service, startService } from '../support/service.ts';

const POLICIES = fileURLToPath(new URL('./policies.yaml', import.meta.url));

let service: Service;
let port: number;
beforeAll(async () => {
  port = await freePort();
  const flags = ['--threads', '2', '--policies', POLICIES, '--admin-port', String(port)];
  service = await startService({ flags, env: { ADMIN_TOKEN: TOKEN } });
});
afterAll(async () => {
  expect(await service.stop()).toBe(0);
});

function admin(path: string): Promise<Answer> {
  return get({ port }, path, { headers: RIGHT });
}

function tried(text: string | Uint8Array): Promise<Answer> {
  const body = Buffer.from(text);
  const head = { ...RIGHT, 'Content-Type': 'application/json' };
  const length = String(body.length);
  const asked = request('POST', '/v1/try', { ...head, 'Content-Length': length });
  return exchange({ port }, Buffer.concat([Buffer.from(asked), body]));
}

test('policies are told with what all threads have decided by them', async () => {
  for (let i = 0; i < 12; i++) await ask(service, { policy: 'a', key: 'alice' });
  const { policies } = members(await admin('/v1/policies'));
  expect(policies).toMatchObject([
    { name: 'a', file: POLICIES, line: 3, overrides: 0, limits: [{ allowed: 10, denied: 2 }] },
  ]);
  expectProblem(await admin('/v1/policies?limit=0'), 400, 'from 1 to 1000');
  expectProblem(await admin('/v1/policies?cursor=x'), 400, 'cursor');
  expectProblem(await admin('/v1/policies?cursor=1000000000'), 400, 'from 0 to 999999999,');
});

test('a question is tried by them, and takes nothing', async () => {
  const trial = JSON.stringify({ policy: 'a', key: 'nobody', cost: 11 });
  expect(members(await tried(trial))).toMatchObject({
    allowed: false,
    limits: [{ remaining: 10 }],
  });
  expect(members(await admin('/v1/keys/nobody?policy=a'))).toMatchObject({ bucket: null });
});

test('what is wrong with it is said, as to whoever asks it', async () => {
  const missing = await tried('{"key":"kept"}');
  expectProblem(missing, 400, 'capacity must be');
  expect(members(missing)['field']).toBe('capacity');
  expectProblem(await tried('{"key":"a","policy":"none"}'), 400, 'none');
  // What is no text is not tried as another key.
  const noText = Buffer.from('{"key":"\xff","policy":"a"}', 'latin1');
  expectProblem(await tried(noText), 400, 'UTF-8');
});
