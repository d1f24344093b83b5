/** `npm run smoke`: that it works at all, as a newcomer would look, in well under a minute. */
import { expect, test } from 'vitest';
import { ask, fiveADay, freshKey, get, members } from './support/ask.ts';
import { askResp, startResp } from './support/resp-service.ts';
import { scrape } from './support/scrape.ts';

test('it starts from source, decides over HTTP and RESP on one bucket, counts, and stops', async () => {
  const service = await startResp({ flags: ['--max-keys', '1000', '--drain-delay-ms', '0'] });
  try {
    expect((await get(service, '/readyz')).status).toBe(200);

    const key = freshKey();
    const first = await ask(service, fiveADay(key));
    expect([first.status, members(first)['remaining']]).toEqual([200, 4]);
    // The same bucket: 5 at most, 5 back in a day. Four more are there, and no fifth.
    const replies = await askResp(service, `CL.THROTTLE ${key} 4 5 86400 4`);
    expect(replies).toBe('*[:0 :5 :0 :-1 :86400]');
    const denied = await ask(service, fiveADay(key));
    expect([denied.status, members(denied)['allowed']]).toEqual([429, false]);
    expect(Number(denied.headers['retry-after'])).toBeGreaterThan(0);

    const wrong = await ask(service, { key, capacity: 5, intervall: 1 });
    expect([wrong.status, wrong.body]).toEqual([400, expect.stringContaining('intervall')]);

    const samples = await scrape(service);
    const decisions = (labels: string) => samples.get(`argus_decisions_total{${labels}}`);
    expect(decisions('transport="http",outcome="allowed"')).toBe(1);
    expect(decisions('transport="http",outcome="denied"')).toBe(1);
    expect(decisions('transport="resp",outcome="allowed"')).toBe(1);
  } finally {
    expect(await service.stop('SIGTERM')).toBe(0);
  }
});
