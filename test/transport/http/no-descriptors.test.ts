/** A process that may open no more files still serves those it knows. */
import { expect, test } from 'vitest';
import { get, request } from '../../support/ask.ts';
import { RawClient } from '../../support/raw-http.ts';
import { startService } from '../../support/service.ts';

const MOST_DESCRIPTORS = 120;

/** How many descriptors the service has open; NaN where none is left to look with. */
async function openOf(client: RawClient): Promise<number> {
  const { body } = await client.send(request('GET', '/metrics')).answer();
  return Number(/^process_open_fds (\d+)$/m.exec(body)?.[1]);
}

test.runIf(process.platform === 'linux')(
  'a scrape tells what it can when no descriptor is left',
  async () => {
    const service = await startService({
      flags: ['--threads', '1'],
      under: ['prlimit', `--nofile=${MOST_DESCRIPTORS}`],
    });
    const first = await RawClient.connect(service.port);
    expect((await first.send(request('GET', '/livez')).answer()).status).toBe(200);
    const others: RawClient[] = [];
    for (let i = 0; i < MOST_DESCRIPTORS; i++) others.push(await RawClient.connect(service.port));

    const answer = await first.send(request('GET', '/metrics')).answer();
    expect(answer.status).toBe(200);
    expect(answer.body).toContain('argus_keys 0');
    expect(answer.body).toMatch(/^process_open_fds Nan$/m);

    for (const client of others) client.destroy();
    // Until it has closed them it turns new ones away.
    while (!((await openOf(first)) < MOST_DESCRIPTORS / 2)) await new Promise(setImmediate);
    first.destroy();
    expect((await get(service, '/livez')).status).toBe(200);
    expect(await service.stop()).toBe(0);
  },
);
