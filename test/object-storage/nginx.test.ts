/** examples/object-storage/nginx.conf: what becomes of a POST when a gateway fails. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Nginx, startNginx } from '../support/nginx.ts';
import { isMissing } from '../support/resp-tools.ts';
import { type FakeArgus, startFakeArgus } from './fake-argus.ts';
import { nginxConfig } from './running-example.ts';

describe.skipIf(isMissing('nginx'))('a POST through nginx', () => {
  let upstreams: readonly FakeArgus[];
  let nginx: Nginx;

  beforeEach(async () => {
    upstreams = [await startFakeArgus(), await startFakeArgus()];
    nginx = await startNginx({ config: ({ port }) => nginxConfig(port, upstreams) });
  });

  afterEach(async () => {
    await nginx.stop();
    for (const upstream of upstreams) await upstream.stop();
  });

  async function post(path = '/object-storage'): Promise<number> {
    return (await fetch(nginx.url + path, { method: 'POST', body: '{}' })).status;
  }

  function asked(): readonly number[] {
    return upstreams.map((upstream) => upstream.asked.length);
  }

  test('goes to one gateway and the other in turns', async () => {
    for (let i = 0; i < 10; i++) expect(await post()).toBe(200);
    expect(asked()).toEqual([5, 5]);
  });

  test('goes to the other gateway when one is not there', async () => {
    await upstreams[0]?.stop();
    for (let i = 0; i < 10; i++) expect(await post()).toBe(200);
    expect(asked()).toEqual([0, 10]);
  });

  test('is not sent again when a gateway took it and broke off', async () => {
    for (const upstream of upstreams) upstream.respond = (res) => void res.destroy();
    expect(await post()).toBe(502);
    expect(asked().toSorted()).toEqual([0, 1]);
  });

  test('gets nowhere else', async () => {
    expect(await post('/status')).toBe(404);
    expect(asked()).toEqual([0, 0]);
  });
});
