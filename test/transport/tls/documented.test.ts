/** What docs/run/tls.md has openssl make is what a service takes. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import {
  checkCredentials,
  lookAtCredentials,
} from '../../../src/transport/tls/read-credentials.ts';
import { ROOT } from '../../project/readme.ts';

test('the certificate that openssl makes by the document is good, with its authority', async () => {
  const text = readFileSync(`${ROOT}docs/run/tls.md`, 'utf8');
  const script = /```\n(openssl [\s\S]*?)```/.exec(text)?.[1] ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'argus-documented-'));
  execFileSync('sh', ['-e', '-c', script], { cwd: folder, stdio: 'pipe' });
  const settings = {
    tlsCertFile: join(folder, 'tls.crt'),
    tlsKeyFile: join(folder, 'tls.key'),
    tlsClientCaFile: join(folder, 'ca.crt'),
  };
  const { found } = await lookAtCredentials(settings);
  expect(checkCredentials(settings, found)).toMatchObject({ ok: true });
  rmSync(folder, { recursive: true });
});
