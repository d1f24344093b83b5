/**
 * Packages of other limiters: pinned, installed into a folder of their own, and loaded from there.
 */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';

export const VERSIONS = {
  'express-rate-limit': '8.7.5',
  'rate-limiter-flexible': '11.4.0',
  limiter: '4.1.0',
  bottleneck: '2.19.5',
  fastify: '5.12.8',
  '@fastify/rate-limit': '11.2.0',
  'rate-limit-redis': '6.0.1',
  'rolling-rate-limiter': '0.4.2',
  hono: '4.13.19',
  'hono-rate-limiter': '0.5.4',
  'fast-ratelimit': '3.0.1',
} as const;

export type PackageName = keyof typeof VERSIONS;

export class Packages {
  readonly #folder = mkdtempSync(join(tmpdir(), 'argus-conformance-'));
  readonly #require = createRequire(join(this.#folder, 'package.json'));

  /** Rejects with what npm says where a package cannot be had. Nothing of a package is run. */
  async install(): Promise<void> {
    writeFileSync(
      join(this.#folder, 'package.json'),
      JSON.stringify({ private: true, dependencies: VERSIONS }),
    );
    const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--silent'];
    await promisify(execFile)('npm', ['install', ...flags], { cwd: this.#folder });
  }

  /** What the package exports, in the shape that the caller knows it to have. */
  async load<Exports>(name: PackageName): Promise<Exports> {
    return (await import(pathToFileURL(this.#require.resolve(name)).href)) as Exports;
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
