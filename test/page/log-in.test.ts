/** Who may see the dashboard, and where the token stays. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { get } from '../support/ask.ts';
import { expectProblem } from '../support/problem.ts';
import { TOKEN } from '../support/reset.ts';
import { isWithoutBrowser, Tab, type Watched, watch } from './browser.ts';

describe.skipIf(isWithoutBrowser)('logging in', () => {
  let watched: Watched;
  beforeAll(async () => {
    watched = await watch();
  });
  afterAll(() => watched.end());

  test('a wrong token is refused in words, and not kept', async () => {
    const tab = await Tab.open(watched);
    await tab.page.getByLabel('Token').fill('wrong');
    await tab.page.getByRole('button', { name: 'Log in' }).click();
    const fault = tab.page.getByRole('alert');
    await fault.filter({ hasText: 'ADMIN_TOKEN' }).waitFor();
    expect(await tab.page.locator('#dashboard').isVisible()).toBe(false);
    expect(await kept(tab)).toEqual([0, 0, '']);
    // The browser says of each answer of 401 that it was one.
    tab.forget(/status of 401/);
    tab.expectNoFault();
    await tab.context.close();
  });

  test('the token stays in its tab, is no cookie, and is gone after logging out', async () => {
    const tab = await Tab.open(watched);
    await tab.logIn();
    expect(await kept(tab)).toEqual([1, 0, '']);
    const address = tab.page.url();
    expect(address).not.toContain(TOKEN);
    await tab.page.reload();
    await tab.page.locator('#dashboard').waitFor();
    const other = await Tab.openIn(tab.context, watched);
    await other.page.getByLabel('Token').waitFor();
    expect(await kept(other)).toEqual([0, 0, '']);
    await tab.page.getByRole('button', { name: 'Log out' }).click();
    await tab.page.getByLabel('Token').waitFor();
    expect(await kept(tab)).toEqual([0, 0, '']);
    expect(await tab.page.locator('#dashboard').isVisible()).toBe(false);
    tab.expectNoFault();
    other.expectNoFault();
    await tab.context.close();
  });

  test('the page itself has no data, and is in no frame of another site', async () => {
    for (const path of ['/', '/main.js', '/page.css', '/uplot.js', '/uplot.css', '/icon.svg']) {
      const answer = await get({ port: watched.adminPort }, path);
      expect([path, answer.status]).toEqual([path, 200]);
      const guard = answer.headers['content-security-policy'];
      expect(guard).toContain("default-src 'self'");
      expect(guard).toContain("frame-ancestors 'none'");
      expect(answer.headers['x-content-type-options']).toBe('nosniff');
      const head = await get({ port: watched.adminPort }, path, { method: 'HEAD' });
      expect(head.headers['content-length']).toBe(answer.headers['content-length']);
      const headers = { 'If-None-Match': answer.headers['etag'] ?? '' };
      const again = await fetch(`http://127.0.0.1:${watched.adminPort}${path}`, { headers });
      expect([again.status, await again.text()]).toEqual([304, '']);
    }
    expectProblem(await get({ port: watched.adminPort }, '/', { method: 'POST' }), 401);
    for (const path of ['/tsconfig.json', '/api-types.d.ts', '/../config.ts', '/page/main.js']) {
      expectProblem(await get({ port: watched.adminPort }, path), 401);
    }
    expectProblem(await get(watched.service, '/main.js'), 404);
  });
});

/** How much the tab has kept, how much all tabs have, and cookies. */
function kept(tab: Tab): Promise<readonly unknown[]> {
  return tab.page.evaluate('[sessionStorage.length, localStorage.length, document.cookie]');
}
