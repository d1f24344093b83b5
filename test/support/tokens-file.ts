/** A file of tokens for a service to read. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lineOf } from '../../src/access/file/token-line.ts';
import type { TokenTerms } from '../../src/access/grant.ts';

export class TokensFile {
  readonly folder = mkdtempSync(join(tmpdir(), 'argus-tokens-'));
  readonly path = join(this.folder, 'tokens');

  constructor(tokens: readonly TokenTerms[]) {
    this.write(textOf(tokens));
  }

  /** In place, as an editor may. */
  write(text: string): void {
    writeFileSync(this.path, text);
  }

  /** As a whole, as a careful program does. */
  replace(tokens: readonly TokenTerms[]): void {
    const beside = join(this.folder, 'beside');
    writeFileSync(beside, textOf(tokens));
    renameSync(beside, this.path);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true });
  }
}

export function textOf(tokens: readonly TokenTerms[]): string {
  return tokens.map((one) => `${lineOf(one, null)}\n`).join('');
}
