/** What an operator sees and does on the page, in a real browser beside a real service. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ask, fiveADay, members } from '../support/ask.ts';
import { isWithoutBrowser, Tab, type Watched, watch } from './browser.ts';

const POLICIES = `policies:
  api:
    limits:
      - {name: minute, capacity: 3, interval: 1m}
      - {name: day, capacity: 1000, interval: 1d}
`;

describe.skipIf(isWithoutBrowser)('the dashboard', () => {
  const folder = mkdtempSync(join(tmpdir(), 'argus-page-'));
  const file = join(folder, 'policies.yaml');
  let watched: Watched;
  let tab: Tab;
  beforeAll(async () => {
    writeFileSync(file, POLICIES);
    watched = await watch(['--policies', file]);
    const { service } = watched;
    for (let i = 0; i < 8; i++) await ask(service, fiveADay('alice'));
    for (let i = 0; i < 5; i++) await ask(service, { policy: 'api', key: 'bob' });
    await ask(service, fiveADay('carol'));
    tab = await Tab.open(watched, { viewport: { width: 1_280, height: 900 } });
    await tab.logIn();
  });
  afterAll(async () => {
    await watched.end();
    rmSync(folder, { recursive: true });
  });

  function section(name: string) {
    return tab.page.getByRole('region', { name, exact: true }).first();
  }

  test('now: each figure stands beside a chart that is drawn', async () => {
    await tab.page.getByRole('status').filter({ hasText: 'Live' }).waitFor();
    const keys = section('Now').getByRole('figure').filter({ hasText: 'Keys' });
    await keys.filter({ hasText: 'kept4' }).waitFor();
    await ask(watched.service, fiveADay('dora'));
    await keys.filter({ hasText: 'kept5' }).waitFor();
    const charts = section('Now').locator('figure:visible');
    // Store and instances are there only where limits are shared.
    expect(await charts.count()).toBe(7);
    await expect.poll(() => painted(tab)).toBe(7);
    await tab.keep('light');
  });

  test('top keys: those that were denied and allowed most', async () => {
    const top = section('Top keys');
    const denied = top.getByRole('table', { name: 'Denied most' });
    await denied.getByRole('button', { name: 'alice' }).waitFor();
    await denied.getByRole('row').filter({ hasText: 'bob' }).filter({ hasText: 'api' }).waitFor();
    await top.getByRole('table', { name: 'Allowed most' }).getByText('carol').waitFor();
  });

  test('keys: found by how they begin, of whom they are, and whether they are denied', async () => {
    const keys = section('Keys');
    const search = () => keys.getByRole('button', { name: 'Search' }).click();
    const found = async () => {
      await keys.getByRole('status').getByText(/found/).waitFor();
      return (await keys.getByRole('table').getByRole('button').allTextContents()).toSorted();
    };
    await search();
    await keys.getByText('5 found, all').waitFor();
    expect(await found()).toEqual(['alice', 'bob', 'bob', 'carol', 'dora']);
    await keys.getByLabel('Begins with').fill('al');
    await search();
    await keys.getByText('1 found').waitFor();
    expect(await found()).toEqual(['alice']);
    await keys.getByLabel('Begins with').fill('');
    await keys.getByLabel('Denied now').check();
    await search();
    await keys.getByText('2 found').waitFor();
    expect(await found()).toEqual(['alice', 'bob']);
    await keys.getByLabel('Policy').fill('api');
    await search();
    await keys.getByText('1 found').waitFor();
    expect(await found()).toEqual(['bob']);
    await keys.getByLabel('Begins with').fill('nobody');
    await search();
    await keys.getByText('No keys found').waitFor();
  });

  test('a key is explained, and reset only when that was asked twice', async () => {
    const left = async () => {
      const question = { ...fiveADay('alice'), cost: 0 };
      return members(await ask(watched.service, question))['remaining'];
    };
    await section('Top keys').getByRole('button', { name: 'alice' }).first().click();
    const dialog = tab.page.getByRole('dialog', { name: 'alice' });
    await dialog.getByText('0 of 5').waitFor();
    await tab.keep('explained');
    await dialog.getByRole('button', { name: 'Reset' }).click();
    await dialog.getByRole('button', { name: 'No', exact: true }).click();
    expect(await left()).toBe(0);
    await dialog.getByLabel('Tokens').fill('2');
    await dialog.getByRole('button', { name: 'Refund' }).click();
    expect(await left()).toBe(0);
    await dialog.getByRole('button', { name: 'Yes, refund 2' }).click();
    await dialog.getByText('2 of 5').waitFor();
    expect(await left()).toBe(2);
    await dialog.getByLabel('Used').fill('4');
    await dialog.getByRole('button', { name: 'Set used' }).click();
    await dialog.getByRole('button', { name: 'Yes, set used to 4' }).click();
    await dialog.getByText('1 of 5').waitFor();
    await dialog.getByRole('button', { name: 'Reset' }).click();
    await dialog.getByRole('button', { name: 'Yes, reset' }).click();
    await dialog.getByText('5 of 5').waitFor();
    expect(await left()).toBe(5);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await dialog.waitFor({ state: 'hidden' });
  });

  test('policies: what was decided by each limit, and a question that takes nothing', async () => {
    const policies = section('Policies');
    const row = policies.getByRole('row').filter({ hasText: 'minute' });
    await row.filter({ hasText: 'policies.yaml:2' }).waitFor();
    expect(await row.getByRole('cell').allTextContents()).toContain('2');
    const form = tab.page.locator('#try');
    await form.getByLabel('Policy').fill('api');
    await form.getByLabel('Key').fill('erik');
    await form.getByLabel('Cost').fill('3');
    for (let i = 0; i < 3; i++) {
      await form.getByRole('button', { name: 'Try' }).click();
      await form.getByRole('status').getByText('Allowed').first().waitFor();
      await form.getByRole('status').getByText('yes').first().waitFor();
    }
    await form.getByLabel('Policy').fill('');
    await form.getByLabel('Capacity').fill('2');
    await form.getByLabel('Interval').fill('60');
    await form.getByRole('button', { name: 'Try' }).click();
    await form.getByRole('status').getByText('cost').first().waitFor();
  });

  test('events: what happens is told as it happens', async () => {
    const events = section('Events').getByRole('listitem');
    const before = await events.count();
    writeFileSync(file, POLICIES.replace('capacity: 3', 'capacity: 4'));
    watched.service.process.kill('SIGHUP');
    await expect.poll(() => events.count()).toBeGreaterThan(before);
    await events.filter({ hasText: /polic/i }).first().waitFor();
  });

  test('nothing was wrong with any of it', async () => {
    tab.forget(/status of 400/);
    tab.expectNoFault();
    await tab.keep('whole');
  });
});

/** How many charts have something on them. */
function painted({ page }: Tab): Promise<number> {
  return page.evaluate(`[...document.querySelectorAll('.plot canvas')].filter((canvas) =>
    canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data.some((byte) => byte !== 0),
  ).length`);
}
