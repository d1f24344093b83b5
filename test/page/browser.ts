/**
 * A real Chromium that looks at the page of a real service. Whatever it warns of, whatever the page
 * asks of another address, and every text that became more than text fails the test that asks.
 */
import { mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { expect } from 'vitest';
import { freePort } from '../support/free-port.ts';
import { TOKEN } from '../support/reset.ts';
import { isMissing, placeOf } from '../support/resp-tools.ts';
import { type Service, startService } from '../support/service.ts';

export const isWithoutBrowser: boolean = isMissing('chromium');

/** Less than a test has, so that it says what it waited for. */
const MOST_WAIT_MS = 15_000;
/** Screenshots, for people to look at. */
const SEEN = fileURLToPath(new URL('./seen/', import.meta.url));

export interface Watched {
  readonly service: Service;
  readonly adminPort: number;
  readonly browser: Browser;
  end(): Promise<void>;
}

/** A service with an admin port, and a browser. */
export async function watch(flags: readonly string[] = []): Promise<Watched> {
  const adminPort = await freePort();
  const service = await startService({
    flags: ['--threads', '1', '--admin-port', String(adminPort), ...flags],
    env: { ADMIN_TOKEN: TOKEN },
  });
  const browser = await chromium.launch({
    executablePath: placeOf('chromium') ?? '',
    // In containers its own sandbox often cannot be had. All it opens here is ours.
    args: ['--no-sandbox', '--disable-gpu'],
  });
  const end = async () => {
    await browser.close();
    await service.stop();
  };
  return { service, adminPort, browser, end };
}

/** A tab, and what was wrong in it. */
export class Tab {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly #faults: string[] = [];

  private constructor(page: Page, origin: string) {
    this.page = page;
    this.context = page.context();
    page.on('console', (message) => {
      const isFault = message.type() === 'error' || message.type() === 'warning';
      if (isFault) this.#faults.push(message.text());
    });
    page.on('pageerror', (error) => this.#faults.push(String(error)));
    page.on('dialog', (dialog) => {
      this.#faults.push(`a dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => {
      if (!request.url().startsWith(`${origin}/`)) this.#faults.push(`asked ${request.url()}`);
    });
  }

  static async open(watched: Watched, options: BrowserContextOptions = {}): Promise<Tab> {
    const context = await watched.browser.newContext(options);
    return Tab.openIn(context, watched);
  }

  /** Another of the same window. */
  static async openIn(context: BrowserContext, { adminPort }: Watched): Promise<Tab> {
    const origin = `http://127.0.0.1:${adminPort}`;
    const page = await context.newPage();
    page.setDefaultTimeout(MOST_WAIT_MS);
    const tab = new Tab(page, origin);
    await tab.page.goto(`${origin}/`);
    return tab;
  }

  async logIn(token = TOKEN): Promise<void> {
    await this.page.getByLabel('Token').fill(token);
    await this.page.getByRole('button', { name: 'Log in' }).click();
    await this.page.locator('#dashboard').waitFor();
  }

  async keep(name: string): Promise<void> {
    mkdirSync(SEEN, { recursive: true });
    await this.page.screenshot({ path: `${SEEN}${name}.png`, fullPage: true });
  }

  /** Faults that were to be expected are forgotten. */
  forget(pattern: RegExp): void {
    const others = this.#faults.filter((fault) => !pattern.test(fault));
    this.#faults.splice(0, this.#faults.length, ...others);
  }

  /** REQUIRES: nothing is to happen on the page any more. */
  expectNoFault(): void {
    expect(this.#faults).toEqual([]);
  }
}
