/** Keys are text of strangers: whatever they are, the page shows them, and does nothing else. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, fiveADay } from '../support/ask.ts';
import { isWithoutBrowser, Tab, type Watched, watch } from './browser.ts';

const KEYS = [
  '<script>document.title = "taken"</script>',
  '<img src=x onerror="document.title = \'taken\'">',
  '"><b>bold</b>',
  'javascript:document.title="taken"',
  'a\r\nSet-Cookie: taken=1',
  '../../v1/policies?x=#y%00%2e%2e',
  'a\u202egnp.exe',
  '\u0000\u0007\u001b[31m',
  '{{taken}}<%= taken %>',
  'x'.repeat(256),
  '鍵🔑'.repeat(20),
  '__proto__',
  '.',
  '..',
];

describe.skipIf(isWithoutBrowser)('keys of strangers', () => {
  let watched: Watched;
  beforeAll(async () => {
    watched = await watch();
    for (const key of KEYS) {
      for (let i = 0; i < 6; i++) await ask(watched.service, fiveADay(key));
    }
  });
  afterAll(() => watched.end());

  test('are shown as text, and opened by what they are', async () => {
    const tab = await Tab.open(watched);
    await tab.logIn();
    const keys = tab.page.locator('#keys');
    await keys.getByRole('button', { name: 'Search' }).click();
    const found = keys.getByRole('table').getByRole('button');
    await expect.poll(() => found.count()).toBe(KEYS.length);
    const dialog = tab.page.getByRole('dialog');
    for (let i = 0; i < KEYS.length; i++) {
      await found.nth(i).click();
      await dialog.getByText('0 of 5').waitFor();
      expect(await dialog.getByRole('alert').count()).toBe(0);
      await dialog.getByRole('button', { name: 'Close' }).click();
    }
    const strange = '#dashboard :is(script, img, b, iframe, object, style)';
    expect(await tab.page.locator(strange).count()).toBe(0);
    expect(await tab.page.title()).toBe('Argus');
    expect(await tab.page.evaluate('document.cookie')).toBe('');
    const shown = await found.allTextContents();
    expect(shown).toContain(KEYS[0]);
    expect(shown).toContain('aU+202Egnp.exe');
    expect(shown.filter((text) => /[\p{Cc}\p{Cf}]/u.test(text))).toEqual([]);
    await tab.keep('hostile');
    tab.expectNoFault();
  });

  test('are text even for a script that would read HTML from them', async () => {
    const tab = await Tab.open(watched);
    const read = tab.page.evaluate(
      'document.querySelector("main").innerHTML = "<img src=x onerror=alert(1)>"',
    );
    await expect(read).rejects.toThrow(/TrustedHTML/);
  });
});
