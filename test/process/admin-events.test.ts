/** Events of a real service, found by its admin thread alone: from the files, the load, the end. */
import { afterEach, expect, test } from 'vitest';
import { ask } from '../support/ask.ts';
import { EventClient } from '../support/event-client.ts';
import { freePort } from '../support/free-port.ts';
import { PoliciesFile, policiesText } from '../support/policies-file.ts';
import { RIGHT, TOKEN } from '../support/reset.ts';
import { type Service, startService } from '../support/service.ts';

let file: PoliciesFile | null = null;
let service: Service | null = null;
afterEach(async () => {
  await service?.stop();
  file?.remove();
});

test('who listens is told of reloads, a full table, decisions, and the end', async () => {
  file = new PoliciesFile(policiesText(['a', 'b'], 10));
  const port = await freePort();
  const flags = ['--threads', '1', '--max-keys', '20', '--policies', file.path];
  const times = ['--request-timeout-ms', '1000', '--headers-timeout-ms', '1000'];
  const limits = ['--drain-delay-ms', '1500', '--admin-port', String(port)];
  service = await startService({
    flags: [...flags, ...times, ...limits],
    env: { ADMIN_TOKEN: TOKEN },
  });
  const client = await EventClient.open(port);
  file.write(policiesText(['a'], 10));
  expect(await client.happening('reload')).toMatchObject({ data: { detail: { rules: 1 } } });
  file.write('nonsense');
  expect(await client.happening('reload-refused')).toMatchObject({
    data: { what: expect.stringContaining('wrong') as unknown },
  });
  for (let key = 0; key < 60; key++) {
    await ask(service, { key: `key ${key}`, capacity: 10, interval: 1, unit: 'd' });
  }
  const full = await client.happening('table-full');
  // A page that comes back is told what it has missed, and nothing else.
  const again = await EventClient.open(port, { 'Last-Event-ID': full.id ?? '' });
  expect(await again.next()).toMatchObject({ event: 'now', data: { maxKeys: 20 } });
  again.close();
  let counted = 0;
  while (counted === 0) {
    const { data } = await client.nextOf('now');
    expect(data).toMatchObject({ keys: 20, connections: {}, store: { isShared: false } });
    await ask(service, { key: 'one more', capacity: 10, interval: 1, unit: 'd' }, RIGHT);
    counted = (data['decisionsPerSecond'] as { http: { allowed: number } }).http.allowed;
  }
  const ended = service.stop('SIGTERM');
  expect(await client.happening('drain')).toMatchObject({ event: 'happening' });
  let last = await client.next();
  while (last !== null) last = await client.next();
  expect(await ended).toBe(0);
}, 60_000);
