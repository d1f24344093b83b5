/** The page for whoever uses the keyboard, a screen reader, a phone, or a dark room. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, fiveADay } from '../support/ask.ts';
import { isWithoutBrowser, Tab, type Watched, watch } from './browser.ts';

const AXE = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

describe.skipIf(isWithoutBrowser)('the page', () => {
  let watched: Watched;
  beforeAll(async () => {
    watched = await watch();
    for (let i = 0; i < 8; i++) await ask(watched.service, fiveADay('alice'));
  });
  afterAll(() => watched.end());

  test.each([
    ['light', 1_280],
    ['dark', 1_280],
    ['light', 360],
    ['dark', 360],
  ] as const)(
    '%s, %d pixels wide: nothing is hard to see, read or reach',
    async (scheme, width) => {
      const tab = await Tab.open(watched, {
        colorScheme: scheme,
        viewport: { width, height: 740 },
        // axe-core is no script of the page.
        bypassCSP: true,
      });
      expect(await faultsOfAxe(tab)).toEqual([]);
      await tab.logIn();
      await tab.page.getByRole('table', { name: 'Denied most' }).waitFor();
      await tab.page.locator('#keys').getByRole('button', { name: 'Search' }).click();
      await tab.page.locator('#found').getByRole('table').waitFor();
      expect(await faultsOfAxe(tab)).toEqual([]);
      await tab.keep(`${scheme}-${width}`);
      await tab.page.locator('#found').getByRole('button', { name: 'alice' }).click();
      await tab.page.getByRole('dialog').getByText('0 of 5').waitFor();
      expect(await faultsOfAxe(tab)).toEqual([]);
      expect(await tab.page.evaluate('document.documentElement.scrollWidth')).toBe(width);
      await tab.keep(`${scheme}-${width}-explained`);
      await tab.context.close();
    },
  );

  test('all of it can be done by keys alone', async () => {
    const tab = await Tab.open(watched);
    const { keyboard } = tab.page;
    await tab.logIn();
    const table = tab.page.getByRole('table', { name: 'Denied most' });
    await table.waitFor();
    const focused = () => tab.page.evaluate<string>('document.activeElement.textContent.trim()');
    for (let i = 0; i < 30 && (await focused()) !== 'alice'; i++) await keyboard.press('Tab');
    expect(await focused()).toBe('alice');
    // The table comes anew every few seconds: who stands in it stays there.
    const before = await table.textContent();
    for (let i = 0; i < 8; i++) await ask(watched.service, fiveADay('alice'));
    await expect.poll(() => table.textContent(), { timeout: 20_000 }).not.toBe(before);
    expect(await focused()).toBe('alice');
    await keyboard.press('Enter');
    const dialog = tab.page.getByRole('dialog', { name: 'alice' });
    await dialog.getByText('0 of 5').waitFor();
    for (let i = 0; i < 5 && (await focused()) !== 'Reset'; i++) await keyboard.press('Tab');
    await keyboard.press('Enter');
    expect(await focused()).toBe('Yes, reset');
    await keyboard.press('Tab');
    await keyboard.press('Enter');
    expect(await focused()).toBe('Reset');
    await keyboard.press('Escape');
    await dialog.waitFor({ state: 'hidden' });
    expect(await focused()).toBe('alice');
    await tab.page.reload();
    await tab.page.locator('#dashboard').waitFor();
    await keyboard.press('Shift+Tab');
    for (let i = 0; i < 5 && (await focused()) !== 'Skip to the content'; i++) {
      await keyboard.press('Shift+Tab');
    }
    expect(await focused()).toBe('Skip to the content');
    await tab.context.close();
  });
});

/** What axe-core finds: rule, and where. */
async function faultsOfAxe({ page }: Tab): Promise<readonly string[]> {
  await page.evaluate(AXE);
  return page.evaluate(`axe.run().then(({ violations }) =>
    violations.flatMap(({ id, nodes }) => nodes.map(({ html }) => id + ': ' + html)))`);
}
