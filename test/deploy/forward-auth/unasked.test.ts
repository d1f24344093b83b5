/** The same where the service cannot be asked: requests pass, and are asked about once at most. */
import { createHash } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { exchange, get, request } from '../../support/ask.ts';
import { freePort } from '../../support/free-port.ts';
import type { ProxyProcess } from '../../support/proxy-process.ts';
import { isMissing } from '../../support/resp-tools.ts';
import type { Reaction } from '../fake-instance.ts';
import type { FakeApp } from './fake-app.ts';
import { PROXIES } from './proxies.ts';
import { Started } from './site.ts';

const BODY = 'a body of many bytes, '.repeat(15_000);
const SHA256 = createHash('sha256').update(BODY).digest('hex');

const DIES_LATER = (before: number): Reaction => (before === 0 ? 'allow' : 'die');

for (const forwardProxy of PROXIES) {
  describe.skipIf(isMissing(forwardProxy.tool))(forwardProxy.name, () => {
    const started = new Started();
    let app: FakeApp;
    beforeEach(async () => {
      app = await started.app();
    });
    afterEach(() => started.stop());

    /** Every request comes to the application, once and whole. */
    async function allPass(proxy: ProxyProcess): Promise<void> {
      expect((await get(proxy, '/')).body).toBe('app');
      expect((await get(proxy, '/', { method: 'HEAD' })).status).toBe(200);
      const length = String(BODY.length);
      const posted = request('POST', '/', { 'Content-Length': length }) + BODY;
      expect((await exchange(proxy, posted)).status).toBe(200);
      expect((await get(proxy, '/')).headers['ratelimit']).toBeUndefined();
      expect(app.arrived.map(({ method }) => method)).toEqual(['GET', 'HEAD', 'POST', 'GET']);
      expect(app.arrived[2]).toMatchObject({ bytes: BODY.length, sha256: SHA256 });
    }

    test('it is not there', async () => {
      await allPass(await started.proxy(forwardProxy, { port: await freePort() }, app));
    });

    //  what it does with a question, of which so many came before on the connection
    const reactions: readonly (readonly [string, (before: number) => Reaction])[] = [
      ['is late', () => 'hang'],
      ['has too many connections', () => 'busy'],
      ['ends the connection without an answer', () => 'die'],
      ['ends a kept connection without one', DIES_LATER],
    ];
    test.each(reactions)('it %s', async (_, react) => {
      const argus = await started.fake(react);
      await allPass(await started.proxy(forwardProxy, argus, app));
      expect(argus.asked).toBe(4);
      const { keeps } = forwardProxy;
      if (react === DIES_LATER) expect(argus.connections).toBe(keeps ? 2 : 4);
    });
  });
}
