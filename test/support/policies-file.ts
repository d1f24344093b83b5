/** Files of policies for a service to read. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export class PoliciesFile {
  readonly folder = mkdtempSync(join(tmpdir(), 'argus-policies-'));
  readonly path = join(this.folder, 'policies.yaml');

  constructor(text: string) {
    this.write(text);
  }

  /** In place, as an editor may. */
  write(text: string): void {
    writeFileSync(this.path, text);
  }

  /** As a whole, as a careful program does. */
  replace(text: string): void {
    const beside = join(this.folder, 'beside');
    writeFileSync(beside, text);
    renameSync(beside, this.path);
  }

  vanish(): void {
    rmSync(this.path);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

/** Policies of these names, each with one limit of this capacity. */
export function policiesText(names: readonly string[], capacity: number): string {
  const limit = `{name: requests, capacity: ${capacity}, interval: 1d}`;
  return `policies:\n${names.map((name) => `  ${name}: {limits: [${limit}]}\n`).join('')}`;
}
